//! The routes of the mock server.

use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::{any, get, post};

use crate::state::Shared;
use crate::{discovery, logout, registration, reply, userinfo};

pub(crate) fn routes(shared: &Arc<Shared>) -> Router {
    let not_found = || async { reply::route_not_found() };
    let (register, manage) = if shared.config.registration {
        (
            post(registration::create),
            get(registration::read)
                .put(registration::update)
                .delete(registration::delete),
        )
    } else {
        let disabled = || async { registration::disabled() };
        (post(disabled), get(disabled).put(disabled).delete(disabled))
    };
    Router::new()
        .route(
            "/.well-known/openid-configuration",
            get(discovery::configuration).fallback(not_found),
        )
        .route(
            "/.well-known/jwks.json",
            get(discovery::keys).fallback(not_found),
        )
        .route("/oauth2/register", register.fallback(not_found))
        .route("/oauth2/register/{id}", manage.fallback(not_found))
        .route(
            "/userinfo",
            get(userinfo::userinfo)
                .post(userinfo::userinfo)
                .fallback(not_found),
        )
        .route(
            "/oauth2/sessions/logout",
            get(logout::logout).post(logout::logout).fallback(not_found),
        )
        .route("/oauth2/fallbacks/{*page}", any(fallback_page))
        .fallback(not_found)
        .with_state(Arc::clone(shared))
}

/// Returns the page that Hydra shows when no login app is configured.
async fn fallback_page(uri: Uri) -> Response {
    match uri.path().trim_start_matches("/oauth2/fallbacks/") {
        "error" => reply::page(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Error",
            "The request failed. See the query for the error.",
        ),
        "logout" => reply::page(
            StatusCode::OK,
            "Log out",
            "The logout request is waiting for consent.",
        ),
        "logout/callback" => reply::page(StatusCode::OK, "Logged out", "You are logged out."),
        _ => reply::route_not_found(),
    }
}
