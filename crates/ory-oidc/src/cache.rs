//! What a provider publishes, kept until it expires: one request, however many ask.

use crate::Error;
use reqwest::header::{AGE, CACHE_CONTROL, HeaderMap};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;
use tokio::time::Instant;

/// How long what a provider publishes is kept: its metadata, its keys.
///
/// The provider says for how long, by `Cache-Control: max-age` and `Age` (RFC 9111 §4.2), and a
/// policy sets the bounds. An Ory Hydra says `no-store` of everything, so the lower bound is what
/// counts there.
///
/// ```
/// use ory_oidc::CachePolicy;
/// use std::time::Duration;
///
/// let policy = CachePolicy::new()
///     .at_least(Duration::from_secs(30))
///     .stale_for(Duration::ZERO); // rather no answer than an old one
/// # let _ = policy;
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[must_use]
pub struct CachePolicy {
    at_least: Duration,
    at_most: Duration,
    when_unsaid: Duration,
    stale_for: Duration,
    cool_down: Duration,
}

impl CachePolicy {
    /// At least one minute, at most one hour, ten minutes when the provider is silent; stale for
    /// up to an hour; a cool-down of ten seconds.
    pub fn new() -> Self {
        Self {
            at_least: Duration::from_secs(60),
            at_most: Duration::from_secs(60 * 60),
            when_unsaid: Duration::from_secs(10 * 60),
            stale_for: Duration::from_secs(60 * 60),
            cool_down: Duration::from_secs(10),
        }
    }

    /// Fresh for at least so long, whatever the provider says; one minute at first.
    pub fn at_least(mut self, duration: Duration) -> Self {
        self.at_least = duration;
        self
    }

    /// Fresh for at most so long, whatever the provider says; one hour at first. It is also how
    /// long a key that the provider withdraws is still believed.
    pub fn at_most(mut self, duration: Duration) -> Self {
        self.at_most = duration;
        self
    }

    /// Fresh for so long when the provider says nothing; ten minutes at first.
    pub fn when_unsaid(mut self, duration: Duration) -> Self {
        self.when_unsaid = duration;
        self
    }

    /// Served for so long after it expired, while the provider cannot be reached; one hour at
    /// first. [`Staleness`] tells when that happens.
    pub fn stale_for(mut self, duration: Duration) -> Self {
        self.stale_for = duration;
        self
    }

    /// For keys: how long after an unknown `kid` made the key set be fetched the next unknown one
    /// does so again; ten seconds at first. A flood of forged tokens costs one request in that
    /// time.
    pub fn cool_down(mut self, duration: Duration) -> Self {
        self.cool_down = duration;
        self
    }

    /// How long an answer with these headers is fresh.
    fn lifetime(&self, headers: &HeaderMap) -> Duration {
        let said = match max_age(headers) {
            Some(max_age) => max_age.saturating_sub(age(headers)),
            None => self.when_unsaid,
        };
        said.min(self.at_most).max(self.at_least)
    }
}

impl Default for CachePolicy {
    fn default() -> Self {
        Self::new()
    }
}

/// That an answer was served although it had expired, since the provider could not be asked.
#[derive(Clone, Debug)]
pub struct Staleness {
    expired_for: Duration,
    error: Error,
}

impl Staleness {
    /// How long ago it expired.
    #[must_use]
    pub fn expired_for(&self) -> Duration {
        self.expired_for
    }

    /// Why there was nothing newer.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.error
    }
}

/// After a failure, nobody asks again for so long. A server may ask for more.
const PAUSE: Duration = Duration::from_secs(1);

/// But not for more than this.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// One value, which is cheap to clone, and how it came to be there.
pub(crate) struct Cache<T> {
    policy: CachePolicy,
    /// Who holds it fetches.
    turn: Arc<tokio::sync::Mutex<()>>,
    state: Mutex<State<T>>,
}

struct State<T> {
    entry: Option<Entry<T>>,
    /// Of the last attempt, if it failed.
    failure: Option<Failure>,
    /// When an unknown key last made it fetch.
    fetched_for_unknown: Option<Instant>,
    /// Counts the values that came.
    generation: u64,
}

struct Entry<T> {
    value: T,
    refresh_from: Instant,
    fresh_until: Instant,
    usable_until: Instant,
}

struct Failure {
    error: Error,
    until: Instant,
}

/// A value as it is served.
pub(crate) struct Hit<T> {
    pub(crate) value: T,
    pub(crate) staleness: Option<Arc<Staleness>>,
    pub(crate) generation: u64,
}

/// A value that a fetch brought, and the headers that say how long it lasts.
pub(crate) struct Fetched<T> {
    pub(crate) value: T,
    pub(crate) headers: HeaderMap,
}

