//! Calls with a time limit.

use ory_oidc::error::{Error, TransportError};
use ory_oidc::operation::Operation;
use std::time::Duration;
use tokio::time::timeout;

/// Sends a call and gives up after `limit`, even if the HTTP client has no time-out.
///
/// # Errors
/// The error of the call, or a time-out.
pub(crate) async fn bounded<T>(
    limit: Duration,
    operation: Operation,
    call: impl IntoFuture<Output = Result<T, Error>>,
) -> Result<T, Error> {
    // Boxed, as the futures of the callers would otherwise take many kilobytes.
    match timeout(limit, Box::pin(call.into_future())).await {
        Ok(result) => result,
        Err(_) => Err(TransportError::gave_up(operation).into()),
    }
}
