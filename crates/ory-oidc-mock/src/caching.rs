//! What discovery and the key set say about how long they may be kept (RFC 9111).

use axum::http::header::{AGE, CACHE_CONTROL};
use axum::http::{HeaderMap, HeaderValue};

/// The headers that a test asked for in place of Ory's.
#[derive(Clone, Default)]
pub(crate) struct Caching {
    control: Option<HeaderValue>,
    age: Option<u64>,
}

impl Caching {
    /// # Panics
    /// If the value cannot stand in a header.
    #[track_caller]
    pub(crate) fn set_control(&mut self, value: &str) {
        let value = HeaderValue::from_str(value).expect("a value that can stand in a header");
        self.control = Some(value);
    }

    pub(crate) fn set_age(&mut self, seconds: u64) {
        self.age = Some(seconds);
    }

    pub(crate) fn apply(&self, headers: &mut HeaderMap) {
        match &self.control {
            None => {}
            Some(none) if none.is_empty() => drop(headers.remove(CACHE_CONTROL)),
            Some(control) => drop(headers.insert(CACHE_CONTROL, control.clone())),
        }
        if let Some(seconds) = self.age {
            headers.insert(AGE, seconds.into());
        }
    }
}
