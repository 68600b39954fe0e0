//! The routes of the app.

mod home;
mod login;
mod logout;

use crate::registration::{BACK_CHANNEL_LOGOUT, BYE, CALLBACK};
use crate::state::App;
use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::middleware::map_response;
use axum::response::Response;
use axum::routing::{get, post};
use std::sync::Arc;

/// The largest body of a request.
const MAX_BODY_BYTES: usize = 64 * 1024;

/// Returns the routes of the app.
pub fn router(app: App) -> Router {
    Router::new()
        .route("/", get(home::home))
        .route("/login", get(login::log_in))
        .route(CALLBACK, get(login::callback))
        .route("/logout", post(logout::log_out))
        .route(BYE, get(logout::bye))
        .route(BACK_CHANNEL_LOGOUT, post(logout::back_channel))
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(map_response(with_headers))
        .with_state(Arc::new(app))
}

/// Adds headers that keep pages about users out of caches (required for back-channel logout, §2.8),
/// and URLs with a code out of `Referer`.
async fn with_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}
