//! Ory Hydra v2.3.0, with a login app.
//!
//! `scripts/hydra.sh` builds the program when it is first needed.

mod admin;
mod browser;
mod config;
mod database;
mod http;
mod login;
mod login_app;
mod logout_receiver;
mod page_server;
mod program;
mod server;

pub use admin::{Admin, ID_TOKEN_KEYS};
pub use browser::{Browser, Page};
pub use database::{Database, DatabaseConflict, DatabaseLock};
pub use login::{LogIn, LoggedIn};
pub use login_app::{LoginApp, User};
pub use logout_receiver::LogoutReceiver;
pub use server::{Hydra, HydraBuilder};
