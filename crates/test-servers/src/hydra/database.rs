//! The database of a Hydra, and trouble with it.

use std::path::PathBuf;
use std::time::Duration;

use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

/// The database of a Hydra: a SQLite file, or a database of a [`Postgres`](crate::Postgres).
#[derive(Debug, Clone)]
pub struct Database(Kind);

/// How Hydra uses the database.
#[derive(Debug, Clone, Copy)]
pub(super) struct DatabaseOptions {
    /// Of PostgreSQL: whether transactions are isolated completely.
    pub(super) serializable: bool,
    /// How long each query waits for a locked SQLite file.
    pub(super) sqlite_busy_timeout: Duration,
}

impl Default for DatabaseOptions {
    fn default() -> Self {
        Self {
            serializable: false,
            sqlite_busy_timeout: Duration::from_secs(5),
        }
    }
}

#[derive(Debug, Clone)]
enum Kind {
    Sqlite(PathBuf),
    Postgres(PostgresUrl),
}

/// A URL with a password.
#[derive(Clone)]
struct PostgresUrl(String);

impl std::fmt::Debug for PostgresUrl {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PostgresUrl")
    }
}

impl Database {
    pub(super) fn sqlite(file: PathBuf) -> Self {
        Self(Kind::Sqlite(file))
    }

    pub(super) fn postgres(url: String) -> Self {
        Self(Kind::Postgres(PostgresUrl(url)))
    }

    /// Returns the data source name for Hydra.
    pub(super) fn dsn(&self, options: DatabaseOptions) -> String {
        match &self.0 {
            // Not synchronized with the disk, which takes most of the time.
            Kind::Sqlite(file) => format!(
                "sqlite://{}?_fk=true&_sync=0&_busy_timeout={}",
                file.display(),
                options.sqlite_busy_timeout.as_millis()
            ),
            Kind::Postgres(url) if options.serializable => {
                format!("{}&default_transaction_isolation=serializable", url.0)
            }
            Kind::Postgres(url) => url.0.clone(),
        }
    }

    /// Makes every read of a table fail with a serialization failure, until the conflict is resolved.
    /// Writes of a row that exists fail, too.
    ///
    /// Only on PostgreSQL, and for a Hydra that is [`serializable`](super::HydraBuilder::serializable).
    pub async fn conflict(&self, table: &str) -> DatabaseConflict {
        // The prepared transaction has read what another one has written since, and has itself written
        // what Hydra is about to read. As it can no longer be aborted, PostgreSQL aborts Hydra's.
        let mut session = self.open().await;
        session
            .run("CREATE TABLE conflict AS SELECT 1 AS value")
            .await;
        session.run("BEGIN ISOLATION LEVEL SERIALIZABLE").await;
        session.run("TABLE conflict").await;
        session.run(&format!("UPDATE {table} SET nid = nid")).await;
        let other = "BEGIN ISOLATION LEVEL SERIALIZABLE; UPDATE conflict SET value = 2; COMMIT";
        self.open().await.run(other).await;
        session.run("PREPARE TRANSACTION 'conflict'").await;
        DatabaseConflict {
            session,
            open: None,
        }
    }

    /// Makes every insertion into a table fail with a serialization failure, until the conflict is
    /// resolved.
    ///
    /// Only on PostgreSQL, and for a Hydra that is [`serializable`](super::HydraBuilder::serializable).
    pub async fn conflict_of_insertions(&self, table: &str) -> DatabaseConflict {
        // The prepared transaction has read what Hydra is about to write, and has itself written what
        // an open transaction has read.
        let mut session = self.open().await;
        session
            .run("CREATE TABLE conflict AS SELECT 1 AS value")
            .await;
        session.run("BEGIN ISOLATION LEVEL SERIALIZABLE").await;
        session.run(&format!("TABLE {table}")).await;
        session.run("UPDATE conflict SET value = 2").await;
        let mut open = self.open().await;
        open.run("BEGIN ISOLATION LEVEL SERIALIZABLE").await;
        open.run("TABLE conflict").await;
        session.run("PREPARE TRANSACTION 'conflict'").await;
        DatabaseConflict {
            session,
            open: Some(open),
        }
    }

    /// Keeps everybody else from reading and writing, until the lock is released or dropped.
    ///
    /// On SQLite, Hydra gives up after the
    /// [busy time-out](super::HydraBuilder::sqlite_busy_timeout) a query. On PostgreSQL it waits.
    pub async fn lock(&self) -> DatabaseLock {
        let mut session = self.open().await;
        match &mut session {
            Session::Sqlite(_) => session.run("BEGIN EXCLUSIVE").await,
            Session::Postgres(connection) => {
                let tables: Vec<String> = sqlx::query_scalar(
                    "SELECT quote_ident(tablename) FROM pg_tables WHERE schemaname = 'public'",
                )
                .fetch_all(connection)
                .await
                .expect("PostgreSQL lists the tables");
                let lock = format!("BEGIN; LOCK TABLE {}", tables.join(", "));
                session.run(&lock).await;
            }
        }
        DatabaseLock { session }
    }

    /// Renames a table, so that every query of it fails at once.
    pub async fn hide_table(&self, table: &str) {
        let rename = format!("ALTER TABLE {table} RENAME TO {table}_hidden");
        self.open().await.run(&rename).await;
    }

    /// Renames a table back after [`hide_table`](Self::hide_table).
    pub async fn restore_table(&self, table: &str) {
        let rename = format!("ALTER TABLE {table}_hidden RENAME TO {table}");
        self.open().await.run(&rename).await;
    }

    async fn open(&self) -> Session {
        match &self.0 {
            Kind::Sqlite(file) => {
                let options = SqliteConnectOptions::new().filename(file);
                let connection = options.connect().await;
                Session::Sqlite(connection.expect("the SQLite file can be opened"))
            }
            Kind::Postgres(url) => {
                let connection = PgConnection::connect(&url.0).await;
                Session::Postgres(connection.expect("PostgreSQL accepts connections"))
            }
        }
    }
}

/// Holds the locks of [`Database::lock`].
#[derive(Debug)]
#[must_use = "dropping it releases the locks"]
pub struct DatabaseLock {
    session: Session,
}

impl DatabaseLock {
    /// Releases the locks before it returns.
    pub async fn release(mut self) {
        self.session.run("ROLLBACK").await;
    }
}

/// The conflict of [`Database::conflict`]. It outlives this value unless it is resolved.
#[derive(Debug)]
#[must_use = "resolve() ends the conflict"]
pub struct DatabaseConflict {
    session: Session,
    /// The transaction that is still open.
    open: Option<Session>,
}

impl DatabaseConflict {
    /// Ends the conflict before it returns.
    pub async fn resolve(mut self) {
        if let Some(open) = &mut self.open {
            open.run("ROLLBACK").await;
        }
        self.session.run("ROLLBACK PREPARED 'conflict'").await;
        self.session.run("DROP TABLE conflict").await;
    }
}

#[derive(Debug)]
enum Session {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Session {
    async fn run(&mut self, sql: &str) {
        let sql = sqlx::raw_sql(AssertSqlSafe(sql.to_owned()));
        let done = match self {
            Self::Sqlite(connection) => sql.execute(connection).await.map(drop),
            Self::Postgres(connection) => sql.execute(connection).await.map(drop),
        };
        done.expect("the database accepts the statement");
    }
}
