//! The store of registrations.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use ory_oidc_keeper::store::{
    Content, Entry, ListQuery, RegistrationStore, StoreError, StoreFuture, StoreKey, Version,
};

use crate::connections::Connections;
use crate::error::DatabaseError;
#[cfg(feature = "jwt")]
use crate::replay_guard::PostgresReplayGuard;
use crate::retry::was_rolled_back;
use crate::statements::{self, MAX_CONTENT_LENGTH};

pub(crate) const TABLE: &str = "ory_oidc_registrations";

/// Stores registrations in a table of a PostgreSQL database. Clones share their connections.
///
/// ```no_run
/// # async fn example(ory: ory_oidc::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use ory_oidc_keeper::Keeper;
/// use ory_oidc_store_postgres::PostgresStore;
///
/// let url = "postgres://app:password@db.example/app?sslmode=verify-full";
/// let store = PostgresStore::connect(url).await?;
/// store.migrate().await?;
/// let keeper = Keeper::new(ory, store, "my-app");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PostgresStore {
    connections: Connections,
}

impl PostgresStore {
    pub(crate) fn new(connections: Connections) -> Self {
        Self { connections }
    }

    /// Uses a pool of the app's, with the settings that the app chose.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use ory_oidc_store_postgres::PostgresStore;
    /// use ory_oidc_store_postgres::sqlx::PgPool;
    ///
    /// let pool = PgPool::connect("postgres://app:password@db.example/app").await?;
    /// let store = PostgresStore::from_pool(pool);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "sqlx-0_9")]
    #[cfg_attr(docsrs, doc(cfg(feature = "sqlx-0_9")))]
    #[must_use]
    pub fn from_pool(pool: sqlx::PgPool) -> Self {
        Self::new(Connections::from_pool(pool, TABLE))
    }

