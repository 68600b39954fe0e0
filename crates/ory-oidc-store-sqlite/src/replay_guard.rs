//! The replay guard: which logout tokens were used.

use crate::database::Database;
use crate::error::DatabaseError;
use ory_oidc::token::{ReplayGuard, ReplayGuardError, ReplayGuardFuture, TokenUse};
use std::fmt;
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Inserts a row, or takes over one that has expired; it returns no row if neither was possible.
const RECORD_USE: &str = "INSERT INTO ory_oidc_used_tokens AS used (issuer, jti, remember_until) \
    VALUES (?, ?, ?) \
    ON CONFLICT (issuer, jti) DO UPDATE SET remember_until = excluded.remember_until \
    WHERE used.remember_until <= ? RETURNING 1";

const REMOVE_USE: &str = "DELETE FROM ory_oidc_used_tokens WHERE issuer = ? AND jti = ?";

/// A call adds one row, so a large table shrinks.
const DELETE_EXPIRED: &str = "DELETE FROM ory_oidc_used_tokens WHERE rowid IN ( \
    SELECT rowid FROM ory_oidc_used_tokens WHERE remember_until <= ? \
    ORDER BY remember_until LIMIT 100)";

/// A [`ReplayGuard`] in a SQLite file, for the processes of one machine that receive the provider's
/// back-channel logout requests (OpenID Connect Back-Channel Logout 1.0 §2.6). Clones share their
/// connections.
///
/// One statement decides, so of all calls that present a token at the same time, one is told that it
/// is the first. If the database does not answer, that is an error and never a first use.
///
/// ```no_run
/// use ory_oidc::{Client, Registration};
/// use ory_oidc_store_sqlite::SqliteReplayGuard;
///
/// # async fn example(ory: Client, registration: Registration, form_field: &str)
/// #     -> Result<(), Box<dyn std::error::Error>> {
/// let guard = SqliteReplayGuard::open("/var/lib/my-app/ory.sqlite").await?;
/// let logout = ory.verify_logout_token(form_field, &registration, &guard).await?;
/// println!("session {:?} ended", logout.sid());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct SqliteReplayGuard {
    database: Database,
}

impl SqliteReplayGuard {
    /// Opens a database file, as [`SqliteStore::open`](crate::SqliteStore::open) does.
    ///
    /// # Errors
    /// [`DatabaseError`] if the file cannot be opened, or if other users can access it.
    ///
    /// ```no_run
    /// # async fn example() -> Result<(), ory_oidc_store_sqlite::DatabaseError> {
    /// use ory_oidc_store_sqlite::SqliteReplayGuard;
    ///
    /// let guard = SqliteReplayGuard::open("/var/lib/my-app/ory.sqlite").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn open(path: impl AsRef<Path>) -> Result<Self, DatabaseError> {
        Ok(Self::new(Database::open(path.as_ref()).await?))
    }

    pub(crate) fn new(database: Database) -> Self {
        Self { database }
    }

    async fn record_use(&self, token: &TokenUse) -> Result<bool, DatabaseError> {
        let now = SystemTime::now();
        let recorded = async {
            let pool = self.database.pool();
            let deleted = sqlx::query(DELETE_EXPIRED).bind(milliseconds(now));
            deleted.execute(pool).await?;
            let recorded = sqlx::query_scalar::<_, i64>(RECORD_USE)
                .bind(token.issuer().as_bytes())
                .bind(token.jti().as_bytes())
                .bind(milliseconds(token.remember_until()))
                .bind(milliseconds(now));
            // SQLite commits at the end, and `fetch_optional` ignores an error of the commit.
            recorded.fetch_all(pool).await
        };
        let recorded = self.database.run(recorded).await?;
        Ok(!recorded.is_empty())
    }

    async fn remove_use(&self, token: &TokenUse) -> Result<(), DatabaseError> {
        let removed = sqlx::query(REMOVE_USE)
            .bind(token.issuer().as_bytes())
            .bind(token.jti().as_bytes());
        let removed = removed.execute(self.database.pool());
        self.database.run(removed).await.map(drop)
    }
}

/// Returns a time in milliseconds since 1970, rounded up: a token is never forgotten too early.
fn milliseconds(time: SystemTime) -> i64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
    i64::try_from(since.as_nanos().div_ceil(1_000_000)).unwrap_or(i64::MAX)
}

impl ReplayGuard for SqliteReplayGuard {
    fn first_use<'a>(&'a self, token: &'a TokenUse) -> ReplayGuardFuture<'a> {
        Box::pin(async move { self.record_use(token).await.map_err(ReplayGuardError::new) })
    }

    fn forget<'a>(&'a self, token: &'a TokenUse) -> ReplayGuardFuture<'a, ()> {
        Box::pin(async move { self.remove_use(token).await.map_err(ReplayGuardError::new) })
    }
}

impl fmt::Debug for SqliteReplayGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.database.debug("SqliteReplayGuard", f)
    }
}
