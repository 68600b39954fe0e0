//! Emits spans and events.

use crate::error::{Error, FailedAttempt};
use crate::operation::Operation;
use reqwest::StatusCode;
use std::fmt;
use tracing::field::{Empty, debug};
use tracing::instrument::Instrumented;
use tracing::{Instrument as _, Span};
use url::{Position, Url};

/// The target of all spans and events.
const TARGET: &str = "ory_oidc";

/// The span of a call.
#[derive(Clone)]
pub(crate) struct CallSpan(Span);

impl CallSpan {
    pub(crate) fn new(operation: Operation, url: &Url) -> Self {
        Self(tracing::info_span!(
            target: TARGET,
            "call",
            "otel.name" = %operation,
            "otel.kind" = "client",
            "otel.status_code" = Empty,
            "http.request.method" = operation.method(),
            "http.request.resend_count" = Empty,
            "http.response.status_code" = Empty,
            "url.template" = operation.path(),
            "url.full" = display(WithoutSecrets(url)),
            "server.address" = url.host_str(),
            "server.port" = url.port_or_known_default(),
            "error.type" = Empty,
        ))
    }

    pub(crate) fn in_scope<T>(&self, work: impl FnOnce() -> T) -> T {
        self.0.in_scope(work)
    }

    pub(crate) fn instrument<F: Future>(self, future: F) -> Instrumented<F> {
        future.instrument(self.0)
    }

    pub(crate) fn retrying(&self, attempt: &FailedAttempt) {
        tracing::warn!(
            target: TARGET,
            parent: &self.0,
            {
                "http.response.status_code" = attempt.status().map(|status| status.as_u16()),
                "error.type" = debug(attempt.kind()),
                delay = debug(attempt.delay()),
            },
            "the call failed and is repeated"
        );
    }

    pub(crate) fn ended(&self, outcome: Result<StatusCode, &Error>, retries: usize) {
        let status = match outcome {
            Ok(status) => Some(status),
            Err(error) => {
                self.0.record("error.type", debug(error.kind()));
                self.0.record("otel.status_code", "ERROR");
                error.status()
            }
        };
        if let Some(status) = status {
            self.0.record("http.response.status_code", status.as_u16());
        }
        if retries > 0 {
            self.0.record("http.request.resend_count", retries as u64);
        }
    }
}

/// Shows a URL without credentials, query and fragment, which can hold secrets. Allocates nothing, as
/// it may be evaluated without a subscriber.
struct WithoutSecrets<'a>(&'a Url);

impl fmt::Display for WithoutSecrets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = &self.0[Position::BeforeHost..Position::AfterPath];
        write!(f, "{}://{place}", self.0.scheme())
    }
}

/// Reports what a cache does. `operation` is the one that fetches the value.
pub(crate) fn cache_event(operation: Operation, event: &'static str) {
    tracing::debug!(target: TARGET, operation = operation.operation_id(), "{event}");
}

pub(crate) fn in_current_span<F: Future>(future: F) -> Instrumented<F> {
    future.in_current_span()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_is_shown_without_what_may_be_secret() {
        let url = Url::parse("https://user:hush@id.example:8443/a/b?c=hush#hush");
        let shown = WithoutSecrets(&url.expect("static URL is valid")).to_string();
        assert_eq!(shown, "https://id.example:8443/a/b");
    }
}