/// What a look at the state says to do.
enum Look<T> {
    Serve(Hit<T>),
    /// Serve it, and fetch without anybody waiting.
    ServeAndRefresh(Hit<T>),
    Fail(Error),
    Fetch,
}

impl<T: Clone + Send + 'static> Cache<T> {
    pub(crate) fn new(policy: CachePolicy) -> Arc<Self> {
        Arc::new(Self {
            policy,
            turn: Arc::default(),
            state: Mutex::new(State {
                entry: None,
                failure: None,
                fetched_for_unknown: None,
                generation: 0,
            }),
        })
    }

    /// The value, fetched if there is none that may be served.
    pub(crate) async fn get<F>(
        self: &Arc<Self>,
        fetch: impl FnOnce() -> F + Send,
    ) -> Result<Hit<T>, Error>
    where
        F: Future<Output = Result<Fetched<T>, Error>> + Send + 'static,
    {
        match self.look() {
            Look::Serve(hit) => return Ok(hit),
            Look::ServeAndRefresh(hit) => {
                if let Ok(turn) = Arc::clone(&self.turn).try_lock_owned() {
                    self.spawn(turn, Why::Expired, fetch());
                }
                return Ok(hit);
            }
            Look::Fail(error) => return Err(error),
            Look::Fetch => {}
        }
        let turn = Arc::clone(&self.turn).lock_owned().await;
        // Whoever had the turn before may have fetched it, or failed to.
        match self.look() {
            Look::Serve(hit) | Look::ServeAndRefresh(hit) => return Ok(hit),
            Look::Fail(error) => return Err(error),
            Look::Fetch => {}
        }
        if let Err(error) = self.fetch(turn, Why::Expired, fetch()).await {
            return match self.look() {
                Look::Serve(hit) | Look::ServeAndRefresh(hit) => Ok(hit),
                Look::Fail(_) | Look::Fetch => Err(error),
            };
        }
        self.served()
    }

    /// Fetches, whatever is there.
    pub(crate) async fn refresh<F>(
        self: &Arc<Self>,
        fetch: impl FnOnce() -> F + Send,
    ) -> Result<Hit<T>, Error>
    where
        F: Future<Output = Result<Fetched<T>, Error>> + Send + 'static,
    {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        self.fetch(turn, Why::Expired, fetch()).await?;
        self.served()
    }

    /// A newer value than that of `generation`, which lacked something: fetched, but not more often
    /// than the cool-down allows. [`None`] when it does not, or when the fetch failed.
    pub(crate) async fn newer_than<F>(
        self: &Arc<Self>,
        generation: u64,
        fetch: impl FnOnce() -> F + Send,
    ) -> Option<Hit<T>>
    where
        F: Future<Output = Result<Fetched<T>, Error>> + Send + 'static,
    {
        if self.may_fetch_after(generation) == Newer::No {
            return None;
        }
        let turn = Arc::clone(&self.turn).lock_owned().await;
        match self.may_fetch_after(generation) {
            Newer::No => return None,
            Newer::There => {}
            Newer::Fetch => {
                self.fetch(turn, Why::Unknown, fetch()).await.ok()?;
            }
        }
        self.served().ok()
    }

    fn may_fetch_after(&self, generation: u64) -> Newer {
        let state = self.state();
        let now = Instant::now();
        let last = state.fetched_for_unknown;
        if state.generation != generation {
            Newer::There
        } else if last.is_some_and(|last| now < last + self.policy.cool_down)
            || state
                .failure
                .as_ref()
                .is_some_and(|failure| now < failure.until)
        {
            Newer::No
        } else {
            Newer::Fetch
        }
    }

    /// Runs a fetch to its end even when the caller goes away, so that an impatient crowd does not
    /// begin it again and again.
    async fn fetch<F>(
        self: &Arc<Self>,
        turn: OwnedMutexGuard<()>,
        why: Why,
        fetch: F,
    ) -> Result<(), Error>
    where
        F: Future<Output = Result<Fetched<T>, Error>> + Send + 'static,
    {
        match self.spawn(turn, why, fetch).await {
            Ok(outcome) => outcome,
            Err(ended) => match ended.try_into_panic() {
                Ok(panic) => std::panic::resume_unwind(panic),
                // The runtime is shutting down, and this task with it.
                Err(_) => std::future::pending().await,
            },
        }
    }

    fn spawn<F>(
        self: &Arc<Self>,
        turn: OwnedMutexGuard<()>,
        why: Why,
        fetch: F,
    ) -> tokio::task::JoinHandle<Result<(), Error>>
    where
        F: Future<Output = Result<Fetched<T>, Error>> + Send + 'static,
    {
        let cache = Arc::clone(self);
        tokio::spawn(async move {
            let outcome = fetch.await;
            let outcome = cache.keep(why, outcome);
            drop(turn);
            outcome
        })
    }

    fn keep(&self, why: Why, outcome: Result<Fetched<T>, Error>) -> Result<(), Error> {
        let now = Instant::now();
        let mut state = self.state();
        // Not earlier: those who ask while it is under way are to wait for it.
        if why == Why::Unknown {
            state.fetched_for_unknown = Some(now);
        }
        match outcome {
            Ok(fetched) => {
                let lifetime = self.policy.lifetime(&fetched.headers);
                state.entry = Some(Entry {
                    value: fetched.value,
                    // With a fifth left, so that under way nobody has to wait.
                    refresh_from: now + lifetime / 5 * 4,
                    fresh_until: now + lifetime,
                    usable_until: now + lifetime + self.policy.stale_for,
                });
                state.failure = None;
                state.generation += 1;
                Ok(())
            }
            Err(error) => {
                let asked = error.retry_after().unwrap_or_default();
                state.failure = Some(Failure {
                    error: error.clone(),
                    until: now + asked.clamp(PAUSE, LONGEST_PAUSE),
                });
                Err(error)
            }
        }
    }

    /// What was just fetched, even if the policy is that nothing is kept.
    fn served(&self) -> Result<Hit<T>, Error> {
        let state = self.state();
        match (&state.entry, &state.failure) {
            (Some(entry), _) => Ok(entry.hit(&state, None)),
            (None, Some(failure)) => Err(failure.error.clone()),
            (None, None) => unreachable!("a fetch leaves a value or an error"),
        }
    }

    fn look(&self) -> Look<T> {
        let state = self.state();
        let now = Instant::now();
        let paused = state
            .failure
            .as_ref()
            .is_some_and(|failure| now < failure.until);
        match (&state.entry, &state.failure) {
            (Some(entry), _) if now < entry.fresh_until => {
                let hit = entry.hit(&state, None);
                if now < entry.refresh_from || paused {
                    Look::Serve(hit)
                } else {
                    Look::ServeAndRefresh(hit)
                }
            }
            // Known to be away: nobody waits for it to say so again.
            (Some(entry), Some(failure)) if now < entry.usable_until && is_away(&failure.error) => {
                let staleness = Staleness {
                    expired_for: now - entry.fresh_until,
                    error: failure.error.clone(),
                };
                let hit = entry.hit(&state, Some(Arc::new(staleness)));
                if paused {
                    Look::Serve(hit)
                } else {
                    Look::ServeAndRefresh(hit)
                }
            }
            (_, Some(failure)) if paused => Look::Fail(failure.error.clone()),
            _ => Look::Fetch,
        }
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What a fetch is for.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Why {
    Expired,
    /// What is kept lacks something.
    Unknown,
}

#[derive(Eq, PartialEq)]
enum Newer {
    There,
    Fetch,
    No,
}

impl<T: Clone> Entry<T> {
    fn hit(&self, state: &State<T>, staleness: Option<Arc<Staleness>>) -> Hit<T> {
        Hit {
            value: self.value.clone(),
            staleness,
            generation: state.generation,
        }
    }
}

/// Whether an error means that the provider cannot be asked, and not that it says something else
/// than before.
fn is_away(error: &Error) -> bool {
    match error {
        Error::Transport(_) => true,
        Error::Server(error) => error.status().is_server_error() || error.status().as_u16() == 429,
        _ => false,
    }
}

impl<T> fmt::Debug for Cache<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cache")
            .field("policy", &self.policy)
            .finish_non_exhaustive()
    }
}

