//! Remembers which tokens were used.

use ory_oidc_core::error::ValidationError;
use ory_oidc_core::text::Clip;
use std::collections::HashMap;
use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use tokio::time::Instant;

/// Remembers which tokens were used, so that none is used twice (OpenID Connect Back-Channel Logout
/// §2.6).
///
/// [`MemoryReplayGuard`] is sufficient for a single process. Several processes that receive logout
/// tokens need a shared database: `PostgresReplayGuard` of the crate `ory-oidc-store-postgres`,
/// `SqliteReplayGuard` of `ory-oidc-store-sqlite` on one machine, or your own guard that inserts
/// issuer and `jti` under a unique key and reports whether a row was added.
///
/// ```
/// use ory_oidc::token::{ReplayGuard, ReplayGuardFuture, TokenUse};
///
/// struct Table;
///
/// impl ReplayGuard for Table {
///     fn first_use<'a>(&'a self, token: &'a TokenUse) -> ReplayGuardFuture<'a> {
///         Box::pin(async move {
///             // INSERT INTO used_tokens (issuer, jti, remember_until) VALUES ($1, $2, $3)
///             //     ON CONFLICT DO NOTHING
///             # let rows = u64::from(!token.jti().is_empty());
///             Ok(rows == 1)
///         })
///     }
///
///     fn forget<'a>(&'a self, token: &'a TokenUse) -> ReplayGuardFuture<'a, ()> {
///         Box::pin(async move {
///             // DELETE FROM used_tokens WHERE issuer = $1 AND jti = $2
///             # let _ = token;
///             Ok(())
///         })
///     }
/// }
/// ```
pub trait ReplayGuard: Send + Sync {
    /// Records the use of a token and returns whether it is the first one. This must be one atomic
    /// step for all processes that share the guard.
    ///
    /// # Errors
    /// [`ReplayGuardError`] if the guard cannot tell.
    fn first_use<'a>(&'a self, token: &'a TokenUse) -> ReplayGuardFuture<'a>;

    /// Removes the record of a use, so that the token can be used again. It is called if the
    /// verification was canceled before it returned the token.
    ///
    /// # Errors
    /// [`ReplayGuardError`] if the record may still exist. The token then counts as used.
    fn forget<'a>(&'a self, token: &'a TokenUse) -> ReplayGuardFuture<'a, ()>;
}

/// The future that the methods of [`ReplayGuard`] return: `Box::pin(async move { … })`.
pub type ReplayGuardFuture<'a, T = bool> =
    Pin<Box<dyn Future<Output = Result<T, ReplayGuardError>> + Send + 'a>>;

/// A shared guard is a guard.
impl<G: ReplayGuard + ?Sized> ReplayGuard for Arc<G> {
    fn first_use<'a>(&'a self, token: &'a TokenUse) -> ReplayGuardFuture<'a> {
        (**self).first_use(token)
    }

    fn forget<'a>(&'a self, token: &'a TokenUse) -> ReplayGuardFuture<'a, ()> {
        (**self).forget(token)
    }
}

/// A replay guard failed, so it is unknown whether the token was already used.
///
/// ```
/// let error = ory_oidc::token::ReplayGuardError::new("the database is down");
/// assert_eq!(
///     error.to_string(),
///     "replay guard failed: cannot tell whether the token was already used"
/// );
/// ```
#[derive(Clone, Debug)]
pub struct ReplayGuardError {
    source: Arc<dyn std::error::Error + Send + Sync>,
}

impl ReplayGuardError {
    /// Wraps the error of the guard. It must not contain a secret.
    #[must_use]
    pub fn new(source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        Self {
            source: source.into().into(),
        }
    }
}

impl ValidationError for ReplayGuardError {
    fn is_retryable(&self) -> bool {
        true
    }
}

impl fmt::Display for ReplayGuardError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("replay guard failed: cannot tell whether the token was already used")
    }
}

impl std::error::Error for ReplayGuardError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(self.source.as_ref())
    }
}

/// The use of a verified token.
///
/// ```
/// # use ory_oidc::token::TokenUse;
/// # let now = std::time::SystemTime::now();
/// let token = TokenUse::new("https://id.example", "token-1", now);
/// assert_eq!((token.issuer(), token.jti()), ("https://id.example", "token-1"));
/// assert_eq!(token.remember_until(), now);
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct TokenUse {
    issuer: String,
    jti: String,
    remember_until: SystemTime,
}

/// Shows each value cut.
impl fmt::Debug for TokenUse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenUse")
            .field("issuer", &Clip(&self.issuer))
            .field("jti", &Clip(&self.jti))
            .field("remember_until", &Clip(&self.remember_until))
            .finish()
    }
}

impl TokenUse {
    /// Creates a use, as [`Client::verify_logout_token`](crate::Client::verify_logout_token) does.
    ///
    /// ```
    /// use ory_oidc::token::{MemoryReplayGuard, ReplayGuard, TokenUse};
    /// use std::time::{Duration, SystemTime};
    ///
    /// # async fn example(guard: MemoryReplayGuard) -> Result<(), ory_oidc::token::ReplayGuardError> {
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

    /// Returns the issuer of the token.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the id of the token (`jti`), unique for its issuer.
    #[must_use]
    pub fn jti(&self) -> &str {
        &self.jti
    }

    fn name(&self) -> (String, String) {
        (self.issuer.clone(), self.jti.clone())
    }

    /// Returns until when the use must be remembered. After that the token is refused for its age.
    #[must_use]
    pub fn remember_until(&self) -> SystemTime {
        self.remember_until
    }
}

/// A [`ReplayGuard`] in memory, for a single process. Clones share their memory.
///
/// ```
/// let guard = ory_oidc::token::MemoryReplayGuard::new();
/// # let _ = guard;
/// ```
#[derive(Clone, Default)]
pub struct MemoryReplayGuard(Arc<Mutex<Used>>);

#[derive(Default)]
struct Used {
    until: HashMap<(String, String), SystemTime>,
    /// Monotonic, so that setting the clock back has no effect.
    next_cleanup: Option<Instant>,
}

/// The time between two clean-ups of expired entries.
const CLEANUP_INTERVAL: Duration = Duration::from_secs(60);

impl MemoryReplayGuard {
    /// Creates an empty guard.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    fn note(&self, token: &TokenUse, now: SystemTime) -> bool {
        let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let tick = Instant::now();
        if used.next_cleanup.is_none_or(|next| next <= tick) {
            used.until.retain(|_, until| *until > now);
            used.next_cleanup = Some(tick + CLEANUP_INTERVAL);
        }
        let earlier = used.until.insert(token.name(), token.remember_until);
        earlier.is_none()
    }
}

impl ReplayGuard for MemoryReplayGuard {
    fn first_use<'a>(&'a self, token: &'a TokenUse) -> ReplayGuardFuture<'a> {
        Box::pin(async move { Ok(self.note(token, SystemTime::now())) })
    }

    fn forget<'a>(&'a self, token: &'a TokenUse) -> ReplayGuardFuture<'a, ()> {
        Box::pin(async move {
            let mut used = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            used.until.remove(&token.name());
            Ok(())
        })
    }
}

impl fmt::Debug for MemoryReplayGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryReplayGuard").finish_non_exhaustive()
    }
}
