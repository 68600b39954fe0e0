//! The connections to a database file, with a timeout.

use crate::error::DatabaseError;
use crate::file::{self, Identity};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use std::fmt;
use std::future::Future;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep, timeout};

/// How long a statement waits for another process that writes.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);
/// The time for an operation.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(25);
/// The time to open the file, which may wait for another process that creates the tables.
const OPEN_TIMEOUT: Duration = Duration::from_secs(30);
const RETRY_INTERVAL: Duration = Duration::from_millis(20);
/// One of them writes at a time.
const MAX_CONNECTIONS: u32 = 4;

/// An `AUTOINCREMENT` column never gives a version twice, not even that of a deleted row. Issuer,
/// name and content are bytes: SQLite compares them byte for byte, also after a NUL character.
const CREATE_TABLES: &str = "\
    CREATE TABLE IF NOT EXISTS ory_oidc_registrations ( \
        version INTEGER PRIMARY KEY AUTOINCREMENT, \
        issuer BLOB NOT NULL, \
        name BLOB NOT NULL, \
        content BLOB NOT NULL, \
        UNIQUE (issuer, name) \
    ) STRICT; \
    CREATE TABLE IF NOT EXISTS ory_oidc_used_tokens ( \
        issuer BLOB NOT NULL, \
        jti BLOB NOT NULL, \
        remember_until INTEGER NOT NULL, \
        UNIQUE (issuer, jti) \
    ) STRICT; \
    CREATE INDEX IF NOT EXISTS ory_oidc_used_tokens_remember_until \
        ON ory_oidc_used_tokens (remember_until);";

/// A pool of connections. Clones share it.
#[derive(Clone)]
pub(crate) struct Database {
    pool: SqlitePool,
    path: Arc<Path>,
    /// The file that the connections have opened.
    opened: Identity,
    timeout: Duration,
}

impl Database {
    /// Opens a file, and creates it and its tables if they are missing.
    pub(crate) async fn open(path: &Path) -> Result<Self, DatabaseError> {
        file::prepare(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .busy_timeout(BUSY_TIMEOUT)
            .journal_mode(SqliteJournalMode::Wal)
            // Large contents would else be in temporary files for a moment.
            .pragma("temp_store", "MEMORY")
            // A token that was saved must survive a power failure.
            .synchronous(SqliteSynchronous::Full);
        let deadline = Instant::now() + OPEN_TIMEOUT;
        loop {
            let pool = SqlitePoolOptions::new()
                .max_connections(MAX_CONNECTIONS)
                .connect_lazy_with(options.clone());
            let created = timeout(OPEN_TIMEOUT, create_tables(&pool)).await;
            let error = match created {
                Ok(Ok(())) => {
                    let opened = file::identity(path);
                    let opened = opened.map_err(|error| DatabaseError::new(error.to_string()));
                    return Ok(Self {
                        pool,
                        path: path.into(),
                        opened: opened.map_err(|error| error.at(path))?,
                        timeout: DEFAULT_TIMEOUT,
                    });
                }
                Ok(Err(error)) => error,
                Err(_) => return Err(DatabaseError::timeout(OPEN_TIMEOUT).at(path)),
            };
            pool.close().await;
            // A process that turns on the write-ahead log does not wait for another one that does.
            if !is_busy(&error) || Instant::now() > deadline {
                return Err(DatabaseError::from(error).at(path));
            }
            sleep(RETRY_INTERVAL).await;
        }
    }

    pub(crate) fn with_timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    pub(crate) fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn timeout(&self) -> Duration {
        self.timeout
    }

    /// Runs an operation, with the timeout.
    pub(crate) async fn run<T>(
        &self,
        work: impl Future<Output = Result<T, sqlx::Error>> + Send,
    ) -> Result<T, DatabaseError> {
        // What is written to a file without a name is lost when the process ends.
        if file::identity(&self.path).ok() != Some(self.opened) {
            let problem =
                "the file was removed or replaced; restart the process to open the new one";
            return Err(DatabaseError::new(problem).at(&self.path));
        }
        match timeout(self.timeout, work).await {
            Ok(outcome) => outcome.map_err(|error| DatabaseError::from(error).at(&self.path)),
            Err(_) => Err(DatabaseError::timeout(self.timeout).at(&self.path)),
        }
    }

    /// Implements `Debug` for the types that hold a database.
    pub(crate) fn debug(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name)
            .field("path", &self.path)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

async fn create_tables(pool: &SqlitePool) -> Result<(), sqlx::Error> {
    // Two processes that both found no table would get in each other's way.
    let mut transaction = pool.begin_with("BEGIN IMMEDIATE").await?;
    sqlx::raw_sql(CREATE_TABLES)
        .execute(&mut *transaction)
        .await?;
    transaction.commit().await
}

/// Whether another connection has locked the file: `SQLITE_BUSY`, or one of its extended codes.
fn is_busy(error: &sqlx::Error) -> bool {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    let code = code.and_then(|code| code.parse::<u32>().ok());
    code.is_some_and(|code| code & 0xff == 5)
}
