//! Whether clients can register (RFC 7591), without registering one.

use super::routing::pass_on;
use crate::doctor::finding::Check;
use crate::doctor::visit::{Provider, Visit};

/// A client that does not exist.
const UNKNOWN_CLIENT: &str = "ory-oidc-doctor";

pub(crate) async fn check(visit: &Visit, provider: &Provider) -> Check {
    let mut check = Check::new("registration");
    let documented = format!("{}/oauth2/register", provider.issuer.trim_end_matches('/'));
    let endpoint = provider
        .text("registration_endpoint")
        .unwrap_or(&documented);
    let Some(endpoint) = provider.reached(endpoint) else {
        return Check::skipped(
            "registration",
            "the endpoint is at another origin; see endpoints",
        );
    };
    // Reads a client that does not exist: 401 if registration is enabled, 404 if not.
    let url = format!("{}/{UNKNOWN_CLIENT}", endpoint.trim_end_matches('/'));
    let reply = match visit.probe.get_with_unknown_token(&url).await {
        Ok(reply) => reply,
        Err(trouble) => {
            check.warn(
                "registration-unreachable",
                trouble.summary(&url),
                pass_on("/oauth2/register"),
            );
            return check;
        }
    };
    match reply.status {
        401 if !reply.is_html() => check.fact("enabled"),
        404 if reply.is_oauth_error() => check.warn(
            "registration-disabled",
            "dynamic client registration is disabled",
            "if programs must register themselves, set \
             oidc.dynamic_client_registration.enabled: true in Hydra's configuration, or enable it in \
             the OAuth 2.0 settings of the Ory Network project. Otherwise nothing need be done",
        ),
        200..=299 => check.error(
            "registration-unprotected",
            "the registration endpoint accepts an invalid token",
            "check which server responds: it is not Ory, or a proxy adds its own credentials",
        ),
        429 => check.fact("not known: the rate limit refused the request"),
        _ => check.warn(
            "registration-not-routed",
            format!("the registration endpoint does not respond as Ory does: {}", reply.summary()),
            pass_on("/oauth2/register and all paths below it, with the methods GET, POST, PUT and DELETE,"),
        ),
    }
    check
}
