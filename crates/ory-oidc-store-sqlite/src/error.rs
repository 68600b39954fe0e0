//! Errors of the database, without secrets.

use ory_oidc_keeper::store::StoreError;
use std::fmt;
use std::path::Path;
use std::time::Duration;

/// The error of the database file.
///
/// [`SqliteStore`](crate::SqliteStore) reports it as the source of [`StoreError::Unavailable`], and
/// `SqliteReplayGuard` as the source of a `ReplayGuardError`.
///
/// ```
/// use ory_oidc_keeper::store::StoreError;
/// use ory_oidc_store_sqlite::DatabaseError;
/// use std::error::Error;
///
/// fn database_error(error: &StoreError) -> Option<&DatabaseError> {
///     error.source()?.downcast_ref()
/// }
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DatabaseError {
    place: Option<String>,
    message: String,
}

impl DatabaseError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            place: None,
            message: message.into(),
        }
    }

    pub(crate) fn timeout(timeout: Duration) -> Self {
        Self::new(format!("no result within {timeout:?}"))
    }

    /// Adds which file it is about.
    pub(crate) fn at(mut self, path: &Path) -> Self {
        self.place = Some(path.display().to_string());
        self
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.message)
    }
}

impl std::error::Error for DatabaseError {}

impl From<DatabaseError> for StoreError {
    fn from(mut error: DatabaseError) -> Self {
        // The message of the store's error names the place.
        let place = error.place.take();
        Self::unavailable(place.unwrap_or_else(|| "SQLite".to_owned()), error)
    }
}

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => Self::new(error.message()),
            // These can quote a value.
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                Self::new("a column of the table has an unexpected type")
            }
            other => Self::new(other.to_string()),
        }
    }
}
