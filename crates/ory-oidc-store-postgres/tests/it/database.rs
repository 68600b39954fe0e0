//! A database for each test, on the server that the tests share.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use ory_oidc_keeper::store::{Content, Entry, RegistrationStore, StoreKey, Version};
use ory_oidc_store_postgres::PostgresStore;
use ory_oidc_store_postgres::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use ory_oidc_store_postgres::sqlx::{self, AssertSqlSafe, ConnectOptions, PgConnection, PgPool};

use ory_oidc_test_servers::Postgres;
use ory_oidc_test_servers::postgres::PASSWORD;

pub(crate) struct Database {
    name: String,
    port: u16,
}

impl Database {
    /// Creates an empty database.
    pub(crate) async fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let port = Postgres::shared().await.port();
        let mut connection = options("postgres", port).connect().await.unwrap();
        execute(&mut connection, &format!("CREATE DATABASE {name}")).await;
        Self { name, port }
    }

    /// Creates a database with a default isolation level.
    pub(crate) async fn with_isolation(level: &str) -> Self {
        let database = Self::new().await;
        let set = format!(
            "ALTER DATABASE {} SET default_transaction_isolation = '{level}'",
            database.name
        );
        execute(&mut database.connection().await, &set).await;
        database
    }

    pub(crate) fn url(&self) -> String {
        self.url_on_port(self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn url_on_port(&self, port: u16) -> String {
        let password = encoded_password();
        format!(
            "postgres://postgres:{password}@127.0.0.1:{port}/{}?sslmode=disable",
            self.name
        )
    }

    /// Opens a store, with its tables.
    pub(crate) async fn store(&self) -> PostgresStore {
        let store = PostgresStore::connect(&self.url()).await.unwrap();
        store.migrate().await.unwrap();
        store
    }

    /// Opens a connection that no store uses.
    pub(crate) async fn connection(&self) -> PgConnection {
        options(&self.name, self.port).connect().await.unwrap()
    }

    /// Opens a pool of the app's.
    pub(crate) async fn pool(&self) -> PgPool {
        PgPoolOptions::new()
            .connect_with(options(&self.name, self.port))
            .await
            .unwrap()
    }

    /// Opens a pool of one connection, for example through a proxy.
    pub(crate) async fn narrow_pool(&self, port: u16) -> PgPool {
        PgPoolOptions::new()
            .max_connections(1)
            .acquire_timeout(Duration::from_secs(10))
            .connect_with(options(&self.name, port))
            .await
            .unwrap()
    }
}

/// Returns the password as it is written in a URL.
pub(crate) fn encoded_password() -> String {
    PASSWORD
        .replace('/', "%2F")
        .replace('@', "%40")
        .replace('?', "%3F")
}

pub(crate) fn options(database: &str, port: u16) -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass()
        .host("127.0.0.1")
        .port(port)
        .username("postgres")
        .password(PASSWORD)
        .database(database)
        .ssl_mode(sqlx::postgres::PgSslMode::Disable)
}

/// Executes a script.
pub(crate) async fn execute(connection: &mut PgConnection, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned()))
        .execute(connection)
        .await
        .unwrap();
}

/// Queries a number.
pub(crate) async fn number(connection: &mut PgConnection, sql: &str) -> i64 {
    sqlx::query_scalar(AssertSqlSafe(sql.to_owned()))
        .fetch_one(connection)
        .await
        .unwrap()
}

pub(crate) fn key(name: &str) -> StoreKey {
    StoreKey::new("https://slug.projects.oryapis.com", name)
}

pub(crate) fn content(text: &str) -> Content {
    Content::new(text)
}

pub(crate) async fn loaded(store: &PostgresStore, key: &StoreKey) -> Entry {
    store.load(key).await.unwrap().expect("an entry")
}

pub(crate) async fn load(store: &PostgresStore, name: &str) -> Option<Entry> {
    store.load(&key(name)).await.unwrap()
}

/// Saves an entry that nobody else changes.
pub(crate) async fn saved(
    store: &PostgresStore,
    key: &StoreKey,
    expected: Option<Version>,
    text: &str,
) -> Version {
    store.save(key, expected, &content(text)).await.unwrap()
}

/// Formats an error and its sources, as a program would log them.
pub(crate) fn shown(error: &dyn std::error::Error) -> String {
    let mut shown = vec![format!("{error} {error:?} {error:#?}")];
    let mut source = error.source();
    while let Some(error) = source {
        shown.push(format!("{error} {error:?} {error:#?}"));
        source = error.source();
    }
    shown.join("\n")
}
