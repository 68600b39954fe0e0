//! Recognizes responses that do not come from Ory.

use crate::doctor::probe::Reply;

/// The remedy for a proxy that does not pass a path on.
pub(super) fn pass_on(paths: &str) -> String {
    format!(
        "let the proxy pass {paths} to Hydra's public port (4444), with the path unchanged and \
         without authentication of its own. If Hydra is below a path, the issuer must contain it"
    )
}

/// Whether a status is one that a proxy sends when it does not pass a request on, or does not reach
/// the server.
pub(super) fn is_not_routed(reply: &Reply) -> bool {
    match reply.status {
        404 | 405 | 410 | 500..=599 => true,
        401 | 403 => reply.is_html(),
        _ => false,
    }
}
