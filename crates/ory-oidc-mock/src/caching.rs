//! The caching headers of discovery and of the key set (RFC 9111).

use axum::http::header::{AGE, CACHE_CONTROL};
use axum::http::{HeaderMap, HeaderValue};

/// Headers that a test sets in place of Hydra's.
#[derive(Clone, Default)]
pub(crate) struct Caching {
    /// `None` keeps Hydra's header; an empty value removes it.
    control: Option<HeaderValue>,
    age: Option<u64>,
}

impl Caching {
    /// # Panics
    /// If `value` is not a valid header value.
    #[track_caller]
    pub(crate) fn set_control(&mut self, value: &str) {
        let Ok(control) = HeaderValue::from_str(value) else {
            panic!("invalid Cache-Control value {value:?}");
        };
        self.control = Some(control);
    }

    pub(crate) fn set_age(&mut self, seconds: u64) {
        self.age = Some(seconds);
    }

    pub(crate) fn apply(&self, headers: &mut HeaderMap) {
        match &self.control {
            None => {}
            Some(empty) if empty.is_empty() => drop(headers.remove(CACHE_CONTROL)),
            Some(control) => drop(headers.insert(CACHE_CONTROL, control.clone())),
        }
        if let Some(seconds) = self.age {
            headers.insert(AGE, seconds.into());
        }
    }
}
