//! Finds the user of a token: in the cache, or at Ory.

use crate::budget::Budget;
use crate::cache::Cache;
use crate::outcome::{Refusal, Verified, is_outage, reason_of};
use crate::reason::Reason;
use crate::scopes::Scopes;
use crate::token_hash::TokenHash;
use ory_oidc::token::RelyingParty;
use ory_oidc::{AccessToken, Client, Error, Subject};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// How long no request is sent for a token after a request for it failed, unless Ory asks to wait.
const FAILURE_LIFETIME: Duration = Duration::from_secs(1);

pub(crate) struct Lookup {
    ory: Client,
    settings: LookupSettings,
    cache: Cache,
    budget: Budget,
}

pub(crate) struct LookupSettings {
    pub(crate) relying_party: Option<RelyingParty<'static>>,
    pub(crate) time_to_live: Duration,
    pub(crate) stale_if_error: Duration,
    pub(crate) refusal_time_to_live: Duration,
    pub(crate) max_users: u64,
    pub(crate) max_calls: usize,
    pub(crate) timeout: Duration,
}

/// The user of a token. `stale` says why an expired entry of the cache was used.
pub(crate) struct Found {
    pub(crate) user: Arc<Verified>,
    pub(crate) stale: Option<Refusal>,
}

impl Lookup {
    pub(crate) fn new(ory: Client, settings: LookupSettings) -> Self {
        let cache = Cache::new(
            settings.max_users,
            settings.time_to_live + settings.stale_if_error,
            settings.refusal_time_to_live.max(FAILURE_LIFETIME),
        );
        Self {
            ory,
            cache,
            budget: Budget::new(settings.max_calls),
            settings,
        }
    }

    pub(crate) fn ory(&self) -> &Client {
        &self.ory
    }

    /// Returns the user of a token.
    pub(crate) async fn find(&self, token: &str) -> Result<Found, Refusal> {
        let key = TokenHash::of(token);
        let known = self.cache.user(&key).await;
        let ttl = self.settings.time_to_live;
        if let Some(user) = known.as_ref().filter(|user| is_within(ttl, user)) {
            let user = Arc::clone(user);
            return Ok(Found { user, stale: None });
        }
        // Boxed, so that the future of a cached request is small.
        let verify = Box::pin(
            self.cache
                .join(key, || self.verify(key, token, known.is_some())),
        );
        let refusal = match verify.await {
            Ok(user) => return Ok(Found { user, stale: None }),
            Err(refusal) => refusal,
        };
        let limit = ttl + self.settings.stale_if_error;
        match known.filter(|user| refusal.reason.is_failure() && is_within(limit, user)) {
            Some(user) if !self.cache.was_forgotten_since(&key, user.checked_at).await => {
                let stale = Some(refusal);
                Ok(Found { user, stale })
            }
            _ => Err(refusal),
        }
    }

    pub(crate) async fn forget(&self, token: &str) {
        self.cache.forget(&TokenHash::of(token)).await;
    }

    /// Asks Ory about a token, unless the cache knows the outcome.
    async fn verify(
        &self,
        key: TokenHash,
        token: &str,
        known: bool,
    ) -> Result<Arc<Verified>, Refusal> {
        // Another caller may have verified it since this one looked.
        let user = self.cache.user(&key).await;
        if let Some(user) = user.filter(|user| is_within(self.settings.time_to_live, user)) {
            return Ok(user);
        }
        if let Some(refusal) = self.cache.refusal(&key).await {
            return Err(refusal);
        }
        let _permit = self.budget.permit(known).map_err(|denied| Refusal {
            reason: denied.reason,
            until: denied.until,
            scope: None,
            error: None,
        })?;
        let checked_at = Instant::now();
        match self.userinfo(token).await {
            Ok(claims) => {
                let user = Arc::new(Verified {
                    scopes: Scopes::of_accepted_token(token, &self.ory, claims.sub()),
                    claims,
                    checked_at,
                });
                self.cache.accept(key, &user).await;
                Ok(user)
            }
            Err(error) => {
                let refusal = self.refusal(error, token).await;
                self.cache.refuse(key, &refusal, checked_at).await;
                Err(refusal)
            }
        }
    }

    async fn userinfo(&self, token: &str) -> Result<ory_oidc::userinfo::UserInfo, Error> {
        let token = AccessToken::new(token);
        let request = self.ory.userinfo(&token, Subject::Unchecked);
        let request = request.timeout(self.settings.timeout);
        match self.settings.relying_party.clone() {
            Some(party) => request.relying_party(party).await,
            None => request.await,
        }
    }

    async fn refusal(&self, error: Error, token: &str) -> Refusal {
        let mut reason = reason_of(&error);
        if reason == Reason::InvalidToken && self.has_outage().await {
            reason = Reason::Unavailable;
        }
        let now = Instant::now();
        let until = match error.retry_after() {
            _ if !reason.is_failure() => now + self.settings.refusal_time_to_live,
            Some(wait) => self.budget.pause(wait).max(now + FAILURE_LIFETIME),
            None => now + FAILURE_LIFETIME,
        };
        Refusal {
            reason,
            until,
            scope: error.required_scope().map(Arc::from),
            error: (!quotes(&error, token)).then(|| Arc::new(error)),
        }
    }

    /// Whether Ory does not work, so that its refusal of a token means nothing. Refusals at the same
    /// time share a request.
    async fn has_outage(&self) -> bool {
        let metadata = self.ory.discover().refresh();
        match tokio::time::timeout(self.settings.timeout, metadata).await {
            Ok(Ok(_)) => false,
            Ok(Err(error)) => is_outage(&error),
            Err(_) => true,
        }
    }
}

/// Whether an error shows the token, or its start, because a server has quoted it.
fn quotes(error: &Error, token: &str) -> bool {
    // Also if the message is shortened. A text that is shorter is no secret.
    token.get(..16).is_some_and(|start| {
        let shown = format!("{error} {error:?}");
        shown.contains(start)
    })
}

fn is_within(lifetime: Duration, user: &Verified) -> bool {
    user.checked_at.elapsed() < lifetime
}
