//! The connections to a database, and how long and for which table they work.

use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use ory_oidc::StoreError;
use sqlx::PgPool;
use sqlx::postgres::PgPoolOptions;

use crate::failure::DatabaseError;
use crate::{connection_url, migration};

/// How long to wait for a connection.
const ACQUIRE_LIMIT: Duration = Duration::from_secs(10);
/// How long an operation may take: a connection, a statement, and the way there and back.
const LIMIT: Duration = Duration::from_secs(25);
/// What is stored here changes seldom, and a server has few connections for many processes.
const CONNECTIONS: u32 = 5;

/// A pool as one table's user sees it. Clones share it.
#[derive(Clone)]
pub(crate) struct Connections {
    pool: PgPool,
    /// How errors name the table.
    place: Arc<str>,
    limit: Duration,
}

impl Connections {
    pub(crate) async fn open(url: &str, table: &str) -> Result<Self, StoreError> {
        let options = connection_url::options(url).map_err(|error| error.at("PostgreSQL"))?;
        let place = connection_url::place(&options, table);
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS)
            .acquire_timeout(ACQUIRE_LIMIT)
            .connect_with(options);
        match pool.await {
            Ok(pool) => Ok(Self::from_pool(pool, table)),
            Err(error) => Err(DatabaseError::from(error).at(&place)),
        }
    }

    pub(crate) fn from_pool(pool: PgPool, table: &str) -> Self {
        let place = connection_url::place(&pool.connect_options(), table).into();
        Self {
            pool,
            place,
            limit: LIMIT,
        }
    }

    /// The same connections for another table.
    #[cfg(feature = "jwt")]
    pub(crate) fn for_table(&self, table: &str) -> Self {
        Self::from_pool(self.pool.clone(), table).time_limit(self.limit)
    }

    pub(crate) fn time_limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    pub(crate) fn pool(&self) -> &PgPool {
        &self.pool
    }

    pub(crate) fn place(&self) -> &str {
        &self.place
    }

    #[cfg(feature = "jwt")]
    pub(crate) fn limit(&self) -> Duration {
        self.limit
    }

    /// Makes all tables.
    pub(crate) async fn migrate(&self) -> Result<(), StoreError> {
        match tokio::time::timeout(migration::LIMIT, migration::run(&self.pool)).await {
            Ok(outcome) => outcome.map_err(|error| self.failed(error)),
            Err(_) => Err(self.failed(DatabaseError::no_answer(migration::LIMIT))),
        }
    }

    pub(crate) async fn in_time<F: Future + Send>(&self, work: F) -> Result<F::Output, StoreError> {
        let outcome = tokio::time::timeout(self.limit, work).await;
        outcome.map_err(|_| self.failed(DatabaseError::no_answer(self.limit)))
    }

    pub(crate) fn failed(&self, error: impl Into<DatabaseError>) -> StoreError {
        error.into().at(&self.place)
    }

    /// The fields for a `Debug`: not the options of the connection, which hold the password.
    pub(crate) fn describe(&self, name: &str, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct(name)
            .field("place", &self.place)
            .field("limit", &self.limit)
            .finish_non_exhaustive()
    }
}
