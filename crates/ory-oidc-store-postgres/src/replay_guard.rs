//! Which tokens were used, for a fleet of processes.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use ory_oidc::{ReplayGuard, StoreError, StoreFuture, TokenUse};
use sqlx::PgPool;
use sqlx::postgres::types::PgInterval;
use tokio::time::Instant;

use crate::connections::Connections;
use crate::statements;

const TABLE: &str = "ory_oidc_used_tokens";

/// Makes a row, or takes over one that is past; no row of the answer means that neither was so.
///
/// Issuer and name are sent as bytes: a text of PostgreSQL holds no NUL, and an issuer may put one into
/// a `jti`. What is left of the time is sent, and not its end, as the clocks may differ.
const NOTE: &str = "INSERT INTO ory_oidc_used_tokens AS used (key_hash, remember_until) \
    VALUES (sha256(sha256($1) || sha256($2)), now() + $3) \
    ON CONFLICT (key_hash) DO UPDATE SET remember_until = EXCLUDED.remember_until \
    WHERE used.remember_until <= now() RETURNING true";

/// Removes rows that are past, and counts them. Those that another process is at are left to it: to wait
/// for each other, two that clean up could wait for good. The array is made once, and so is as long as
/// the limit says; `IN` could ask for the rows more than once.
const FORGET: &str = "WITH forgotten AS (DELETE FROM ory_oidc_used_tokens WHERE key_hash = ANY(ARRAY( \
    SELECT key_hash FROM ory_oidc_used_tokens WHERE remember_until <= now() \
    ORDER BY remember_until LIMIT $1 FOR UPDATE SKIP LOCKED)) RETURNING 1) \
    SELECT count(*) FROM forgotten";

/// How many rows one call removes at most. It makes one, so a table that has grown shrinks again.
const AT_ONCE: i64 = 100;
/// How often rows to remove are looked for, while there are fewer than that.
const LOOK_EVERY: Duration = Duration::from_mins(1);
/// How long a call may be held up by that.
const LOOK_LIMIT: Duration = Duration::from_secs(1);

/// A [`ReplayGuard`] in a table of a PostgreSQL database, for all processes that receive the
/// provider's back-channel logout calls (OpenID Connect Back-Channel Logout 1.0 §2.6). Clones share
/// their connections.
///
/// [`PostgresStore::replay_guard`](crate::PostgresStore::replay_guard) gives one on the connections
/// that there are; [`connect`](Self::connect) opens some for a program that stores nothing else.
///
/// One statement decides, so of all who ask about a token at the same time, one is told that it is
/// the first. If there is no answer, that is an error and never a first use; whether the token
/// counts as used is unknown then.
///
/// How long a token is remembered is what the process had left by its own clock, counted by that of
/// the database: the two need not show the same time. A row that is past does no harm, and is removed
/// some time later, by a call that looks for such rows once a minute.
///
/// ```no_run
/// use ory_oidc::{Client, Registration};
/// use ory_oidc_store_postgres::PostgresReplayGuard;
///
/// # async fn example(ory: Client, registration: Registration, form_field: &str)
/// #     -> Result<(), Box<dyn std::error::Error>> {
/// let guard = PostgresReplayGuard::connect("postgres://app:password@db.example/app?sslmode=verify-full").await?;
/// guard.migrate().await?;
///
/// let logout = ory.verify_logout_token(form_field, &registration, &guard).await?;
/// println!("session {:?} is over", logout.sid());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct PostgresReplayGuard {
    connections: Connections,
    /// By a clock that nobody sets back.
    next_look: Arc<Mutex<Option<Instant>>>,
}

impl PostgresReplayGuard {
    /// Connects with up to five connections of its own. The URL is that of
    /// [`PostgresStore::connect`](crate::PostgresStore::connect).
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if the URL makes no sense, or no connection comes about in 10 s.
    pub async fn connect(url: &str) -> Result<Self, StoreError> {
        Ok(Self::with(Connections::open(url, TABLE).await?))
    }

