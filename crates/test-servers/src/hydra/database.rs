//! The database of a Hydra, and trouble with it.

use std::path::PathBuf;

use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection};

/// The database of a Hydra: a SQLite file, or a database of a [`Postgres`](crate::Postgres).
#[derive(Debug, Clone)]
pub struct Database(Kind);

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
    pub(super) fn dsn(&self) -> String {
        match &self.0 {
            // Not synchronized with the disk, which takes most of the time.
            Kind::Sqlite(file) => format!("sqlite://{}?_fk=true&_sync=0", file.display()),
            Kind::Postgres(url) => url.0.clone(),
        }
    }

    /// Keeps everybody else from reading and writing, until the lock is released or dropped.
    ///
    /// On SQLite, Hydra gives up after 5 seconds a query. On PostgreSQL it waits.
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
