//! Errors of the database, without secrets.

use std::fmt;
use std::time::Duration;

use ory_oidc_keeper::store::StoreError;
use sqlx::migrate::MigrateError;

/// The error of the database, or of the connection to it.
///
/// [`PostgresStore`](crate::PostgresStore) reports it as the source of
/// [`StoreError::Unavailable`], and `PostgresReplayGuard` as the source of a `ReplayGuardError`.
///
/// It holds the server's message and SQLSTATE. It omits the detail that PostgreSQL adds, which can
/// quote a whole row with its secrets.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct DatabaseError {
    place: Option<String>,
    message: String,
    sqlstate: Option<String>,
}

impl DatabaseError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self {
            place: None,
            message: message.into(),
            sqlstate: None,
        }
    }

    pub(crate) fn timeout(timeout: Duration) -> Self {
        Self::new(format!("no response within {timeout:?}"))
    }

    /// Adds which server, database and table it is about.
    pub(crate) fn at(mut self, place: &str) -> Self {
        self.place = Some(place.to_owned());
        self
    }

    /// Returns the five characters by which PostgreSQL names an error; [`None`] if the server did
    /// not report it.
    ///
    /// ```no_run
    /// # async fn example() {
    /// use ory_oidc_store_postgres::PostgresStore;
    ///
    /// let url = "postgres://app:password@db.example/app?sslmode=verify-full";
    /// if let Err(error) = PostgresStore::connect(url).await {
    ///     assert_eq!(error.sqlstate(), Some("28P01"), "the password is wrong");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn sqlstate(&self) -> Option<&str> {
        self.sqlstate.as_deref()
    }
}

impl fmt::Display for DatabaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(place) = &self.place {
            write!(f, "{place}: ")?;
        }
        f.write_str(&self.message)?;
        match &self.sqlstate {
            Some(sqlstate) => write!(f, " (SQLSTATE {sqlstate})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for DatabaseError {}

impl From<DatabaseError> for StoreError {
    fn from(mut error: DatabaseError) -> Self {
        // The message of the store's error names the place.
        let place = error.place.take();
        Self::unavailable(place.unwrap_or_else(|| "PostgreSQL".to_owned()), error)
    }
}

impl From<sqlx::Error> for DatabaseError {
    fn from(error: sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) => Self {
                place: None,
                message: error.message().to_owned(),
                sqlstate: error.code().map(std::borrow::Cow::into_owned),
            },
            // These can quote what was received.
            sqlx::Error::Protocol(_) => Self::new("the server violated the protocol"),
            sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) => {
                Self::new("a column of the table has an unexpected type")
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
