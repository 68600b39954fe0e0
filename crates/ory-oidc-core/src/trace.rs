//! Spans and events for tracing, with the names of the OpenTelemetry conventions for HTTP clients.
//! Without the feature `tracing`, this does nothing.

#[cfg(feature = "tracing")]
mod enabled;
#[cfg(feature = "tracing")]
pub(crate) use enabled::{CallSpan, cache_event, in_current_span};

#[cfg(not(feature = "tracing"))]
mod disabled;
#[cfg(not(feature = "tracing"))]
pub(crate) use disabled::{CallSpan, cache_event, in_current_span};
