//! The app, and its login with the crate `openidconnect`. `tests/browser` tests the pages.

mod gate;
mod login;
mod login_errors;
mod logout;
mod pending;
mod redirects;
mod returns;
mod sessions;
mod settings;
#[cfg(unix)]
mod signals;
mod world;
