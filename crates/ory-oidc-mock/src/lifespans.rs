//! Lifespans of tokens: those of the client, or else Hydra's defaults.

use crate::go_duration;
use crate::metadata::Metadata;

/// Lifespan of authorization codes, in seconds.
pub(crate) const CODE: i64 = 10 * 60;
/// Default lifespan of access tokens, in seconds.
pub(crate) const ACCESS_TOKEN: i64 = 60 * 60;
/// Default lifespan of ID tokens, in seconds.
pub(crate) const ID_TOKEN: i64 = 60 * 60;
const REFRESH_TOKEN: i64 = 30 * 24 * 60 * 60;

/// Returns the lifespan of a client's tokens in seconds. `token` is `access_token`, `id_token` or
/// `refresh_token`.
pub(crate) fn of(client: &Metadata, grant_type: &str, token: &str) -> i64 {
    let name = format!("{grant_type}_grant_{token}_lifespan");
    go_duration::seconds(client.text(&name)).unwrap_or(match token {
        "refresh_token" => REFRESH_TOKEN,
        "id_token" => ID_TOKEN,
        _ => ACCESS_TOKEN,
    })
}
