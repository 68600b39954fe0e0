//! The routes of the mock server.

use std::sync::Arc;

use axum::Router;
use axum::http::{StatusCode, Uri};
use axum::response::Response;
use axum::routing::{any, get, post, put};

use crate::state::Shared;
use crate::{admin_clients, discovery, health, logout, registration, reply, revocation, userinfo};

/// Returns the routes of the public endpoints.
pub(crate) fn public(shared: &Arc<Shared>) -> Router {
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
        .route(
            "/oauth2/revoke",
            post(revocation::revoke).fallback(not_found),
        )
        .route("/oauth2/fallbacks/{*page}", any(fallback_page))
        .merge(health())
        .fallback(not_found)
        .with_state(Arc::clone(shared))
}

/// Returns the routes of the admin API.
pub(crate) fn admin(shared: &Arc<Shared>) -> Router {
    let not_found = || async { reply::route_not_found() };
    Router::new()
        .route(
            "/admin/clients",
            get(admin_clients::list)
                .post(admin_clients::create)
                .fallback(not_found),
        )
        .route(
            "/admin/clients/{id}",
            get(admin_clients::read)
                .put(admin_clients::replace)
                .patch(admin_clients::patch)
                .delete(admin_clients::delete)
                .fallback(not_found),
        )
        .route(
            "/admin/clients/{id}/lifespans",
            put(admin_clients::set_lifespans).fallback(not_found),
        )
        .merge(health())
        .fallback(not_found)
        .with_state(Arc::clone(shared))
}

fn health() -> Router<Arc<Shared>> {
    Router::new()
        .route("/health/alive", get(health::ok))
        .route("/health/ready", get(health::ok))
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
