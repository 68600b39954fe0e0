//! What went wrong, in words that hold no secret.

use std::fmt;
use std::time::Duration;

use ory_oidc::StoreError;
use sqlx::migrate::MigrateError;

/// What the database said, or the way to it: the source of [`StoreError::Unavailable`].
///
/// It keeps the message and the SQLSTATE. It leaves out the detail that PostgreSQL adds, which can
/// quote a whole row with its secrets.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DatabaseError {
    message: String,
    sqlstate: Option<String>,
}

impl DatabaseError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            sqlstate: None,
        }
    }

    pub(crate) fn no_answer(limit: Duration) -> Self {
        Self::new(format!("no answer within {limit:?}"))
    }

    /// The five characters by which the server named the error; [`None`] if it was not the server.
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        self.sqlstate.as_deref()
    }

    pub(crate) fn at(self, place: &str) -> StoreError {
        StoreError::Unavailable {
            place: place.to_owned(),
            source: Box::new(self),
        }
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        match &self.sqlstate {
            Some(sqlstate) => write!(f, " (SQLSTATE {sqlstate})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for DatabaseError {}

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => Self {
                message: error.message().to_owned(),
                sqlstate: error.code().map(std::borrow::Cow::into_owned),
            },
            // These can quote what was received.
            sqlx::Error::Protocol(_) => Self::new("the server broke the protocol"),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                Self::new("a column of the table is not of the type that it should be")
            }
            sqlx::Error::Migrate(error) => (*error).into(),
            other => Self::new(other.to_string()),
        }
    }
}

impl From<MigrateError> for DatabaseError {
    fn from(error: MigrateError) -> Self {
        match error {
            MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => error.into(),
            other => Self::new(other.to_string()),
        }
    }
}

/// Whether the server undid the statement, with certainty, because of others at the same time:
/// `serialization_failure` or `deadlock_detected`.
pub(crate) fn is_undone(error: &sqlx::Error) -> bool {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    matches!(code.as_deref(), Some("40001" | "40P01"))
}
