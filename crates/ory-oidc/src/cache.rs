//! What a provider publishes, kept until it expires: one request, however many ask.

mod policy;

pub use policy::CachePolicy;

use crate::{Error, Operation, TransportError};
use reqwest::header::HeaderMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;
use tokio::time::{Instant, timeout};

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

/// How long after a failure the provider is still taken to be away, so that nobody waits for it.
const RECENT: Duration = Duration::from_secs(60);

/// How long to wait for a fetch where an old value would serve as well.
const PATIENCE: Duration = Duration::from_secs(1);

/// The longest that a fetch may take; an HTTP client of the caller's may have no time-out.
const LONGEST_FETCH: Duration = Duration::from_secs(120);

/// How much longer to wait for somebody else's fetch: for one on a runtime that stands still, whose
/// own time-out does not come.
const GRACE: Duration = Duration::from_secs(1);

/// One value, which is cheap to clone, and how it came to be there.
pub(crate) struct Cache<T> {
    operation: Operation,
    policy: CachePolicy,
    state: Mutex<State<T>>,
}

struct State<T> {
    entry: Option<Entry<T>>,
    /// Of the last attempt, if it failed.
    failure: Option<Failure>,
    /// When the last attempt that ended began.
    began: Option<Instant>,
    /// When something unknown last made it fetch, for each who asks.
    fetched_for_unknown: [Option<Instant>; 2],
    /// Counts the values that came.
    generation: u64,
    /// Who holds it fetches.
    turn: Arc<tokio::sync::Mutex<()>>,
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

/// What a fetch is for.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Why {
    Expired,
    /// What is kept lacks something.
    Unknown(Asker),
}

/// Who found that something is unknown. Each has a cool-down of its own, so that strangers cannot
/// use up that of the provider's own answers.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Asker {
    /// An answer of the provider, over a connection that we opened.
    Provider,
    /// Something that anybody may have sent.
    Anybody,
}

type Turn = OwnedMutexGuard<()>;

