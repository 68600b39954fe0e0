//! The store itself.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use ory_oidc::{Content, Entry, RegistrationStore, StoreError, StoreFuture, StoreKey, Version};
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::failure::{DatabaseError, is_undone};
use crate::{connection_url, migration, statements};

/// How long to wait for a connection.
const ACQUIRE_LIMIT: Duration = Duration::from_secs(10);
/// How long an operation may take: a connection, a statement, and the way there and back.
const LIMIT: Duration = Duration::from_secs(25);
/// A registration changes seldom, and a server has few connections for many processes.
const CONNECTIONS: u32 = 5;

/// Registrations in a table of a PostgreSQL database. Clones share their connections.
#[derive(Clone)]
pub struct PostgresStore {
    pool: PgPool,
    place: Arc<str>,
    limit: Duration,
}

impl PostgresStore {
    /// Connects with up to five connections of its own.
    ///
    /// The URL is `postgres://user:password@host/database?sslmode=verify-full`, or
    /// `postgresql://`; `sslrootcert` names the file of a certificate authority. Without an
    /// `sslmode`, TLS is used where the server offers it, and its certificate is not looked at.
    /// Parts that the URL leaves out come from libpq's environment variables, such as `PGPASSWORD`,
    /// or from the password file.
    ///
    /// A statement takes 10 s at most, unless `options=-c statement_timeout=…` says otherwise.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the URL makes no sense, or no connection comes about in 10 s.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        let options = connection_url::options(url).map_err(|error| error.at("PostgreSQL"))?;
        let place = connection_url::place(&options);
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE_LIMIT)
            .connect_with(options);
        match pool.await {
            Ok(pool) => Ok(Self {
                pool,
                place: place.into(),
                limit: LIMIT,
            }),
            Err(error) => Err(DatabaseError::from(error).at(&place)),
        }
    }

    /// Uses connections that the app has already, with the settings that the app gave them.
    #[must_use]
    pub fn from_pool(pool: PgPool) -> Self {
        let place = connection_url::place(&pool.connect_options()).into();
        Self {
            pool,
            place,
            limit: LIMIT,
        }
    }

    /// Sets how long an operation may take in all; 25 s if this is not called.
    ///
    /// Then it fails, and its connection is cut. Whether a write took place is unknown then.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// Makes the table, or brings it up to date. To call it at each start is fine, and so is a fleet
    /// that does so at once: one works, under an advisory lock, and the others wait.
    ///
    /// Which scripts ran is kept in the table `ory_oidc_migrations`, apart from the app's own.
    /// To run the script yourself, take it from this crate's folder `migrations`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if it failed. Calling it again goes on where it stopped.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        match tokio::time::timeout(migration::LIMIT, migration::run(&self.pool)).await {
            Ok(outcome) => outcome.map_err(|error| DatabaseError::from(error).at(&self.place)),
            Err(_) => Err(DatabaseError::no_answer(migration::LIMIT).at(&self.place)),
        }
    }

    async fn load_entry(&self, key: &StoreKey) -> Result<Option<Entry>, StoreError> {
        self.check("issuer", key.issuer())?;
        self.check("name", key.name())?;
        match self.in_time(statements::load(&self.pool, key)).await? {
            Ok(None) => Ok(None),
            Ok(Some((version, content))) => Ok(Some(Entry::new(
                self.version(version)?,
                Content::new(content),
            ))),
            Err(error) => Err(DatabaseError::from(error).at(&self.place)),
        }
    }

    async fn save_entry(
        &self,
        key: &StoreKey,
        expected: Option<Version>,
        content: &Content,
    ) -> Result<Version, StoreError> {
        self.check("issuer", key.issuer())?;
        self.check("name", key.name())?;
        self.check("content", content.expose())?;
        let Some(expected) = expected else {
            return self
                .swap(statements::insert(&self.pool, key, content))
                .await;
        };
        let expected = stored(expected)?;
        self.swap(statements::update(&self.pool, key, expected, content))
            .await
    }

    async fn clear_entry(&self, key: &StoreKey, expected: Version) -> Result<(), StoreError> {
        self.check("issuer", key.issuer())?;
        self.check("name", key.name())?;
        let expected = stored(expected)?;
        self.swap(statements::delete(&self.pool, key, expected))
            .await
            .map(drop)
    }

    /// Runs a statement that changes one row or, if somebody else was faster, none.
    async fn swap<F>(&self, statement: F) -> Result<Version, StoreError>
    where
        F: Future<Output = Result<Option<i64>, sqlx::Error>> + Send,
    {
        match self.in_time(statement).await? {
            Ok(Some(version)) => self.version(version),
            Ok(None) => Err(StoreError::Conflict),
            Err(error) if is_undone(&error) => Err(StoreError::Conflict),
            Err(error) => Err(DatabaseError::from(error).at(&self.place)),
        }
    }

    async fn in_time<F: Future + Send>(&self, work: F) -> Result<F::Output, StoreError> {
        let outcome = tokio::time::timeout(self.limit, work).await;
        outcome.map_err(|_| DatabaseError::no_answer(self.limit).at(&self.place))
    }

    /// Refuses what the server would refuse, before anything is sent.
    fn check(&self, what: &str, text: &str) -> Result<(), StoreError> {
        if !text.contains('\0') {
            return Ok(());
        }
        let message = format!(
            "the {what} holds a NUL character, which PostgreSQL cannot keep; nothing was sent"
        );
        Err(DatabaseError::new(message).at(&self.place))
    }

    fn version(&self, stored: i64) -> Result<Version, StoreError> {
        u64::try_from(stored)
            .map(Version)
            .map_err(|_| StoreError::Damaged {
                place: self.place.to_string(),
                reason: "its version is negative".to_owned(),
            })
    }
}

/// A version as the table holds it. One that is too large for it was never given.
fn stored(version: Version) -> Result<i64, StoreError> {
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
}

/// Without the options of the connection, which hold the password.
impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PostgresStore")
            .field("place", &self.place)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
