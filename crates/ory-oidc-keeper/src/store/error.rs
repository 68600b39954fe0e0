//! Why a store failed.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// The error of a [`RegistrationStore`](super::RegistrationStore).
///
/// No message contains the text of an entry, because it holds secrets. This also applies to stores of
/// your own.
///
/// ```
/// use ory_oidc_keeper::store::StoreError;
///
/// let error = StoreError::unavailable("table registrations", "connection refused");
/// assert!(error.is_retryable());
/// assert_eq!(error.to_string(), "registration store unavailable: table registrations");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum StoreError {
    /// The entry does not have the expected version: another writer was first. Nothing was
    /// written.
    Conflict,
    /// The entry exists and cannot be read: it is damaged, truncated, of another format, or belongs
    /// to another key. The store left it unchanged.
    Damaged {
        /// Where the entry is: a path, or a row.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// Other users could read or change the entry, so the store neither reads nor writes it.
    Unsafe {
        /// Where the entry is.
        place: String,
        /// What is wrong with it.
        reason: String,
    },
    /// The store cannot hold such an entry: it is too large, or contains characters that the store
    /// does not support. Nothing was written.
    Refused {
        /// Where the entry would be.
        place: String,
        /// Why it is refused.
        reason: String,
    },
    /// The store failed. If it was writing, the write may or may not have happened.
    Unavailable {
        /// Where the entry is.
        place: String,
        /// What the store reported.
        source: Arc<dyn Error + Send + Sync>,
    },
}

impl StoreError {
    /// Creates a [`Damaged`](Self::Damaged) error. The reason must not quote the entry's text.
    ///
    /// ```
    /// use ory_oidc_keeper::store::StoreError;
    ///
    /// let error = StoreError::damaged("row 7", "the text is not UTF-8");
    /// assert!(!error.is_retryable());
    /// ```
    #[must_use]
    pub fn damaged(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Damaged {
            place: place.into(),
            reason: reason.into(),
        }
    }

    /// Creates a [`Refused`](Self::Refused) error. The reason must not quote the entry's text.
    ///
    /// ```
    /// use ory_oidc_keeper::store::StoreError;
    ///
    /// let error = StoreError::refused("row 7", "it has 70000 bytes, and the limit is 65536");
    /// assert!(!error.is_retryable());
    /// ```
    #[must_use]
    pub fn refused(place: impl Into<String>, reason: impl Into<String>) -> Self {
        Self::Refused {
            place: place.into(),
            reason: reason.into(),
        }
    }

    /// Creates an [`Unavailable`](Self::Unavailable) error.
    ///
    /// ```
    /// use ory_oidc_keeper::store::StoreError;
    ///
    /// let error = StoreError::unavailable("table registrations", "connection refused");
    /// assert!(matches!(error, StoreError::Unavailable { .. }));
    /// ```
    #[must_use]
    pub fn unavailable(
        place: impl Into<String>,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> Self {
        Self::Unavailable {
            place: place.into(),
            source: Arc::from(source.into()),
        }
    }

    /// Whether the same call may succeed later without a repair of the store: after a
    /// [`Conflict`](Self::Conflict), with the version loaded again, and after
    /// [`Unavailable`](Self::Unavailable).
    ///
    /// ```
    /// # use ory_oidc_keeper::store::StoreError;
    /// assert!(StoreError::Conflict.is_retryable());
    /// ```
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        matches!(self, Self::Conflict | Self::Unavailable { .. })
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Conflict => f.write_str("another writer changed the stored registration first"),
            Self::Damaged { place, reason } => {
                write!(
                    f,
                    "cannot read the stored registration in {place}: {reason}"
                )
            }
            Self::Unsafe { place, reason } => {
                write!(f, "refusing to use {place}: {reason}")
            }
            Self::Refused { place, reason } => {
                write!(f, "cannot store the registration in {place}: {reason}")
            }
            Self::Unavailable { place, .. } => {
                write!(f, "registration store unavailable: {place}")
            }
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Unavailable { source, .. } => Some(source.as_ref()),
            _ => None,
        }
    }
}
