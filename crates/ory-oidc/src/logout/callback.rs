//! What the browser brings when it comes back from a logout.

use super::{LogoutState, QueryError, query};
use crate::text::clip;
use crate::{Error, ErrorCode, ValidationError};
use std::fmt;

/// What the browser brought to the post-logout redirect URI (OpenID Connect RP-Initiated Logout
/// §3), or to the page that Ory sends it to when it refuses.
///
/// Anybody can send a browser there with any query: what it says counts only after
/// [`check`](Self::check).
///
/// ```
/// use ory_oidc::{LogoutCallback, LogoutCallbackError, LogoutState};
///
/// let sent = LogoutState::new("xyz"); // from the session, which is then done with it
/// match LogoutCallback::from_query("?state=xyz")?.check(&sent) {
///     Ok(()) => println!("bye"),
///     Err(LogoutCallbackError::Refused(refusal)) => println!("Ory refuses: {refusal}"),
///     Err(error) => println!("this is not the answer to our request: {error}"),
/// }
/// # Ok::<(), ory_oidc::Error>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "what a browser brings says nothing until it is checked"]
pub struct LogoutCallback {
    state: Option<LogoutState>,
    refusal: Option<LogoutRefusal>,
}

impl LogoutCallback {
    /// Reads a query, with or without its `?`, a request's target, or a whole URL. Parameters
    /// that are not Ory's are the app's own and stay unread.
    ///
    /// # Errors
    /// [`LogoutCallbackError::Query`] for one of more than 16 KiB, or that has one of Ory's
    /// parameters twice.
    pub fn from_query(query: &str) -> Result<Self, LogoutCallbackError> {
        let refusal = LogoutRefusal::in_query(query).map_err(LogoutCallbackError::Query)?;
        let state = query::parameters(query, ["state"]);
        let [state] = state.map_err(LogoutCallbackError::Query)?;
        Ok(Self {
            state: state.map(LogoutState::from),
            refusal,
        })
    }

    /// Whether this is the answer to the logout with that state, and a good one: then the user is
    /// logged out, or was not logged in. Give [`None`] when no state was sent.
    ///
    /// The state that was sent serves once: take it out of the session before.
    ///
    /// # Errors
    /// [`LogoutCallbackError`]. A refusal may lack the state, as Ory's error page does not get
    /// it. Such a one can be anybody's: show it, and do nothing else about it.
    pub fn check<'a>(
        self,
        sent: impl Into<Option<&'a LogoutState>>,
    ) -> Result<(), LogoutCallbackError> {
        let sent = sent.into();
        match (sent, &self.state) {
            // Compared in constant time.
            (Some(sent), Some(returned)) if sent != returned => {
                return Err(LogoutCallbackError::StateMismatch);
            }
            (None, Some(_)) => return Err(LogoutCallbackError::StateUnexpected),
            _ => {}
        }
        match self.refusal {
            Some(refusal) => Err(LogoutCallbackError::Refused(refusal)),
            None if sent.is_some() && self.state.is_none() => {
                Err(LogoutCallbackError::StateMissing)
            }
            None => Ok(()),
        }
    }
}

/// What Ory says when it refuses to log a user out. The texts are for developers and may be
/// anybody's: escape them before they stand in a page.
///
/// [`Debug`](fmt::Debug) and [`Display`](fmt::Display) cut them and disarm control characters.
#[derive(Clone, Eq, PartialEq)]
pub struct LogoutRefusal {
    code: ErrorCode,
    description: Option<String>,
    hint: Option<String>,
    debug: Option<String>,
}

impl LogoutRefusal {
    /// What a query says, wherever [`query::parameters`] finds it; nothing without an `error`.
    pub(super) fn in_query(text: &str) -> Result<Option<Self>, QueryError> {
        const NAMES: [&str; 4] = ["error", "error_description", "error_hint", "error_debug"];
        let [code, description, hint, debug] = query::parameters(text, NAMES)?;
        Ok(code.map(|code| Self {
            code: ErrorCode::from(code),
            description,
            hint,
            debug,
        }))
    }

    /// `error`
    #[must_use]
    pub fn code(&self) -> &ErrorCode {
        &self.code
    }

    /// `error_description`: what went wrong.
    #[must_use]
    pub fn description(&self) -> Option<&str> {
        self.description.as_deref()
    }

    /// `error_hint`: what Ory thinks might help. An Ory extension.
    #[must_use]
    pub fn hint(&self) -> Option<&str> {
        self.hint.as_deref()
    }

    /// `error_debug`: the inside of the server, from an Ory in development mode only.
    #[must_use]
    pub fn debug(&self) -> Option<&str> {
        self.debug.as_deref()
    }
}

impl fmt::Display for LogoutRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&clip(self.code.as_str()))?;
        if let Some(description) = &self.description {
            write!(f, ": {}", clip(description))?;
        }
        if let Some(hint) = &self.hint {
            write!(f, " ({})", clip(hint))?;
        }
        Ok(())
    }
}

impl fmt::Debug for LogoutRefusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LogoutRefusal")
            .field("code", &clip(self.code.as_str()))
            .field("description", &self.description.as_deref().map(clip))
            .field("hint", &self.hint.as_deref().map(clip))
            .finish_non_exhaustive()
    }
}

/// Why a browser that came back does not mean that the user is logged out.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum LogoutCallbackError {
    /// The query cannot be read.
    Query(QueryError),
    /// The server refuses, and says why.
    Refused(LogoutRefusal),
    /// A state was sent and none came back. Ory hands it to the post-logout redirect URI only,
    /// and none if the request named no such URI.
    StateMissing,
    /// Another state came back than was sent: it is the answer to another request, or nobody's.
    StateMismatch,
    /// No state was sent and one came back.
    StateUnexpected,
}

