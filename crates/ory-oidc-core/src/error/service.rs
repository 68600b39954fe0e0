//! The error of a service of the caller.

use crate::text::clip;
use std::error::Error;
use std::fmt;

/// The messages of an error and of its sources, without the query of the URL.
#[derive(Debug)]
pub(super) struct ServiceError(String);

impl ServiceError {
    pub(super) fn new(error: &(dyn Error + 'static), query: Option<&str>) -> Self {
        let mut text = error.to_string();
        let mut source = error.source();
        while let Some(error) = source {
            text = format!("{text}: {error}");
            source = error.source();
        }
        if let Some(query) = query.filter(|query| !query.is_empty()) {
            text = text.replace(query, "…");
        }
        Self(clip(&text))
    }
}

impl fmt::Display for ServiceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Error for ServiceError {}