    /// Returns this store with another timeout for each operation (default: 25 seconds). It shares
    /// the connections.
    ///
    /// An operation that takes longer fails, and its connection is closed. Whether a write took
    /// place is unknown then.
    ///
    /// ```no_run
    /// # fn example(store: ory_oidc_store_postgres::PostgresStore) {
    /// use std::time::Duration;
    ///
    /// let store = store.with_timeout(Duration::from_secs(5));
    /// # }
    /// ```
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self::new(self.connections.with_timeout(timeout))
    }

    /// Returns a replay guard for logout tokens in the same database. It shares the connections and
    /// the timeout.
    ///
    /// ```no_run
    /// # async fn example(store: ory_oidc_store_postgres::PostgresStore) -> Result<(), ory_oidc_store_postgres::DatabaseError> {
    /// store.migrate().await?; // creates the tables of both
    /// let guard = store.replay_guard();
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "jwt")]
    #[cfg_attr(docsrs, doc(cfg(feature = "jwt")))]
    #[must_use]
    pub fn replay_guard(&self) -> PostgresReplayGuard {
        PostgresReplayGuard::on(&self.connections)
    }

    /// Creates the tables of this crate, or updates those of an earlier release. Call it at each
    /// start of each process: one of them does the work under an advisory lock, and the others wait.
    ///
    /// The table `ory_oidc_migrations` records the applied scripts, apart from the app's own. To
    /// apply the scripts yourself, take them from this crate's folder `migrations`.
    ///
    /// # Errors
    /// [`DatabaseError`] if it failed. The next call resumes where it stopped.
    ///
    /// ```no_run
    /// # async fn example(store: ory_oidc_store_postgres::PostgresStore) -> Result<(), ory_oidc_store_postgres::DatabaseError> {
    /// store.migrate().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn migrate(&self) -> Result<(), DatabaseError> {
        self.connections.migrate().await
    }

    async fn load_entry(&self, key: &StoreKey) -> Result<Option<Entry>, StoreError> {
        self.check_key(key)?;
        let loading = statements::load(self.connections.pool(), key);
        match self.connections.in_time(loading).await? {
            Ok(None) => Ok(None),
            Ok(Some((version, _, Some(content)))) => Ok(Some(Entry::new(
                self.version(version)?,
                Content::new(content),
            ))),
            Ok(Some((_, length, None))) => {
                let reason = format!(
                    "its content has {length} bytes, and the limit is {MAX_CONTENT_LENGTH}"
                );
                Err(StoreError::damaged(self.connections.place(), reason))
            }
            Err(error) => Err(self.connections.error(error).into()),
        }
    }

    async fn save_entry(
        &self,
        key: &StoreKey,
        expected: Option<Version>,
        content: &Content,
    ) -> Result<Version, StoreError> {
        self.check_key(key)?;
        self.check("content", content.expose())?;
        let length = content.expose().len();
        if length > MAX_CONTENT_LENGTH {
            let reason =
                format!("its content has {length} bytes, and the limit is {MAX_CONTENT_LENGTH}");
            return Err(StoreError::refused(self.connections.place(), reason));
        }
        let pool = self.connections.pool();
        let Some(expected) = expected else {
            return self.swap(statements::insert(pool, key, content)).await;
        };
        let expected = column_value(expected)?;
        self.swap(statements::update(pool, key, expected, content))
            .await
    }

    async fn clear_entry(&self, key: &StoreKey, expected: Version) -> Result<(), StoreError> {
        self.check_key(key)?;
        let expected = column_value(expected)?;
        self.swap(statements::delete(self.connections.pool(), key, expected))
            .await
            .map(drop)
    }

    async fn list_names(&self, query: &ListQuery) -> Result<Vec<String>, StoreError> {
        self.check("issuer", &query.issuer)?;
        self.check("prefix", &query.prefix)?;
        self.check("name", query.after.as_deref().unwrap_or_default())?;
        let listing = statements::list(self.connections.pool(), query);
        match self.connections.in_time(listing).await? {
            Ok(names) => Ok(names),
            Err(error) => Err(self.connections.error(error).into()),
        }
    }

    /// Runs a statement that changes one row or, after a conflict, none.
    async fn swap<F>(&self, statement: F) -> Result<Version, StoreError>
    where
        F: Future<Output = Result<Option<i64>, sqlx::Error>> + Send,
    {
        match self.connections.in_time(statement).await? {
            Ok(Some(version)) => self.version(version),
            Ok(None) => Err(StoreError::Conflict),
            Err(error) if was_rolled_back(&error) => Err(StoreError::Conflict),
            Err(error) => Err(self.connections.error(error).into()),
        }
    }

    fn check_key(&self, key: &StoreKey) -> Result<(), StoreError> {
        self.check("issuer", key.issuer())?;
        self.check("name", key.name())
    }

    /// Refuses a text that the server would refuse, before anything is sent.
    fn check(&self, what: &str, text: &str) -> Result<(), StoreError> {
        if !text.contains('\0') {
            return Ok(());
        }
        let reason = format!("the {what} contains a NUL character, which PostgreSQL cannot store");
        Err(StoreError::refused(self.connections.place(), reason))
    }

    fn version(&self, column: i64) -> Result<Version, StoreError> {
        u64::try_from(column)
            .map(Version)
            .map_err(|_| StoreError::damaged(self.connections.place(), "its version is negative"))
    }
}

/// Returns a version as the column holds it. A larger one was never used, so it is stale.
fn column_value(version: Version) -> Result<i64, StoreError> {
    i64::try_from(version.0).map_err(|_| StoreError::Conflict)
}

impl RegistrationStore for PostgresStore {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Entry>> {
        Box::pin(self.load_entry(key))
    }

    fn save<'a>(
        &'a self,
        key: &'a StoreKey,
        expected: Option<Version>,
        content: &'a Content,
    ) -> StoreFuture<'a, Version> {
        Box::pin(self.save_entry(key, expected, content))
    }

    fn clear<'a>(&'a self, key: &'a StoreKey, expected: Version) -> StoreFuture<'a, ()> {
        Box::pin(self.clear_entry(key, expected))
    }

    fn list<'a>(&'a self, query: &'a ListQuery) -> StoreFuture<'a, Vec<String>> {
        Box::pin(self.list_names(query))
    }

    fn timeout(&self) -> Option<Duration> {
        Some(self.connections.timeout())
    }
}

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.connections.debug("PostgresStore", f)
    }
}
