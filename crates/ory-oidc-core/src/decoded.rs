//! The outcome of decoding a value leniently.

use serde_json::Value;
use std::fmt;

/// A decoded value of a member.
pub enum Decoded<T> {
    /// The value.
    Value(T),
    /// The value equals the known one.
    Same,
    /// A value of an unexpected type. It is boxed, so that other outcomes are small.
    Unexpected(Box<Value>),
}

/// Shows no value, since it may be a secret.
impl<T> fmt::Debug for Decoded<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Value(_) => "Value",
            Self::Same => "Same",
            Self::Unexpected(_) => "Unexpected",
        })
    }
}

impl<T> Decoded<T> {
    pub(crate) fn of(value: Result<T, Value>) -> Self {
        match value {
            Ok(value) => Self::Value(value),
            Err(unexpected) => Self::unexpected(unexpected),
        }
    }

    /// Returns a value of an unexpected type.
    pub fn unexpected(value: impl Into<Value>) -> Self {
        Self::Unexpected(Box::new(value.into()))
    }
}
