//! Entry points for the fuzz targets in `fuzz/`. Only a fuzzer's build has them; they are not part of
//! the API.

use sqlx::postgres::PgSslMode;

use crate::connection_url::{is_local, options, place};
use crate::error::DatabaseError;

/// Where a connection goes.
#[derive(Debug)]
pub struct Destination {
    /// Whether the server must prove its name.
    pub is_verified: bool,
    /// Whether the connection stays on this machine.
    pub is_local: bool,
    /// The server, as errors name it.
    pub place: String,
}

/// Reads the URL of a database.
///
/// # Errors
/// The error for a URL that is refused.
pub fn destination(url: &str) -> Result<Destination, DatabaseError> {
    let options = options(url)?;
    Ok(Destination {
        is_verified: matches!(options.get_ssl_mode(), PgSslMode::VerifyFull),
        is_local: is_local(&options),
        place: place(&options, "table"),
    })
}