    /// Uses connections that the app has already, with the settings that the app gave them.
    #[must_use]
    pub fn from_pool(pool: PgPool) -> Self {
        Self::with(Connections::from_pool(pool, TABLE))
    }

    pub(crate) fn on(connections: &Connections) -> Self {
        Self::with(connections.for_table(TABLE))
    }

    fn with(connections: Connections) -> Self {
        let next_look = Arc::default();
        Self {
            connections,
            next_look,
        }
    }

    /// Sets how long an operation may take in all; 25 s if this is not called.
    ///
    /// Then it fails, and its connection is cut. Whether the token counts as used is unknown then.
    #[must_use]
    pub fn time_limit(mut self, limit: Duration) -> Self {
        self.connections = self.connections.time_limit(limit);
        self
    }

    /// Makes the tables of this crate, or brings them up to date: the same as
    /// [`PostgresStore::migrate`](crate::PostgresStore::migrate), and one of the two is enough.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] if it failed. Calling it again goes on where it stopped.
    pub async fn migrate(&self) -> Result<(), StoreError> {
        self.connections.migrate().await
    }

    async fn note(&self, token: &TokenUse) -> Result<bool, StoreError> {
        let work = async {
            // First, so that whoever stops waiting for it has not used the token up.
            self.forget_some().await;
            let until = remaining(token.remember_until(), SystemTime::now());
            let row = statements::run(self.connections.pool(), || {
                sqlx::query_as::<_, (bool,)>(NOTE)
                    .bind(token.issuer().as_bytes())
                    .bind(token.jti().as_bytes())
                    .bind(until)
            });
            row.await
        };
        match self.connections.in_time(work).await? {
            Ok(row) => Ok(row.is_some()),
            Err(error) => Err(self.connections.failed(error)),
        }
    }

    /// Removes some rows that are past, if it is time to. A failure is passed over: it makes no answer
    /// wrong, and if the database is in trouble, the statement that counts says so.
    async fn forget_some(&self) {
        if !self.is_time_to_look() {
            return;
        }
        let forgotten = statements::run(self.connections.pool(), || {
            sqlx::query_as::<_, (i64,)>(FORGET).bind(AT_ONCE)
        });
        let limit = LOOK_LIMIT.min(self.connections.limit() / 4);
        if let Ok(Ok(Some((AT_ONCE,)))) = tokio::time::timeout(limit, forgotten).await {
            // There may be more, for the next call.
            *self.next_look() = None;
        }
    }

    /// Whether it is; if so, it is not for anybody else until a minute later.
    fn is_time_to_look(&self) -> bool {
        let now = Instant::now();
        let mut next = self.next_look();
        let is_time = next.is_none_or(|next| next <= now);
        if is_time {
            *next = Some(now + LOOK_EVERY);
        }
        is_time
    }

    fn next_look(&self) -> MutexGuard<'_, Option<Instant>> {
        self.next_look
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

/// What is left until then, in PostgreSQL's microseconds, rounded up. More than they can count is as
/// much as they can, which the server refuses as too far away.
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
    fn first_use<'a>(&'a self, token: &'a TokenUse) -> StoreFuture<'a, bool> {
        Box::pin(self.note(token))
    }
}

impl fmt::Debug for PostgresReplayGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.connections.describe("PostgresReplayGuard", f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_use_is_remembered_at_least_as_long_as_is_left() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(1000);
        let left = |until| remaining(until, now).microseconds;
        assert_eq!(left(now), 0);
        assert_eq!(left(now - Duration::from_secs(1)), 0);
        assert_eq!(left(now + Duration::from_nanos(1)), 1);
        assert_eq!(left(now + Duration::from_micros(7)), 7);
        assert_eq!(left(now + Duration::from_secs(u64::MAX >> 2)), i64::MAX);
    }
}
