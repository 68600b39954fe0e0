//! Whether userinfo answers as it should to a request without a token (RFC 6750 §3).

use super::routing::pass_on;
use crate::doctor::finding::Check;
use crate::doctor::visit::{Provider, Visit};
use ory_oidc::error::Challenge;

pub(crate) async fn check(visit: &Visit, provider: &Provider) -> Check {
    let mut check = Check::new("userinfo");
    let Some(endpoint) = provider.text("userinfo_endpoint") else {
        check.warn(
            "userinfo-missing",
            "the metadata has no userinfo_endpoint: apps cannot look up users",
            "check that no proxy changes the metadata",
        );
        return check;
    };
    let Some(url) = provider.reached(endpoint) else {
        return Check::skipped(
            "userinfo",
            "the endpoint is at another origin; see endpoints",
        );
    };
    let reply = match visit.probe.get(&url).await {
        Ok(reply) => reply,
        Err(trouble) => {
            check.error(
                "userinfo-unreachable",
                trouble.summary(&url),
                pass_on("/userinfo"),
            );
            return check;
        }
    };
    match reply.status {
        401 if Challenge::in_headers(&reply.headers).iter().any(Challenge::is_bearer) => {
            check.fact("refuses a request without a token, with a challenge");
        }
        401 if !reply.is_html() => check.warn(
            "userinfo-no-challenge",
            "userinfo answers 401 without the header WWW-Authenticate: apps cannot tell why a token \
             was refused",
            "let the proxy pass the header WWW-Authenticate of Hydra's responses",
        ),
        200..=299 => check.error(
            "userinfo-open",
            format!("userinfo responds without a token: {}", reply.summary()),
            "check which server responds: it is not Ory, or a proxy adds or caches a user's token",
        ),
        429 => check.fact("not known: the rate limit refused the request"),
        _ => check.error(
            "userinfo-not-routed",
            format!("userinfo does not respond as Ory does: {}", reply.summary()),
            pass_on("/userinfo"),
        ),
    }
    check
}
