//! The pages of users who are logged in, and of those who are not.

use crate::pages;
use crate::state::App;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use std::sync::Arc;

/// `GET /`: shows who is logged in.
pub(super) async fn home(State(app): State<Arc<App>>, jar: CookieJar) -> Response {
    let page = app.sessions.read(&jar, pages::user);
    page.unwrap_or_else(pages::logged_out)
}

/// `GET /session`: shows what the app knows about the user and the session.
pub(super) async fn session(State(app): State<Arc<App>>, jar: CookieJar) -> Response {
    let issuer = app.ory.issuer();
    let page = app.sessions.read(&jar, |user| pages::session(user, issuer));
    page.unwrap_or_else(|| Redirect::to("/").into_response())
}

/// Any other page.
pub(super) async fn not_found() -> Response {
    pages::problem(
        StatusCode::NOT_FOUND,
        "Page not found",
        "There is no page at this address. It may have been moved, or the address may be misspelled.",
    )
}
