//! A failure as a person needs it: what failed, why, and what to do.

use crate::exit::Exit;
use ory_oidc_core::text::clip;
use serde::Serialize;
use std::error::Error;

/// A command failed.
#[derive(Debug, Serialize)]
pub(crate) struct Failure {
    /// What scripts branch on.
    pub(crate) kind: &'static str,
    #[serde(rename = "message")]
    pub(crate) what: String,
    #[serde(rename = "causes")]
    pub(crate) why: Vec<String>,
    pub(crate) fix: Option<String>,
    #[serde(skip)]
    pub(crate) exit: Exit,
}

impl Failure {
    pub(crate) fn new(kind: &'static str, what: impl Into<String>) -> Self {
        Self {
            kind,
            what: what.into(),
            why: Vec::new(),
            fix: None,
            exit: Exit::Failed,
        }
    }

    /// The arguments, or a file that they name, cannot be used.
    pub(crate) fn usage(what: impl Into<String>) -> Self {
        Self::new("usage", what).exit(Exit::Usage)
    }

    pub(crate) fn why(mut self, why: impl Into<String>) -> Self {
        self.why.push(why.into());
        self
    }

    /// Adds the messages of an error and of its sources.
    pub(crate) fn because(mut self, error: &dyn Error) -> Self {
        self.why.extend(chain(error));
        self
    }

    pub(crate) fn fix(mut self, fix: impl Into<String>) -> Self {
        self.fix = Some(fix.into());
        self
    }

    pub(crate) fn exit(mut self, exit: Exit) -> Self {
        self.exit = exit;
        self
    }
}

/// Returns the messages of an error and of its sources, without those that an earlier one repeats, and
/// without hints for programmers.
pub(crate) fn chain(error: &dyn Error) -> Vec<String> {
    let mut messages: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let message = clip(&without_api_hints(&error.to_string()));
        if !messages.iter().any(|known| known.contains(&message)) {
            messages.push(message);
        }
        next = error.source();
    }
    messages
}

/// Removes what a message tells programmers to call.
fn without_api_hints(message: &str) -> String {
    let names_api = |part: &str| {
        ["()", "(true)", "::", "allow_insecure_http"]
            .iter()
            .any(|hint| part.contains(hint))
    };
    let mut parts = message.split("; ");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts.filter(|part| !names_api(part)) {
        text += "; ";
        text += part;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use ory_oidc::{Client, ClientMetadata};
    use std::fmt;

    #[test]
    fn messages_do_not_tell_people_to_call_functions() {
        let plain = Client::new("http://id.example").expect_err("plain http is refused");
        let mut metadata = ClientMetadata::default();
        metadata.set_member("skip_consent", true);
        let refused = metadata
            .validate()
            .expect_err("only an administrator sets it");
        let refused: &dyn Error = &refused;
        for error in [&plain as &dyn Error, refused] {
            let shown = chain(error).join(" ");
            assert!(!shown.is_empty());
            for hint in ["()", "::", "allow_"] {
                assert!(!shown.contains(hint), "{shown}");
            }
        }
    }

    #[derive(Debug)]
    struct Outer(Inner);
    #[derive(Debug)]
    struct Inner;

    impl fmt::Display for Outer {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "cannot read the list: {}", self.0)
        }
    }

    impl fmt::Display for Inner {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("no such\u{202e} file")
        }
    }

    impl Error for Outer {
        fn source(&self) -> Option<&(dyn Error + 'static)> {
            Some(&self.0)
        }
    }

    impl Error for Inner {}

    #[test]
    fn a_cause_is_named_once_and_is_safe_to_print() {
        assert_eq!(
            chain(&Outer(Inner)),
            ["cannot read the list: no such\u{fffd} file"]
        );
    }
}
