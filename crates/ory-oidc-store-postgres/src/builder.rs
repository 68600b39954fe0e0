//! How a store connects.

use crate::connections::{Connections, DEFAULT_MAX_CONNECTIONS};
use crate::error::DatabaseError;
use crate::store::{PostgresStore, TABLE};
use std::fmt;

/// Configures the connections of a [`PostgresStore`]; see [`PostgresStore::builder`].
#[derive(Clone)]
pub struct PostgresStoreBuilder {
    url: String,
    max_connections: u32,
}

impl PostgresStore {
    /// Connects to a database.
    ///
    /// The URL is `postgres://user:password@host/database`, or `postgresql://…`. Parts that it leaves
    /// out come from libpq's environment variables, such as `PGPASSWORD`, or from the password file.
    ///
    /// A server on another machine must prove its name with a certificate (`sslmode=verify-full`),
    /// unless the URL or the variable `PGSSLMODE` sets another `sslmode`. The parameter
    /// `sslrootcert` names the file of a certificate authority. Connections to `localhost`, to a
    /// loopback address and to a Unix socket need no TLS.
    ///
    /// A statement takes at most 10 seconds, unless `options=-c statement_timeout=…` sets another
    /// timeout.
    ///
    /// # Errors
    /// [`DatabaseError`] for an invalid URL, and if no connection can be made within 10 seconds.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), ory_oidc_store_postgres::DatabaseError> {
    /// use ory_oidc_store_postgres::PostgresStore;
    ///
    /// let url = "postgres://app:password@db.example/app?sslmode=verify-full";
    /// let store = PostgresStore::connect(url).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connect(url: &str) -> Result<Self, DatabaseError> {
        Self::builder(url).connect().await
    }

    /// Starts the configuration of a store's connections. The URL is that of
    /// [`connect`](Self::connect).
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), ory_oidc_store_postgres::DatabaseError> {
    /// use ory_oidc_store_postgres::PostgresStore;
    ///
    /// let url = "postgres://app:password@db.example/app?sslmode=verify-full";
    /// let store = PostgresStore::builder(url).max_connections(2).connect().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn builder(url: impl Into<String>) -> PostgresStoreBuilder {
        PostgresStoreBuilder {
            url: url.into(),
            max_connections: DEFAULT_MAX_CONNECTIONS,
        }
    }
}

impl PostgresStoreBuilder {
    /// Sets how many connections to open at most (default: 5).
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), ory_oidc_store_postgres::DatabaseError> {
    /// use ory_oidc_store_postgres::PostgresStore;
    ///
    /// let url = "postgres://app:password@db.example/app?sslmode=verify-full";
    /// let store = PostgresStore::builder(url).max_connections(2).connect().await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn max_connections(mut self, max_connections: u32) -> Self {
        self.max_connections = max_connections;
        self
    }

    /// Connects to the database.
    ///
    /// # Errors
    /// As for [`PostgresStore::connect`].
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), ory_oidc_store_postgres::DatabaseError> {
    /// use ory_oidc_store_postgres::PostgresStore;
    ///
    /// let url = "postgres://app:password@db.example/app?sslmode=verify-full";
    /// let store = PostgresStore::builder(url).max_connections(2).connect().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connect(self) -> Result<PostgresStore, DatabaseError> {
        let connections = Connections::open(&self.url, self.max_connections, TABLE).await?;
        Ok(PostgresStore::new(connections))
    }
}

/// Leaves out the URL, which holds the password.
impl fmt::Debug for PostgresStoreBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStoreBuilder")
            .field("max_connections", &self.max_connections)
            .finish_non_exhaustive()
    }
}
