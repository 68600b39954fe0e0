//! Logs users out (OpenID Connect RP-Initiated Logout 1.0), and receives the provider's logouts
//! (Back-Channel Logout 1.0, Front-Channel Logout 1.0).

#[cfg(feature = "jwt")]
mod back_channel;
mod callback;
mod end_session;
mod form;
mod front_channel;
mod hint;
mod near_miss;
mod outcome;
mod preflight;
mod probe;
mod problem;
mod query;
mod refusal;
mod state;
#[cfg(test)]
mod test_client;

#[cfg(feature = "jwt")]
pub use back_channel::LogoutToken;
pub use callback::{LogoutCallback, LogoutCallbackError};
pub use end_session::EndSession;
pub use form::EndSessionForm;
pub use front_channel::{FrontChannelLogout, FrontChannelLogoutError};
pub use near_miss::NearMiss;
pub use outcome::EndSessionOutcome;
pub use probe::LogoutProbe;
pub use problem::LogoutProblem;
pub use query::QueryError;
pub use refusal::LogoutRefusal;
pub use state::{LogoutState, state_matches};
