//! The connections to a database, with a timeout, for one table.

use std::fmt;
use std::future::Future;
use std::io::ErrorKind;
use std::sync::Arc;
use std::time::Duration;

use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::error::DatabaseError;
use crate::{connection_url, migration};

/// The time to wait for a connection.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The time for an operation: a connection, a statement, and the network.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(25);
/// Registrations change seldom, and a server has few connections for many processes.
pub(crate) const DEFAULT_MAX_CONNECTIONS: u32 = 5;

/// A pool of connections, as the user of one table sees it. Clones share the pool.
#[derive(Clone)]
pub(crate) struct Connections {
    pool: PgPool,
    /// How errors name the table.
    place: Arc<str>,
    timeout: Duration,
}

impl Connections {
    pub(crate) async fn open(
        url: &str,
        max_connections: u32,
        table: &str,
    ) -> Result<Self, DatabaseError> {
        let options = connection_url::options(url)?;
        let place = connection_url::place(&options, table);
        let pool = PgPoolOptions::new()
            .max_connections(max_connections)
            .acquire_timeout(CONNECT_TIMEOUT)
            .connect_with(options);
        match pool.await {
            Ok(pool) => Ok(Self::from_pool(pool, table)),
            Err(error) => Err(explained(error).at(&place)),
        }
    }

    pub(crate) fn from_pool(pool: PgPool, table: &str) -> Self {
        let place = connection_url::place(&pool.connect_options(), table).into();
        Self {
            pool,
            place,
            timeout: DEFAULT_TIMEOUT,
        }
    }

    /// Returns the same connections for another table.
    #[cfg(feature = "jwt")]
    pub(crate) fn for_table(&self, table: &str) -> Self {
        Self::from_pool(self.pool.clone(), table).with_timeout(self.timeout)
    }

    pub(crate) fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }

    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Creates all tables.
    pub(crate) async fn migrate(&self) -> Result<(), DatabaseError> {
        match tokio::time::timeout(migration::TIMEOUT, migration::run(&self.pool)).await {
            Ok(outcome) => outcome.map_err(|error| self.error(error)),
            Err(_) => Err(self.error(DatabaseError::timeout(migration::TIMEOUT))),
        }
    }

    pub(crate) async fn in_time<F: Future + Send>(
        &self,
        work: F,
    ) -> Result<F::Output, DatabaseError> {
        let outcome = tokio::time::timeout(self.timeout, work).await;
        outcome.map_err(|_| self.error(DatabaseError::timeout(self.timeout)))
    }

    pub(crate) fn error(&self, error: impl Into<DatabaseError>) -> DatabaseError {
        error.into().at(&self.place)
    }

    /// Implements `Debug` for the types that hold connections. The options of the connection are
    /// left out, as they hold the password.
    pub(crate) fn debug(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name)
            .field("place", &self.place)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

/// Says in an error of TLS which parameters decide about it: the URL need not mention TLS.
fn explained(error: sqlx::Error) -> DatabaseError {
    let reason = match error {
        sqlx::Error::Tls(error) => error.to_string(),
        // The certificate was refused.
        sqlx::Error::Io(error) if error.kind() == ErrorKind::InvalidData => error.to_string(),
        error => return error.into(),
    };
    DatabaseError::new(format!(
        "TLS failed: {reason}; sslrootcert names the certificate authority, and sslmode sets \
         whether TLS is required"
    ))
}
