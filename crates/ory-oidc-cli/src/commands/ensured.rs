//! The result of making a registration as wanted.

use crate::output::{GOOD, Output, WARN, styled};
use crate::view::View;
use ory_oidc::registration::Difference;
use ory_oidc_core::text::clip;
use ory_oidc_keeper::{Action, Ensured};
use serde::Serialize;

/// What was done, and the registration.
#[derive(Debug, Serialize)]
pub(super) struct EnsuredView {
    pub(super) action: &'static str,
    registration: View,
    /// How the granted metadata differs from the wanted.
    differences: Vec<Granted>,
    secret_needs_renewal: bool,
}

/// A member that was granted differently. Its text shows no value that may be secret.
#[derive(Debug, Serialize)]
struct Granted {
    member: String,
    kind: &'static str,
    text: String,
}

impl Granted {
    fn new(difference: &Difference) -> Self {
        Self {
            member: difference.member().to_owned(),
            kind: match difference {
                Difference::Dropped { .. } => "dropped",
                Difference::Added { .. } => "added",
                _ => "changed",
            },
            text: difference.to_string(),
        }
    }
}

impl EnsuredView {
    pub(super) fn new(name: &str, issuer: &str, ensured: &Ensured, output: Output) -> Self {
        Self {
            action: action_name(ensured.action()),
            registration: View::new(name, issuer, ensured.registration(), output),
            differences: ensured.differences().iter().map(Granted::new).collect(),
            secret_needs_renewal: ensured.secret_needs_renewal(),
        }
    }

    pub(super) fn text(&self) -> String {
        let style = if self.action == "key_lost" {
            WARN
        } else {
            GOOD
        };
        let sentence = match self.action {
            "reused" => "is as wanted; nothing was changed",
            "updated" => "was updated",
            "registered" => "was registered",
            "replaced" => "was replaced by a new client",
            _ => {
                "is in use, but its registration access token is lost: an administrator must \
                 change or delete the client"
            }
        };
        let mut text = format!(
            "{} {sentence}\n\n",
            styled(style, clip(&self.registration.name))
        );
        text += &self.registration.text();
        // What was not requested has a default, which the metadata above show.
        let mut refused = self
            .differences
            .iter()
            .filter(|one| one.kind != "added")
            .peekable();
        if refused.peek().is_some() {
            let heading = "The server granted other metadata than requested:";
            text += &format!("\n{}\n", styled(WARN, heading));
        }
        for difference in refused {
            text += &format!("  {}\n", difference.text);
        }
        if self.secret_needs_renewal {
            text += &styled(
                WARN,
                "\nThe client secret expires soon, and the server did not renew it.\n",
            );
        }
        text
    }
}

pub(super) fn action_name(action: Action) -> &'static str {
    match action {
        Action::Reused => "reused",
        Action::Updated => "updated",
        Action::Registered => "registered",
        Action::Replaced => "replaced",
        _ => "key_lost",
    }
}
