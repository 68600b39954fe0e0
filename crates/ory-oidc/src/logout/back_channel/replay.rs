//! The memory that a token was used.

use crate::StoreFuture;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// Remembers which tokens were used, so that none is used twice (OpenID Connect Back-Channel
/// Logout §2.6).
///
/// [`MemoryReplayGuard`] does for one process. Where several receive the provider's calls, they share
/// a database: `PostgresReplayGuard` of the crate `ory-oidc-store-postgres`, or one of your own that
/// inserts issuer and `jti` under a unique key, and tells whether that made a row.
///
/// ```
/// use ory_oidc::{ReplayGuard, StoreFuture, TokenUse};
///
/// struct Table;
///
/// impl ReplayGuard for Table {
///     fn first_use<'a>(&'a self, token: &'a TokenUse) -> StoreFuture<'a, bool> {
///         Box::pin(async move {
///             // INSERT INTO used_tokens (issuer, jti, remember_until) VALUES ($1, $2, $3)
///             //     ON CONFLICT DO NOTHING
///             # let rows = u64::from(!token.jti().is_empty());
///             Ok(rows == 1)
///         })
///     }
/// }
/// ```
pub trait ReplayGuard: Send + Sync {
    /// Notes that a token is used; whether it is the first time. The two are one step for all who
    /// share the guard.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`](crate::StoreError::Unavailable) when the memory cannot be asked.
    fn first_use<'a>(&'a self, token: &'a TokenUse) -> StoreFuture<'a, bool>;
}

/// A guard that several own is a guard.
impl<G: ReplayGuard + ?Sized> ReplayGuard for Arc<G> {
    fn first_use<'a>(&'a self, token: &'a TokenUse) -> StoreFuture<'a, bool> {
        (**self).first_use(token)
    }
}

/// The use of a token that was verified.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct TokenUse {
    pub(super) issuer: String,
    pub(super) jti: String,
    pub(super) remember_until: SystemTime,
}

impl TokenUse {
    /// A use as [`Client::verify_logout_token`](crate::Client::verify_logout_token) reports it, for
    /// the tests of a guard.
    ///
    /// ```
    /// use ory_oidc::{MemoryReplayGuard, ReplayGuard, TokenUse};
    /// use std::time::{Duration, SystemTime};
    ///
    /// # async fn example(guard: MemoryReplayGuard) -> Result<(), ory_oidc::StoreError> {
    /// let soon = SystemTime::now() + Duration::from_secs(120);
    /// let token = TokenUse::new("https://id.example", "token-1", soon);
    /// assert!(guard.first_use(&token).await?);
    /// assert!(!guard.first_use(&token).await?);
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn new(
        issuer: impl Into<String>,
        jti: impl Into<String>,
        remember_until: SystemTime,
    ) -> Self {
        Self {
            issuer: issuer.into(),
            jti: jti.into(),
            remember_until,
        }
    }

    /// `iss`: who made the token.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// `jti`: its name, unique at the issuer.
    #[must_use]
    pub fn jti(&self) -> &str {
        &self.jti
    }

    /// Until when the use must be remembered: from then on the token is refused for its age.
    #[must_use]
    pub fn remember_until(&self) -> SystemTime {
        self.remember_until
    }
}

/// A [`ReplayGuard`] for one process, in memory. Clones share what they remember.
///
/// ```
/// let guard = ory_oidc::MemoryReplayGuard::new();
/// # let _ = guard;
/// ```
#[derive(Clone, Default)]
pub struct MemoryReplayGuard(Arc<Mutex<Used>>);

#[derive(Default)]
struct Used {
    until: HashMap<(String, String), SystemTime>,
    /// By a clock that nobody sets back.
    next_look: Option<Instant>,
}

/// How often those that need not be remembered any longer are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(60);

impl MemoryReplayGuard {
    /// A guard that remembers nothing yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn note(&self, token: &TokenUse, now: SystemTime) -> bool {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tick = Instant::now();
        if used.next_look.is_none_or(|next| next <= tick) {
            used.until.retain(|_, until| *until > now);
            used.next_look = Some(tick + LOOK_EVERY);
        }
        let name = (token.issuer.clone(), token.jti.clone());
        used.until.insert(name, token.remember_until).is_none()
    }
}

impl ReplayGuard for MemoryReplayGuard {
    fn first_use<'a>(&'a self, token: &'a TokenUse) -> StoreFuture<'a, bool> {
        Box::pin(async move { Ok(self.note(token, SystemTime::now())) })
    }
}

impl fmt::Debug for MemoryReplayGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryReplayGuard").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(issuer: &str, jti: &str, until: SystemTime) -> TokenUse {
        TokenUse {
            issuer: issuer.to_owned(),
            jti: jti.to_owned(),
            remember_until: until,
        }
    }

    #[test]
    fn a_token_is_used_once_and_its_name_counts_at_its_issuer() {
        let (guard, now) = (MemoryReplayGuard::new(), SystemTime::now());
        let soon = now + LOOK_EVERY;
        assert!(guard.note(&used("a", "1", soon), now));
        assert!(!guard.note(&used("a", "1", soon), now));
        assert!(!guard.clone().note(&used("a", "1", soon), now));
        assert!(guard.note(&used("a", "2", soon), now));
        assert!(guard.note(&used("b", "1", soon), now));
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_too_old_to_be_used_is_forgotten() {
        let (guard, now) = (MemoryReplayGuard::new(), SystemTime::now());
        for jti in 0..1000 {
            guard.note(&used("a", &jti.to_string(), now + LOOK_EVERY), now);
        }
        tokio::time::advance(LOOK_EVERY).await;
        guard.note(
            &used("a", "later", now + 3 * LOOK_EVERY),
            now + 2 * LOOK_EVERY,
        );
        let used = guard.0.lock().expect("nobody panicked");
        assert_eq!(used.until.len(), 1);
    }
}