/// For how long the sender says an answer is fresh, counted from when it was made; [`None`] when
/// it does not say.
fn max_age(headers: &HeaderMap) -> Option<Duration> {
    let values = headers.get_all(CACHE_CONTROL).into_iter();
    let directives = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','));
    let mut shortest: Option<Duration> = None;
    for directive in directives {
        let (name, value) = match directive.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim().trim_matches('"'))),
            None => (directive.trim(), None),
        };
        let lifetime = if name.eq_ignore_ascii_case("max-age") {
            // What cannot be read is stale (RFC 9111 §4.2.1).
            value.and_then(seconds).unwrap_or_default()
        } else if value.is_none()
            && (name.eq_ignore_ascii_case("no-store") || name.eq_ignore_ascii_case("no-cache"))
        {
            Duration::ZERO
        } else {
            continue;
        };
        shortest = Some(shortest.map_or(lifetime, |known| known.min(lifetime)));
    }
    shortest
}

/// How long ago an answer was made (RFC 9111 §5.1).
fn age(headers: &HeaderMap) -> Duration {
    let value = headers.get(AGE).and_then(|value| value.to_str().ok());
    value.and_then(seconds).unwrap_or_default()
}

/// `delta-seconds` (RFC 9111 §1.2.2): those too large to hold count as the largest.
fn seconds(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| Duration::from_secs(text.parse().unwrap_or(u32::MAX).into()))
}

#[cfg(test)]
mod tests;
