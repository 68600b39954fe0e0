//! The replay guard: which logout tokens were used.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use ory_oidc::token::{ReplayGuard, ReplayGuardError, ReplayGuardFuture, TokenUse};
use sqlx::postgres::types::PgInterval;
use tokio::time::Instant;

use crate::connections::{Connections, DEFAULT_MAX_CONNECTIONS};
use crate::error::DatabaseError;
use crate::retry::fetch_optional;

const TABLE: &str = "ory_oidc_used_tokens";

/// Inserts a row, or takes over one that has expired; it returns no row if neither was possible.
///
/// Issuer and `jti` are sent as bytes: a PostgreSQL text cannot contain NUL, but a `jti` can. The
/// remaining time is sent, and not its end, as the clocks may differ.
const RECORD_USE: &str = "INSERT INTO ory_oidc_used_tokens AS used (key_hash, remember_until) \
    VALUES (sha256(sha256($1) || sha256($2)), now() + $3) \
    ON CONFLICT (key_hash) DO UPDATE SET remember_until = EXCLUDED.remember_until \
    WHERE used.remember_until <= now() RETURNING true";

const REMOVE_USE: &str = "DELETE FROM ory_oidc_used_tokens \
    WHERE key_hash = sha256(sha256($1) || sha256($2)) RETURNING true";

/// Deletes expired rows and counts them. Rows that another process has locked are skipped, so that
/// two processes that delete cannot wait for each other. The array is evaluated once, which keeps
/// its limit; `IN` could evaluate the subquery several times.
const DELETE_EXPIRED: &str = "WITH forgotten AS (DELETE FROM ory_oidc_used_tokens \
    WHERE key_hash = ANY(ARRAY( \
    SELECT key_hash FROM ory_oidc_used_tokens WHERE remember_until <= now() \
    ORDER BY remember_until LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING 1) \
    SELECT count(*) FROM forgotten";

/// How many expired rows one call deletes at most. A call adds one row, so a large table shrinks.
const MAX_DELETED: i64 = 100;
/// How often expired rows are looked for, while there are fewer than that.
const CLEAN_UP_INTERVAL: Duration = Duration::from_mins(1);
/// How long a call may be delayed by that.
const CLEAN_UP_TIMEOUT: Duration = Duration::from_secs(1);

/// A [`ReplayGuard`] in a table of a PostgreSQL database, for all processes that receive the
/// provider's back-channel logout requests (OpenID Connect Back-Channel Logout 1.0 §2.6). Clones
/// share their connections.
///
/// [`PostgresStore::replay_guard`](crate::PostgresStore::replay_guard) returns one on the store's
/// connections. [`connect`](Self::connect) is for programs that store nothing else.
///
/// One statement decides, so of all calls that present a token at the same time, one is told that it
/// is the first. If the database does not answer, that is an error and never a first use; whether the
/// token counts as used is unknown then.
///
/// A token is remembered for the time that the process had left by its own clock, measured by the
/// clock of the database: the two may show different times. Expired rows do no harm, and are deleted
/// by later calls, once a minute.
///
/// ```no_run
/// use ory_oidc::{Client, Registration};
/// use ory_oidc_store_postgres::PostgresReplayGuard;
///
/// # async fn example(ory: Client, registration: Registration, form_field: &str)
/// #     -> Result<(), Box<dyn std::error::Error>> {
/// let url = "postgres://app:password@db.example/app?sslmode=verify-full";
/// let guard = PostgresReplayGuard::connect(url).await?;
/// guard.migrate().await?;
///
/// let logout = ory.verify_logout_token(form_field, &registration, &guard).await?;
/// println!("session {:?} ended", logout.sid());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PostgresReplayGuard {
    connections: Connections,
    /// When to delete expired rows. A monotonic clock, which nobody sets back.
    next_clean_up: Arc<Mutex<Option<Instant>>>,
}

