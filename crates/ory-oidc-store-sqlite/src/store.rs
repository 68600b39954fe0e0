//! The store of registrations.

use crate::database::Database;
use crate::error::DatabaseError;
#[cfg(feature = "jwt")]
use crate::replay_guard::SqliteReplayGuard;
use crate::statements::{self, MAX_CONTENT_LENGTH};
use ory_oidc_keeper::store::{
    Content, Entry, ListQuery, RegistrationStore, StoreError, StoreFuture, StoreKey, Version,
};
use std::fmt;
use std::future::Future;
use std::path::Path;
use std::time::Duration;

/// Stores registrations in a SQLite file, for the processes of one machine. Clones share their
/// connections.
///
/// ```no_run
/// # async fn example(ory: ory_oidc::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use ory_oidc_keeper::Keeper;
/// use ory_oidc_store_sqlite::SqliteStore;
///
/// let store = SqliteStore::open("/var/lib/my-app/ory.sqlite").await?;
/// let keeper = Keeper::new(ory, store, "my-app");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SqliteStore {
    database: Database,
}

impl SqliteStore {
    /// Opens a database file. Creates the file and the tables of this crate if they are missing. The
    /// file may hold tables of the app, too.
    ///
    /// The file is created for its owner alone (mode 0600), because it holds secrets. It must be on a
    /// local disk: the write-ahead log of SQLite does not work on network file systems.
    ///
    /// # Errors
    /// [`DatabaseError`] if the file cannot be opened, if it is no database, if it belongs to another
    /// user or other users can access it, and for `:memory:` and URLs. Owner and permissions are not
    /// checked on Windows.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), ory_oidc_store_sqlite::DatabaseError> {
    /// use ory_oidc_store_sqlite::SqliteStore;
    ///
    /// let store = SqliteStore::open("/var/lib/my-app/ory.sqlite").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, DatabaseError> {
        let database = Database::open(path.as_ref()).await?;
        Ok(Self { database })
    }

    /// Returns this store with another timeout for each operation (default: 25 seconds). It shares
    /// the connections. Whether a write that takes longer took place is unknown.
    ///
    /// ```no_run
    /// # fn example(store: ory_oidc_store_sqlite::SqliteStore) {
    /// use std::time::Duration;
    ///
    /// let store = store.with_timeout(Duration::from_secs(5));
    /// # }
    /// ```
    #[must_use]
    pub fn with_timeout(self, timeout: Duration) -> Self {
        Self {
            database: self.database.with_timeout(timeout),
        }
    }

    /// Returns a replay guard for logout tokens in the same file. It shares the connections and the
    /// timeout.
    ///
    /// ```no_run
    /// # fn example(store: ory_oidc_store_sqlite::SqliteStore) {
    /// let guard = store.replay_guard();
    /// # }
    /// ```
    #[cfg(feature = "jwt")]
    #[cfg_attr(docsrs, doc(cfg(feature = "jwt")))]
    #[must_use]
    pub fn replay_guard(&self) -> SqliteReplayGuard {
        SqliteReplayGuard::new(self.database.clone())
    }

    async fn load_entry(&self, key: &StoreKey) -> Result<Option<Entry>, StoreError> {
        let loading = statements::load(self.database.pool(), key);
        let Some((version, length, content)) = self.database.run(loading).await? else {
            return Ok(None);
        };
        let Some(content) = content else {
            let reason =
                format!("its content has {length} bytes, and the limit is {MAX_CONTENT_LENGTH}");
            return Err(self.damaged(reason));
        };
        let content = String::from_utf8(content);
        let content = content.map_err(|_| self.damaged("its content is not UTF-8".to_owned()))?;
        let version = self.version(version)?;
        Ok(Some(Entry::new(version, Content::new(content))))
    }

    async fn save_entry(
        &self,
        key: &StoreKey,
        expected: Option<Version>,
        content: &Content,
    ) -> Result<Version, StoreError> {
        let length = content.expose().len();
        if length > MAX_CONTENT_LENGTH {
            let reason =
                format!("its content has {length} bytes, and the limit is {MAX_CONTENT_LENGTH}");
            let place = self.database.path().display().to_string();
            return Err(StoreError::refused(place, reason));
        }
        let pool = self.database.pool();
        let Some(expected) = expected else {
            return self.swap(statements::insert(pool, key, content)).await;
        };
        let expected = column_value(expected)?;
        self.swap(statements::update(pool, key, expected, content))
            .await
    }

    async fn clear_entry(&self, key: &StoreKey, expected: Version) -> Result<(), StoreError> {
        let expected = column_value(expected)?;
        let deleted = self.swap(statements::delete(self.database.pool(), key, expected));
        deleted.await.map(drop)
    }

    async fn list_names(&self, query: &ListQuery) -> Result<Vec<String>, StoreError> {
        let names = statements::list(self.database.pool(), query);
        let names = self.database.run(names).await?.into_iter();
        let names = names.map(String::from_utf8).collect::<Result<_, _>>();
        names.map_err(|_| self.damaged("a name is not UTF-8".to_owned()))
    }

    /// Runs statements that change one row or, after a conflict, none.
    async fn swap(
        &self,
        work: impl Future<Output = Result<Option<i64>, sqlx::Error>> + Send,
    ) -> Result<Version, StoreError> {
        match self.database.run(work).await? {
            Some(version) => self.version(version),
            None => Err(StoreError::Conflict),
        }
    }

    fn version(&self, column: i64) -> Result<Version, StoreError> {
        let version = u64::try_from(column).map(Version);
        version.map_err(|_| self.damaged("its version is negative".to_owned()))
    }

    fn damaged(&self, reason: String) -> StoreError {
        StoreError::damaged(self.database.path().display().to_string(), reason)
    }
}

/// Returns a version as the column holds it. A larger one was never used, so it is stale.
fn column_value(version: Version) -> Result<i64, StoreError> {
    i64::try_from(version.0).map_err(|_| StoreError::Conflict)
}

impl RegistrationStore for SqliteStore {
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
        Some(self.database.timeout())
    }
}

impl fmt::Debug for SqliteStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.database.debug("SqliteStore", f)
    }
}
