//! The routes of the app.

mod assets;
mod home;
mod login;
mod logout;
mod sender;

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
        .route("/session", get(home::session))
        .route("/style.css", get(assets::style))
        .route("/icon.svg", get(assets::icon))
        .route("/login", get(login::log_in))
        .route(CALLBACK, get(login::callback))
        .route("/logout", post(logout::log_out))
        .route(BYE, get(logout::bye))
        .route(BACK_CHANNEL_LOGOUT, post(logout::back_channel))
        .fallback(home::not_found)
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(map_response(with_headers))
        .with_state(Arc::new(app))
}

/// Only the app's own style sheet and images. There is no `form-action`: browsers apply it to redirects,
/// and a logout ends up at the provider's login app, which can be anywhere.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; frame-ancestors 'none'";

/// Adds headers that keep pages about users out of caches (required for back-channel logout, §2.8),
/// and URLs with a code out of `Referer`.
async fn with_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (CONTENT_SECURITY_POLICY, POLICY),
    ] {
        headers
            .entry(name)
            .or_insert(HeaderValue::from_static(value));
    }
    response
}
