//! The store itself.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use ory_oidc::{Content, Entry, RegistrationStore, StoreError, StoreFuture, StoreKey, Version};
use sqlx::PgPool;

use crate::connections::Connections;
use crate::failure::{DatabaseError, is_undone};
#[cfg(feature = "jwt")]
use crate::replay_guard::PostgresReplayGuard;
use crate::statements;

const TABLE: &str = "ory_oidc_registrations";

/// Registrations in a table of a PostgreSQL database. Clones share their connections.
#[derive(Clone)]
pub struct PostgresStore {
    connections: Connections,
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
        let connections = Connections::open(url, TABLE).await?;
        Ok(Self { connections })
    }

    /// Uses connections that the app has already, with the settings that the app gave them.
    #[must_use]
    pub fn from_pool(pool: PgPool) -> Self {
        let connections = Connections::from_pool(pool, TABLE);
        Self { connections }
    }

    /// Sets how long an operation may take in all; 25 s if this is not called.
    ///
    /// Then it fails, and its connection is cut. Whether a write took place is unknown then.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.connections = self.connections.time_limit(limit);
        self
    }

    /// A guard that notes in the same database which logout tokens were used. It shares the
    /// connections, and how long an operation may take.
    ///
    /// ```no_run
    /// # async fn example(store: ory_oidc_store_postgres::PostgresStore) -> Result<(), ory_oidc::StoreError> {
    /// store.migrate().await?; // for both
    /// let guard = store.replay_guard();
    /// # let _ = guard;
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "jwt")]
    #[must_use]
    pub fn replay_guard(&self) -> PostgresReplayGuard {
        PostgresReplayGuard::on(&self.connections)
    }

    /// Makes the tables of this crate, or brings them up to date. To call it at each start is fine, and so is a fleet
    /// that does so at once: one works, under an advisory lock, and the others wait.
    ///
    /// Which scripts ran is kept in the table `ory_oidc_migrations`, apart from the app's own.
    /// To run the scripts yourself, take them from this crate's folder `migrations`.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if it failed. Calling it again goes on where it stopped.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        self.connections.migrate().await
    }

    async fn load_entry(&self, key: &StoreKey) -> Result<Option<Entry>, StoreError> {
        self.check("issuer", key.issuer())?;
        self.check("name", key.name())?;
        match self
            .connections
            .in_time(statements::load(self.connections.pool(), key))
            .await?
        {
            Ok(None) => Ok(None),
            Ok(Some((version, content))) => Ok(Some(Entry::new(
                self.version(version)?,
                Content::new(content),
            ))),
            Err(error) => Err(self.connections.failed(error)),
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
                .swap(statements::insert(self.connections.pool(), key, content))
                .await;
        };
        let expected = stored(expected)?;
        self.swap(statements::update(
            self.connections.pool(),
            key,
            expected,
            content,
        ))
        .await
    }

    async fn clear_entry(&self, key: &StoreKey, expected: Version) -> Result<(), StoreError> {
        self.check("issuer", key.issuer())?;
        self.check("name", key.name())?;
        let expected = stored(expected)?;
        self.swap(statements::delete(self.connections.pool(), key, expected))
            .await
            .map(drop)
    }

    /// Runs a statement that changes one row or, if somebody else was faster, none.
    async fn swap<F>(&self, statement: F) -> Result<Version, StoreError>
    where
        F: Future<Output = Result<Option<i64>, sqlx::Error>> + Send,
    {
        match self.connections.in_time(statement).await? {
            Ok(Some(version)) => self.version(version),
            Ok(None) => Err(StoreError::Conflict),
            Err(error) if is_undone(&error) => Err(StoreError::Conflict),
            Err(error) => Err(self.connections.failed(error)),
        }
    }

    /// Refuses what the server would refuse, before anything is sent.
    fn check(&self, what: &str, text: &str) -> Result<(), StoreError> {
        if !text.contains('\0') {
            return Ok(());
        }
        let message = format!(
            "the {what} holds a NUL character, which PostgreSQL cannot keep; nothing was sent"
        );
        Err(self.connections.failed(DatabaseError::new(message)))
    }

    fn version(&self, stored: i64) -> Result<Version, StoreError> {
        u64::try_from(stored)
            .map(Version)
            .map_err(|_| StoreError::Damaged {
                place: self.connections.place().to_owned(),
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

impl fmt::Debug for PostgresStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.connections.describe("PostgresStore", f)
    }
}
