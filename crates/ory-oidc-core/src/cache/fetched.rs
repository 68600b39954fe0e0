//! A value on its way into the cache.

use super::freshness::Freshness;

/// A fetched value, and how long the server permits to use it.
#[derive(Debug)]
pub struct Fetched<T> {
    pub(super) value: T,
    pub(super) freshness: Freshness,
}

impl<T> Fetched<T> {
    /// Takes a value from a response.
    pub fn new(value: T, freshness: Freshness) -> Self {
        Self { value, freshness }
    }
}
