//! Spans and events for tracing. Without the feature `tracing`, this does nothing.

use crate::error::KeeperError;
use crate::store::StoreKey;
use std::fmt::Debug;

#[cfg(feature = "tracing")]
use tracing::Instrument as _;

/// The target of all spans and events.
#[cfg(feature = "tracing")]
const TARGET: &str = "ory_oidc_keeper";

/// Runs an action of a keeper in a span.
pub(crate) fn action<T>(
    name: &'static str,
    key: &StoreKey,
    work: impl Future<Output = Result<T, KeeperError>>,
) -> impl Future<Output = Result<T, KeeperError>> {
    // Boxed, as the future of an action takes many kilobytes.
    let work = Box::pin(work);
    async move {
        #[cfg(feature = "tracing")]
        let span = tracing::info_span!(
            target: TARGET,
            "keeper",
            "otel.name" = name,
            "otel.status_code" = tracing::field::Empty,
            "error.type" = tracing::field::Empty,
            action = name,
            registration = key.name(),
            issuer = key.issuer(),
        );
        #[cfg(feature = "tracing")]
        let work = work.instrument(span.clone());
        let done = work.await;
        #[cfg(feature = "tracing")]
        if let Err(error) = &done {
            span.record("error.type", tracing::field::debug(error.kind()));
            span.record("otel.status_code", "ERROR");
        }
        #[cfg(not(feature = "tracing"))]
        let _ = (name, key);
        done
    }
}

/// Keeps the span of the caller in a task of its own.
pub(crate) fn in_current_span<F: Future>(work: F) -> impl Future<Output = F::Output> {
    #[cfg(feature = "tracing")]
    let work = work.in_current_span();
    work
}

/// Reports what a keeper found out or did. `detail` holds no secret.
pub(crate) fn event(message: &'static str, detail: &dyn Debug) {
    #[cfg(feature = "tracing")]
    tracing::info!(target: TARGET, detail = tracing::field::debug(detail), "{message}");
    #[cfg(not(feature = "tracing"))]
    let _ = (message, detail);
}
