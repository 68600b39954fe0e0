//! Logout: asked for by an app (OpenID Connect RP-Initiated Logout 1.0), and told to an app by the
//! provider (OpenID Connect Back-Channel Logout 1.0) or by an iframe (Front-Channel Logout 1.0).

#[cfg(feature = "jwt")]
mod back_channel;
mod callback;
mod end_session;
mod front_channel;
mod hint;
mod outcome;
mod preflight;
mod query;
mod state;

#[cfg(feature = "jwt")]
pub use back_channel::{LogoutToken, MemoryReplayGuard, ReplayGuard, TokenUse};
pub use callback::{LogoutCallback, LogoutCallbackError, LogoutRefusal};
pub use end_session::{EndSession, EndSessionForm};
pub use front_channel::{FrontChannelLogout, FrontChannelLogoutError};
pub use outcome::EndSessionOutcome;
pub use preflight::{LogoutProblem, NearMiss};
pub use query::QueryError;
pub use state::{LogoutState, state_matches};

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
