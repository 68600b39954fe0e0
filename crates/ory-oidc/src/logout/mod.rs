//! Logout: asked for by an app (OpenID Connect RP-Initiated Logout 1.0), and told to an app by an
//! iframe (OpenID Connect Front-Channel Logout 1.0).

mod callback;
mod end_session;
mod front_channel;
mod hint;
mod outcome;
mod preflight;
mod query;
mod state;

pub use callback::{LogoutCallback, LogoutCallbackError, LogoutRefusal};
pub use end_session::{EndSession, EndSessionForm};
pub use front_channel::{FrontChannelLogout, FrontChannelLogoutError};
pub use outcome::EndSessionOutcome;
pub use preflight::{LogoutProblem, NearMiss};
pub use query::QueryError;
pub use state::{LogoutState, state_matches};

use crate::Client;
use crate::discovery::differ_by_root_slash;

/// Whether a text names the issuer of this client's provider, on the terms of discovery.
fn is_own_issuer(client: &Client, found: &str) -> bool {
    found == client.issuer()
        || (client.tolerates_root_slash() && differ_by_root_slash(found, client.issuer()))
}

#[cfg(test)]
mod tests {
    use crate::{Client, ClientBuilder};

    /// A client of `https://ory.example`, to which nothing is sent.
    pub(super) fn client(set: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Client {
        thread_local! {
            // To build one takes long.
            static HTTP: reqwest::Client = reqwest::Client::new();
        }
        let builder = Client::builder("https://ory.example").http_client(HTTP.with(Clone::clone));
        set(builder).build().expect("the URL is fine")
    }
}
