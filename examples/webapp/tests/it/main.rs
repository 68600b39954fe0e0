//! The login with the crate `openidconnect`, and what the app stores for browsers. `tests/browser`
//! tests the pages.

mod login;
mod login_errors;
mod redirects;
mod sessions;
