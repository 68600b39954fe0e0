//! The routes of the mock server.

use std::sync::Arc;

use axum::Router;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::Response;
use axum::routing::{delete, get, post, put};

use crate::hydra_version::HydraVersion;
use crate::routing::not_found;
use crate::state::Shared;
use crate::{
    admin_clients, authorization, discovery, health, introspection, login_api, login_page,
    login_sessions, logout, registration, reply, revocation, token_endpoint, userinfo,
};

/// Returns the routes of the public endpoints.
pub(crate) fn public(shared: &Arc<Shared>) -> Router {
    // Hydra answers preflight requests at the endpoints that browsers may call.
    let preflight = || async { StatusCode::OK };
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
    let mut router = Router::new();
    if shared.config.version == HydraVersion::Head {
        router = router.route(
            "/.well-known/oauth-authorization-server",
            get(discovery::configuration)
                .options(preflight)
                .fallback(not_found),
        );
    }
    router
        .route(
            "/.well-known/openid-configuration",
            get(discovery::configuration)
                .options(preflight)
                .fallback(not_found),
        )
        .route(
            "/.well-known/jwks.json",
            get(discovery::keys).options(preflight).fallback(not_found),
        )
        .route("/oauth2/register", register.fallback(not_found))
        .route("/oauth2/register/{id}", manage.fallback(not_found))
        .route(
            "/userinfo",
            get(userinfo::userinfo)
                .post(userinfo::userinfo)
                .options(preflight)
                .fallback(not_found),
        )
        .route(
            "/oauth2/sessions/logout",
            get(logout::logout).post(logout::logout).fallback(not_found),
        )
        .route(
            "/oauth2/revoke",
            post(revocation::revoke)
                .options(preflight)
                .fallback(not_found),
        )
        .route(
            "/oauth2/fallbacks/{*page}",
            get(fallback_page).fallback(not_found),
        )
        .route(
            "/oauth2/token",
            post(token_endpoint::token)
                .options(preflight)
                .fallback(not_found),
        )
        .route(
            "/oauth2/auth",
            get(authorization::authorize)
                .post(authorization::authorize)
                .fallback(not_found),
        )
        .route(
            "/oauth2/fallbacks/login",
            get(login_page::login).fallback(not_found),
        )
        .route(
            "/oauth2/fallbacks/logout",
            get(login_page::logout).fallback(not_found),
        )
        .merge(health())
        .fallback(not_found)
        .with_state(Arc::clone(shared))
}

/// Returns the routes of the admin API.
pub(crate) fn admin(shared: &Arc<Shared>) -> Router {
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
        .route("/admin/oauth2/introspect", post(introspection::introspect))
        .route(
            "/admin/oauth2/tokens",
            delete(introspection::delete_access_tokens),
        )
        .route(
            "/admin/oauth2/auth/sessions/login",
            delete(login_sessions::delete),
        )
        .nest("/admin/oauth2/auth/requests", login_requests())
        .merge(health())
        .fallback(not_found)
        .with_state(Arc::clone(shared))
}

/// Returns the routes with which a login app answers.
fn login_requests() -> Router<Arc<Shared>> {
    Router::new()
        .route("/login", get(login_api::read_login))
        .route("/login/accept", put(login_api::accept_login))
        .route("/login/reject", put(login_api::reject_login))
        .route("/consent", get(login_api::read_consent))
        .route("/consent/accept", put(login_api::accept_consent))
        .route("/consent/reject", put(login_api::reject_consent))
        .route("/logout", get(login_api::read_logout))
        .route("/logout/accept", put(login_api::accept_logout))
        .route("/logout/reject", put(login_api::reject_logout))
}

fn health() -> Router<Arc<Shared>> {
    Router::new()
        .route("/health/alive", get(health::ok).fallback(not_found))
        .route("/health/ready", get(health::ok).fallback(not_found))
}

/// Returns the page that Hydra shows for a setting that it does not have.
async fn fallback_page(uri: Uri, headers: HeaderMap) -> Response {
    match uri.path().trim_start_matches("/oauth2/fallbacks/") {
        "error" => reply::page(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Error",
            "The request failed. See the query for the error.",
        ),
        page @ ("consent" | "device") => reply::page(
            StatusCode::OK,
            "Not configured",
            &format!("The mock server has no {page} page."),
        ),
        "logout/callback" => reply::page(StatusCode::OK, "Logged out", "You are logged out."),
        "device/done" => reply::page(StatusCode::OK, "Done", "The device is logged in."),
        _ => not_found(headers).await,
    }
}
