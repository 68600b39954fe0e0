//! Does nothing.

#![allow(clippy::unused_self)] // With the feature, the methods use the span.

use crate::error::{Error, FailedAttempt};
use crate::operation::Operation;
use reqwest::StatusCode;
use url::Url;

/// The span of a call.
#[derive(Clone)]
pub(crate) struct CallSpan;

impl CallSpan {
    pub(crate) fn new(_operation: Operation, _url: &Url) -> Self {
        Self
    }

    pub(crate) fn in_scope<T>(&self, work: impl FnOnce() -> T) -> T {
        work()
    }

    pub(crate) fn instrument<F: Future>(self, future: F) -> F {
        future
    }

    pub(crate) fn retrying(&self, _attempt: &FailedAttempt) {}

    pub(crate) fn ended(&self, _outcome: Result<StatusCode, &Error>, _retries: usize) {}
}

pub(crate) fn cache_event(_operation: Operation, _event: &'static str) {}

pub(crate) fn in_current_span<F: Future>(future: F) -> F {
    future
}