impl PostgresReplayGuard {
    /// Connects to a database. The URL is that of
    /// [`PostgresStore::connect`](crate::PostgresStore::connect).
    ///
    /// # Errors
    /// [`DatabaseError`] for an invalid URL, and if no connection can be made within 10 seconds.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), ory_oidc_store_postgres::DatabaseError> {
    /// use ory_oidc_store_postgres::PostgresReplayGuard;
    ///
    /// let url = "postgres://app:password@db.example/app?sslmode=verify-full";
    /// let guard = PostgresReplayGuard::connect(url).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connect(url: &str) -> Result<Self, DatabaseError> {
        let connections = Connections::open(url, DEFAULT_MAX_CONNECTIONS, TABLE).await?;
        Ok(Self::new(connections))
    }

    /// Uses a pool of the app's, with the settings that the app chose.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use ory_oidc_store_postgres::PostgresReplayGuard;
    /// use ory_oidc_store_postgres::sqlx::PgPool;
    ///
    /// let pool = PgPool::connect("postgres://app:password@db.example/app").await?;
    /// let guard = PostgresReplayGuard::from_pool(pool);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "sqlx-0_9")]
    #[cfg_attr(docsrs, doc(cfg(feature = "sqlx-0_9")))]
    #[must_use]
    pub fn from_pool(pool: sqlx::PgPool) -> Self {
        Self::new(Connections::from_pool(pool, TABLE))
    }

    pub(crate) fn on(connections: &Connections) -> Self {
        Self::new(connections.for_table(TABLE))
    }

    fn new(connections: Connections) -> Self {
        Self {
            connections,
            next_clean_up: Arc::default(),
        }
    }

    /// Returns this guard with another timeout for each operation (default: 25 seconds). It shares
    /// the connections.
    ///
    /// An operation that takes longer fails, and its connection is closed. Whether the token counts
    /// as used is unknown then.
    ///
    /// ```no_run
    /// # fn example(guard: ory_oidc_store_postgres::PostgresReplayGuard) {
    /// use std::time::Duration;
    ///
    /// let guard = guard.with_timeout(Duration::from_secs(5));
    /// # }
    /// ```
    #[must_use]
    pub fn with_timeout(mut self, timeout: Duration) -> Self {
        self.connections = self.connections.with_timeout(timeout);
        self
    }

    /// Creates the tables of this crate, or updates those of an earlier release, as
    /// [`PostgresStore::migrate`](crate::PostgresStore::migrate) does. One of the two is enough.
    ///
    /// # Errors
    /// [`DatabaseError`] if it failed. The next call resumes where it stopped.
    ///
    /// ```no_run
    /// # async fn example(guard: ory_oidc_store_postgres::PostgresReplayGuard) -> Result<(), ory_oidc_store_postgres::DatabaseError> {
    /// guard.migrate().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn migrate(&self) -> Result<(), DatabaseError> {
        self.connections.migrate().await
    }

    async fn record_use(&self, token: &TokenUse) -> Result<bool, DatabaseError> {
        let work = async {
            // Before the token is recorded: a caller that stops waiting has not used it up.
            self.delete_expired().await;
            let remaining = remaining(token.remember_until(), SystemTime::now());
            let row = fetch_optional(self.connections.pool(), || {
                sqlx::query_as::<_, (bool,)>(RECORD_USE)
                    .bind(token.issuer().as_bytes())
                    .bind(token.jti().as_bytes())
                    .bind(remaining)
            });
            row.await
        };
        match self.connections.in_time(work).await? {
            Ok(row) => Ok(row.is_some()),
            Err(error) => Err(self.connections.error(error)),
        }
    }

    async fn remove_use(&self, token: &TokenUse) -> Result<(), DatabaseError> {
        let row = fetch_optional(self.connections.pool(), || {
            sqlx::query_as::<_, (bool,)>(REMOVE_USE)
                .bind(token.issuer().as_bytes())
                .bind(token.jti().as_bytes())
        });
        match self.connections.in_time(row).await? {
            Ok(_) => Ok(()),
            Err(error) => Err(self.connections.error(error)),
        }
    }

    /// Deletes some expired rows, if it is time to. A failure is ignored: it makes no answer wrong,
    /// and if the database does not work, the next statement reports it.
    async fn delete_expired(&self) {
        if !self.starts_clean_up() {
            return;
        }
        let deleted = fetch_optional(self.connections.pool(), || {
            sqlx::query_as::<_, (i64,)>(DELETE_EXPIRED).bind(MAX_DELETED)
        });
        let timeout = CLEAN_UP_TIMEOUT.min(self.connections.timeout() / 4);
        if let Ok(Ok(Some((MAX_DELETED,)))) = tokio::time::timeout(timeout, deleted).await {
            // There may be more, for the next call.
            *self.next_clean_up() = None;
        }
    }

    /// Whether it is time to delete expired rows. If so, no other call does within the interval.
    fn starts_clean_up(&self) -> bool {
        let now = Instant::now();
        let mut next = self.next_clean_up();
        let is_due = next.is_none_or(|next| next <= now);
        if is_due {
            *next = Some(now + CLEAN_UP_INTERVAL);
        }
        is_due
    }

    fn next_clean_up(&self) -> MutexGuard<'_, Option<Instant>> {
        self.next_clean_up
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the remaining time in PostgreSQL's microseconds, rounded up. If it is more than they can
/// express, it is the largest value, which the server refuses as out of range.
fn remaining(until: SystemTime, now: SystemTime) -> PgInterval {
    let left = until.duration_since(now).unwrap_or_default();
    let microseconds = left.as_nanos().div_ceil(1000);
    PgInterval {
        months: 0,
        days: 0,
        microseconds: i64::try_from(microseconds).unwrap_or(i64::MAX),
    }
}

impl ReplayGuard for PostgresReplayGuard {
    fn first_use<'a>(&'a self, token: &'a TokenUse) -> ReplayGuardFuture<'a> {
        Box::pin(async move { self.record_use(token).await.map_err(ReplayGuardError::new) })
    }

    fn forget<'a>(&'a self, token: &'a TokenUse) -> ReplayGuardFuture<'a, ()> {
        Box::pin(async move { self.remove_use(token).await.map_err(ReplayGuardError::new) })
    }
}

impl fmt::Debug for PostgresReplayGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.connections.debug("PostgresReplayGuard", f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_remaining_time_is_rounded_up_to_microseconds() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
        let left = |until| remaining(until, now).microseconds;
        assert_eq!(left(now), 0);
        assert_eq!(left(now - Duration::from_secs(1)), 0);
        assert_eq!(left(now + Duration::from_nanos(1)), 1);
        assert_eq!(left(now + Duration::from_micros(7)), 7);
        assert_eq!(left(now + Duration::from_secs(u64::MAX >> 2)), i64::MAX);
    }
}