impl fmt::Display for LogoutCallbackError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("back from a logout: ")?;
        match self {
            Self::Query(error) => error.fmt(f),
            Self::Refused(refusal) => write!(f, "refused: {refusal}"),
            Self::StateMissing => f.write_str("the state that was sent did not come back"),
            Self::StateMismatch => f.write_str("another state came back than was sent"),
            Self::StateUnexpected => f.write_str("a state came back, but none was sent"),
        }
    }
}

impl std::error::Error for LogoutCallbackError {}

impl From<LogoutCallbackError> for Error {
    fn from(error: LogoutCallbackError) -> Self {
        ValidationError::LogoutCallback(Box::new(error)).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(query: &str, sent: Option<&str>) -> Result<(), LogoutCallbackError> {
        let sent = sent.map(LogoutState::new);
        LogoutCallback::from_query(query)?.check(sent.as_ref())
    }

    #[test]
    fn the_state_decides_whose_answer_it_is() {
        use LogoutCallbackError::{StateMismatch, StateMissing, StateUnexpected};

        for (query, sent, expected) in [
            ("state=xyz", Some("xyz"), Ok(())),
            ("", None, Ok(())),
            ("state=", None, Ok(())),
            ("", Some("xyz"), Err(StateMissing)),
            ("state=", Some("xyz"), Err(StateMissing)),
            ("state=", Some(""), Err(StateMissing)),
            ("state=XYZ", Some("xyz"), Err(StateMismatch)),
            ("state=xyzz", Some("xyz"), Err(StateMismatch)),
            ("state=xyz", None, Err(StateUnexpected)),
            // What is wrong with the state comes before what the text says.
            ("state=x&error=y", Some("xyz"), Err(StateMismatch)),
            ("state=x&error=y", None, Err(StateUnexpected)),
        ] {
            assert_eq!(check(query, sent), expected, "{query} {sent:?}");
        }
    }

    #[test]
    fn a_refusal_says_why_with_the_state_and_without() {
        let texts = "error=invalid_request&error_description=a+b&error_hint=c&error_debug=d";
        for (query, sent) in [
            (texts.to_owned(), None),
            (texts.to_owned(), Some("xyz")),
            (format!("{texts}&state=xyz"), Some("xyz")),
        ] {
            let Err(LogoutCallbackError::Refused(refusal)) = check(&query, sent) else {
                panic!("{query} was not refused");
            };
            assert_eq!(refusal.code(), &ErrorCode::InvalidRequest);
            assert_eq!(refusal.description(), Some("a b"));
            assert_eq!((refusal.hint(), refusal.debug()), (Some("c"), Some("d")));
            assert_eq!(refusal.to_string(), "invalid_request: a b (c)");
        }
    }

    #[test]
    fn a_description_without_an_error_is_no_refusal() {
        assert_eq!(check("error_description=a&error=", None), Ok(()));
    }

    #[test]
    fn a_parameter_of_orys_that_comes_twice_is_refused() {
        for parameter in ["state", "error", "error_description", "error_hint"] {
            let query = format!("{parameter}=a&state=x&error=y&error_description=z&error_hint=w");
            let expected = Err(LogoutCallbackError::Query(QueryError::Repeated {
                parameter,
            }));
            assert_eq!(check(&query, Some("x")), expected);
        }
    }

    #[test]
    fn a_hostile_text_is_cut_and_disarmed_and_no_state_is_shown() {
        let query = format!(
            "state=hush&error=%1b[31m&error_description={}",
            "x".repeat(9_000)
        );
        let callback = LogoutCallback::from_query(&query).expect("it is short enough");
        let shown = format!("{callback:?}");
        let error = callback
            .check(&LogoutState::new("hush"))
            .expect_err("it is a refusal");
        for shown in [
            shown,
            error.to_string(),
            format!("{error:?}"),
            format!("{:?}", Error::from(error)),
        ] {
            assert!(!shown.contains("hush"), "{shown}");
            assert!(!shown.contains('\u{1b}'), "{shown}");
            assert!(shown.len() < 3_000, "{} bytes", shown.len());
        }
    }

    proptest! {
        #[test]
        fn no_query_makes_the_reading_panic(query in any::<String>(), sent in any::<String>()) {
            let _ = check(&query, Some(&sent));
        }

        #[test]
        fn a_state_comes_back_as_it_was_sent(
            sent in ".{1,60}",
            own in proptest::collection::vec(("[a-d]{1,3}", any::<String>()), 0..4),
        ) {
            let mut query = url::form_urlencoded::Serializer::new(String::new());
            query.extend_pairs(&own).append_pair("state", &sent);
            let query = query.finish();
            prop_assert_eq!(check(&query, Some(&sent)), Ok(()));
            let other = format!("{sent}x");
            prop_assert_eq!(
                check(&query, Some(&other)),
                Err(LogoutCallbackError::StateMismatch)
            );
        }

        #[test]
        fn a_refusal_comes_back_as_it_was_sent(code in ".{1,40}", why in ".{1,200}") {
            let query = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("error", &code)
                .append_pair("error_description", &why)
                .finish();
            let Err(LogoutCallbackError::Refused(refusal)) = check(&query, None) else {
                return Err(TestCaseError::fail("it was no refusal"));
            };
            prop_assert_eq!(refusal.code().as_str(), code);
            prop_assert_eq!(refusal.description(), Some(why.as_str()));
        }
    }
}