impl<T: Clone + Send + 'static> Cache<T> {
    pub(crate) fn new(operation: Operation, policy: CachePolicy) -> Arc<Self> {
        Arc::new(Self {
            operation,
            policy,
            state: Mutex::new(State {
                entry: None,
                failure: None,
                began: None,
                fetched_for_unknown: [None; 2],
                generation: 0,
                turn: Arc::default(),
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
                let turn = Arc::clone(&self.state().turn);
                if let Ok(turn) = turn.try_lock_owned() {
                    self.spawn(turn, Why::Expired, fetch());
                }
                return Ok(hit);
            }
            Look::Fail(error) => return Err(error),
            Look::Fetch => {}
        }
        let Some(expired) = self.expired() else {
            return self.fetched(fetch).await;
        };
        // A provider that hangs must not hold up those whom an old value would serve.
        match timeout(PATIENCE, self.fetched(fetch)).await {
            Ok(outcome) => outcome,
            Err(_) => Ok(expired),
        }
    }

    /// The value, fetched by whoever has the turn.
    async fn fetched<F>(self: &Arc<Self>, fetch: impl FnOnce() -> F + Send) -> Result<Hit<T>, Error>
    where
        F: Future<Output = Result<Fetched<T>, Error>> + Send + 'static,
    {
        let before = self.state().generation;
        let turn = self.turn().await;
        // Whoever had the turn before may have fetched it, or failed to. What came while this
        // waited is new enough, even if nothing may be kept.
        if self.state().generation != before {
            return self.served();
        }
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

    /// A value that has expired and may still be served.
    fn expired(&self) -> Option<Hit<T>> {
        let state = self.state();
        let entry = state.entry.as_ref()?;
        let now = Instant::now();
        (now < entry.usable_until).then(|| {
            let error = TransportError::gave_up(self.operation).into();
            entry.stale(&state, now, error)
        })
    }

    /// Fetches, whatever is there; those who ask while others wait for their turn share a fetch.
    pub(crate) async fn refresh<F>(
        self: &Arc<Self>,
        fetch: impl FnOnce() -> F + Send,
    ) -> Result<Hit<T>, Error>
    where
        F: Future<Output = Result<Fetched<T>, Error>> + Send + 'static,
    {
        let asked = Instant::now();
        let turn = self.turn().await;
        let shared = {
            let state = self.state();
            let began_since = state.began.is_some_and(|began| began >= asked);
            began_since.then(|| state.failure.as_ref().map(|failure| failure.error.clone()))
        };
        match shared {
            Some(Some(error)) => return Err(error),
            Some(None) => {}
            None => self.fetch(turn, Why::Expired, fetch()).await?,
        }
        self.served()
    }

    /// A newer value than that of `generation`, which lacked something: fetched, but not more often
    /// than the cool-down allows. [`None`] when it does not.
    pub(crate) async fn newer_than<F>(
        self: &Arc<Self>,
        generation: u64,
        asker: Asker,
        fetch: impl FnOnce() -> F + Send,
    ) -> Result<Option<Hit<T>>, Error>
    where
        F: Future<Output = Result<Fetched<T>, Error>> + Send + 'static,
    {
        if self.cools_down(generation, asker)? {
            return Ok(None);
        }
        let turn = self.turn().await;
        if self.state().generation == generation {
            // Others may have looked for it in vain while this waited.
            if self.cools_down(generation, asker)? {
                return Ok(None);
            }
            self.fetch(turn, Why::Unknown(asker), fetch()).await?;
            return self.served().map(Some);
        }
        drop(turn);
        self.get(fetch).await.map(Some)
    }

    /// Whether to look for something unknown would be too soon; an error if the last look could not
    /// be made and the next is not due.
    fn cools_down(&self, generation: u64, asker: Asker) -> Result<bool, Error> {
        let state = self.state();
        let now = Instant::now();
        if state.generation != generation {
            return Ok(false);
        }
        let last = state.fetched_for_unknown[asker as usize];
        let failure = state.failure.as_ref();
        let soon = last.is_some_and(|last| now < last + self.policy.cool_down)
            || failure.is_some_and(|failure| now < failure.until);
        match failure {
            Some(failure) if soon => Err(failure.error.clone()),
            _ => Ok(soon),
        }
    }

    /// Waits until nobody fetches, or whoever does has taken too long.
    async fn turn(&self) -> Turn {
        loop {
            let turn = Arc::clone(&self.state().turn);
            let held = timeout(LONGEST_FETCH + GRACE, Arc::clone(&turn).lock_owned()).await;
            if let Ok(held) = held {
                return held;
            }
            let mut state = self.state();
            if Arc::ptr_eq(&state.turn, &turn) {
                state.turn = Arc::default();
            }
        }
    }

    /// Runs a fetch to its end even when the caller goes away, so that an impatient crowd does not
    /// begin it again and again.
    async fn fetch<F>(self: &Arc<Self>, turn: Turn, why: Why, fetch: F) -> Result<(), Error>
    where
        F: Future<Output = Result<Fetched<T>, Error>> + Send + 'static,
    {
        let ended = match self.spawn(turn, why, fetch).await {
            Ok(outcome) => return outcome,
            Err(ended) => ended,
        };
        match ended.try_into_panic() {
            Ok(panic) => std::panic::resume_unwind(panic),
            // The runtime is shutting down.
            Err(_) => Err(TransportError::gave_up(self.operation).into()),
        }
    }

    fn spawn<F>(
        self: &Arc<Self>,
        turn: Turn,
        why: Why,
        fetch: F,
    ) -> tokio::task::JoinHandle<Result<(), Error>>
    where
        F: Future<Output = Result<Fetched<T>, Error>> + Send + 'static,
    {
        let cache = Arc::clone(self);
        tokio::spawn(async move {
            let began = Instant::now();
            let outcome = timeout(LONGEST_FETCH, fetch).await;
            let outcome =
                outcome.unwrap_or_else(|_| Err(TransportError::gave_up(cache.operation).into()));
            let outcome = cache.keep(began, why, outcome);
            drop(turn);
            outcome
        })
    }

    fn keep(
        &self,
        began: Instant,
        why: Why,
        outcome: Result<Fetched<T>, Error>,
    ) -> Result<(), Error> {
        let now = Instant::now();
        let mut state = self.state();
        state.began = Some(began);
        // Not earlier: those who ask while it is under way are to wait for it.
        if let Why::Unknown(asker) = why {
            state.fetched_for_unknown[asker as usize] = Some(now);
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
        let failure = state.failure.as_ref();
        let paused = failure.is_some_and(|failure| now < failure.until);
        match (&state.entry, failure) {
            (Some(entry), _) if now < entry.fresh_until => {
                let hit = entry.hit(&state, None);
                if now < entry.refresh_from || paused {
                    Look::Serve(hit)
                } else {
                    Look::ServeAndRefresh(hit)
                }
            }
            // Known to be away: nobody waits for it to say so again.
            (Some(entry), Some(failure))
                if now < entry.usable_until
                    && now < failure.until + RECENT
                    && is_away(&failure.error) =>
            {
                let hit = entry.stale(&state, now, failure.error.clone());
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

impl<T: Clone> Entry<T> {
    fn stale(&self, state: &State<T>, now: Instant, error: Error) -> Hit<T> {
        let expired_for = now.saturating_duration_since(self.fresh_until);
        self.hit(state, Some(Arc::new(Staleness { expired_for, error })))
    }

    fn hit(&self, state: &State<T>, staleness: Option<Arc<Staleness>>) -> Hit<T> {
        Hit {
            value: self.value.clone(),
            staleness,
            generation: state.generation,
        }
    }
}

/// Whether an error means that the provider cannot be asked, and not that it says something else
/// than before: an answer that cannot be read may be another server's.
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

#[cfg(test)]
mod tests;
