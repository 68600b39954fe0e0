//! Logout: requests of the app (OpenID Connect RP-Initiated Logout 1.0) and of the provider
//! (Back-Channel Logout 1.0, Front-Channel Logout 1.0).

mod callback;
pub(crate) mod end_session;
mod form;
pub(crate) mod front_channel;
mod hint;
#[cfg(feature = "jwt")]
pub(crate) mod logout_token;
mod near_miss;
pub(crate) mod outcome;
mod preflight;
mod problem;
pub(crate) mod query;
mod refusal;
pub(crate) mod state;

pub use callback::{LogoutCallback, LogoutCallbackError};
pub use end_session::EndSession;
pub use form::EndSessionForm;
pub use front_channel::{FrontChannelLogout, FrontChannelLogoutError};
#[cfg(feature = "jwt")]
pub use logout_token::LogoutToken;
pub use near_miss::NearMiss;
pub use outcome::EndSessionOutcome;
pub use problem::LogoutProblem;
pub use query::QueryError;
pub use refusal::LogoutRefusal;
pub use state::{LogoutState, state_matches};
