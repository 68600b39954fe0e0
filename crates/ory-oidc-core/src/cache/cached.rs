//! A cached value that is fetched once for all concurrent callers.

use super::entry::{Entry, Hit};
use super::fetch::Fetch;
use super::fetched::Fetched;
use super::policy::CachePolicy;
use crate::deadline::Deadline;
use crate::error::{Error, TransportError};
use crate::operation::Operation;
use crate::platform::{Instant, Task, spawn, timeout};
use crate::trace::{cache_event, in_current_span};
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;

/// The pause after a failure. A server may ask for a longer one.
const MIN_PAUSE: Duration = Duration::from_secs(1);

/// The longest pause that a server may ask for.
const MAX_PAUSE: Duration = Duration::from_secs(60);

/// The time after a failure during which the provider counts as unavailable and no caller waits.
const OUTAGE: Duration = Duration::from_secs(60);

/// The longest wait for a fetch while a stale value is available.
const STALE_WAIT: Duration = Duration::from_secs(1);

/// The time-out of a fetch: the caller's HTTP client may have none.
const FETCH_TIMEOUT: Duration = Duration::from_secs(120);

/// The extra time to wait for another caller's fetch. Its own time-out fails if its runtime stops.
const GRACE: Duration = Duration::from_secs(1);

/// One cached value, which is cheap to clone. It is fetched once for all concurrent callers, and
/// returned stale while the provider is unavailable. Needs a tokio runtime, except in
/// WebAssembly.
///
/// ```no_run
/// use ory_oidc_core::cache::{Cache, CachePolicy, Fetched, Freshness};
/// use ory_oidc_core::deadline::Deadline;
/// use ory_oidc_core::{Error, Operation, Response};
/// use std::time::Duration;
///
/// const READ: Operation = Operation::new("readThing", "GET", "/thing");
///
/// # async fn call() -> Result<Response<()>, Error> { unimplemented!() }
/// # async fn example() -> Result<(), Error> {
/// let cache = Cache::new(READ, CachePolicy::new());
/// let fetch = || async {
///     let (_, headers, body) = call().await?.into_parts();
///     Ok(Fetched::new(body, Freshness::of(&headers)))
/// };
/// let until = Deadline::after(Duration::from_secs(5));
/// let body = cache.get(until, fetch).await?.value;
/// # Ok(())
/// # }
/// ```
pub struct Cache<T> {
    operation: Operation,
    policy: CachePolicy,
    state: Mutex<State<T>>,
}

struct State<T> {
    entry: Option<Entry<T>>,
    /// The failure of the last fetch, if it failed.
    failure: Option<Failure>,
    /// The start of the last fetch that ended.
    began: Option<Instant>,
    /// The end of the last fetch for an unknown key, for each asker.
    fetched_for_unknown: [Option<Instant>; 2],
    /// The number of values fetched so far.
    generation: u64,
    /// The lock whose holder fetches.
    turn: Arc<tokio::sync::Mutex<()>>,
}

struct Failure {
    error: Error,
    until: Instant,
}

/// The next step of a caller, by the state of the cache.
enum Look<T> {
    Serve(Hit<T>),
    /// Return the value, and fetch in the background.
    ServeAndRefresh(Hit<T>),
    Fail(Error),
    Fetch,
}

/// The reason for a fetch.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Why {
    Expired,
    /// The cached value lacks something.
    Unknown(Asker),
}

/// The origin of an unknown key id. Each has its own cool-down, so that unauthenticated callers
/// cannot use up that of the provider.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Asker {
    /// A response of the provider, on a connection that this process opened.
    Provider,
    /// A request from an unauthenticated caller.
    Anybody,
}

type Turn = OwnedMutexGuard<()>;

impl<T: Clone + Send + 'static> Cache<T> {
    /// Creates an empty cache. Its own time-outs are reported as errors of `operation`.
    #[must_use]
    pub fn new(operation: Operation, policy: CachePolicy) -> Arc<Self> {
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

    /// Returns the value if it is fresh and needs no refresh.
    #[must_use]
    pub fn fresh(&self) -> Option<Hit<T>> {
        match self.look() {
            Look::Serve(hit) => Some(hit),
            Look::ServeAndRefresh(_) | Look::Fail(_) | Look::Fetch => None,
        }
    }

    /// Returns the value. Fetches it if the cached value is missing or too old. This caller waits until
    /// the deadline; the fetch goes on for the others.
    ///
    /// # Errors
    /// The error of the last fetch if no value may be returned, and a time-out at the deadline.
    pub async fn get(
        self: &Arc<Self>,
        until: Deadline,
        fetch: impl Fetch<T>,
    ) -> Result<Hit<T>, Error> {
        match self.look() {
            Look::Serve(hit) => return Ok(hit),
            Look::ServeAndRefresh(hit) => {
                cache_event(
                    self.operation,
                    "refreshing the cached value in the background",
                );
                let turn = Arc::clone(&self.state().turn);
                if let Ok(turn) = turn.try_lock_owned() {
                    self.spawn(turn, Why::Expired, fetch);
                }
                return Ok(hit);
            }
            Look::Fail(error) => return Err(error),
            Look::Fetch => {}
        }
        let expired = self.expired();
        // A provider that hangs must not block callers while a stale value is available.
        let until = until.or_after(expired.as_ref().map(|_| STALE_WAIT));
        match (until.of(self.fetched(fetch)).await, expired) {
            (Ok(outcome), _) => outcome,
            (Err(_), Some(expired)) => Ok(expired),
            (Err(_), None) => Err(self.gave_up()),
        }
    }

    /// Returns the value, fetched by the holder of the lock.
    async fn fetched(self: &Arc<Self>, fetch: impl Fetch<T>) -> Result<Hit<T>, Error> {
        let before = self.state().generation;
        let turn = self.turn().await;
        // The previous holder may have fetched it, or failed. A value that arrived during the wait is
        // new enough, even if nothing may be cached.
        if self.state().generation != before {
            return self.served();
        }
        match self.look() {
            Look::Serve(hit) | Look::ServeAndRefresh(hit) => return Ok(hit),
            Look::Fail(error) => return Err(error),
            Look::Fetch => {}
        }
        if let Err(error) = self.fetch(turn, Why::Expired, fetch).await {
            return match self.look() {
                Look::Serve(hit) | Look::ServeAndRefresh(hit) => Ok(hit),
                Look::Fail(_) | Look::Fetch => Err(error),
            };
        }
        self.served()
    }

    /// Returns an expired value that may still be returned.
    fn expired(&self) -> Option<Hit<T>> {
        let state = self.state();
        let entry = state.entry.as_ref()?;
        let now = Instant::now();
        (now < entry.usable_until).then(|| entry.stale(state.generation, now, self.gave_up()))
    }

    /// Fetches the value. Concurrent callers share a fetch. This caller waits until the deadline; the
    /// fetch goes on for the others.
    ///
    /// # Errors
    /// The error of the fetch, and a time-out at the deadline.
    pub async fn refresh(
        self: &Arc<Self>,
        until: Deadline,
        fetch: impl Fetch<T>,
    ) -> Result<Hit<T>, Error> {
        let refreshed = until.of(self.refreshed(fetch)).await;
        refreshed.unwrap_or_else(|_| Err(self.gave_up()))
    }

    /// Returns the value of a fetch that begins after this call.
    async fn refreshed(self: &Arc<Self>, fetch: impl Fetch<T>) -> Result<Hit<T>, Error> {
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
            None => self.fetch(turn, Why::Expired, fetch).await?,
        }
        self.served()
    }

    /// Returns a newer value than that of `generation`, which lacked something. [`None`] during the
    /// cool-down. This caller waits until the deadline; the fetch goes on for the others.
    ///
    /// # Errors
    /// The error of the fetch, and a time-out at the deadline.
    pub async fn newer_than(
        self: &Arc<Self>,
        generation: u64,
        asker: Asker,
        until: Deadline,
        fetch: impl Fetch<T>,
    ) -> Result<Option<Hit<T>>, Error> {
        let newer = until.of(self.newer(generation, asker, until, fetch)).await;
        newer.unwrap_or_else(|_| Err(self.gave_up()))
    }

    async fn newer(
        self: &Arc<Self>,
        generation: u64,
        asker: Asker,
        until: Deadline,
        fetch: impl Fetch<T>,
    ) -> Result<Option<Hit<T>>, Error> {
        if self.cools_down(generation, asker)? {
            return Ok(None);
        }
        let turn = self.turn().await;
        if self.state().generation == generation {
            // Another caller may have fetched without success during the wait.
            if self.cools_down(generation, asker)? {
                return Ok(None);
            }
            self.fetch(turn, Why::Unknown(asker), fetch).await?;
            return self.served().map(Some);
        }
        drop(turn);
        self.get(until, fetch).await.map(Some)
    }

    /// Whether it is too soon to fetch for something unknown. Returns the error of the last fetch if it
    /// failed and the next one is not due.
    fn cools_down(&self, generation: u64, asker: Asker) -> Result<bool, Error> {
        let state = self.state();
        let now = Instant::now();
        if state.generation != generation {
            return Ok(false);
        }
        let last = state.fetched_for_unknown[asker as usize];
        let failure = state.failure.as_ref();
        let soon = last.is_some_and(|last| now < last + self.policy.unknown_key_cool_down)
            || failure.is_some_and(|failure| now < failure.until);
        match failure {
            Some(failure) if soon => Err(failure.error.clone()),
            _ => Ok(soon),
        }
    }

    /// Waits until no other caller fetches, or until the current fetch has taken too long.
    async fn turn(&self) -> Turn {
        loop {
            let turn = Arc::clone(&self.state().turn);
            let held = timeout(FETCH_TIMEOUT + GRACE, Arc::clone(&turn).lock_owned()).await;
            if let Ok(held) = held {
                return held;
            }
            let mut state = self.state();
            if Arc::ptr_eq(&state.turn, &turn) {
                state.turn = Arc::default();
            }
        }
    }

    /// Completes a fetch even if the caller is dropped, so that callers with short time-outs do not
    /// restart it again and again.
    async fn fetch(
        self: &Arc<Self>,
        turn: Turn,
        why: Why,
        fetch: impl Fetch<T>,
    ) -> Result<(), Error> {
        let outcome = self.spawn(turn, why, fetch).result().await;
        // Without an outcome, the runtime is shutting down.
        outcome.unwrap_or_else(|| Err(self.gave_up()))
    }

    fn spawn(
        self: &Arc<Self>,
        turn: Turn,
        why: Why,
        fetch: impl Fetch<T>,
    ) -> Task<Result<(), Error>> {
        let cache = Arc::clone(self);
        spawn(in_current_span(async move {
            let began = Instant::now();
            let outcome = timeout(FETCH_TIMEOUT, fetch.fetch()).await;
            let outcome = outcome.unwrap_or_else(|_| Err(cache.gave_up()));
            let outcome = cache.keep(began, why, outcome);
            drop(turn);
            outcome
        }))
    }

    fn keep(
        &self,
        began: Instant,
        why: Why,
        outcome: Result<Fetched<T>, Error>,
    ) -> Result<(), Error> {
        // The caller's options cannot be sent, which is no failure of the provider: others may fetch.
        if let Err(error @ Error::Request(_)) = outcome {
            return Err(error);
        }
        let now = Instant::now();
        let mut state = self.state();
        state.began = Some(began);
        // Only now, because callers during the fetch must wait for it.
        if let Why::Unknown(asker) = why {
            state.fetched_for_unknown[asker as usize] = Some(now);
        }
        match outcome {
            Ok(fetched) => {
                let lifetime = self.policy.lifetime(fetched.freshness);
                state.entry = Some(Entry {
                    value: fetched.value,
                    // A fifth of the lifetime is left, so that no caller waits for the refresh.
                    refresh_from: now + lifetime / 5 * 4,
                    fresh_until: now + lifetime,
                    usable_until: now + lifetime + self.policy.stale_if_error,
                });
                state.failure = None;
                state.generation += 1;
                drop(state);
                cache_event(self.operation, "cached a new value");
                Ok(())
            }
            Err(error) => {
                let asked = error.retry_after().unwrap_or_default();
                state.failure = Some(Failure {
                    error: error.clone(),
                    until: now + asked.clamp(MIN_PAUSE, MAX_PAUSE),
                });
                Err(error)
            }
        }
    }

    /// Returns the value that was just fetched, even if the policy caches nothing.
    fn served(&self) -> Result<Hit<T>, Error> {
        let state = self.state();
        match (&state.entry, &state.failure) {
            (Some(entry), _) => Ok(entry.hit(state.generation, None)),
            (None, Some(failure)) => Err(failure.error.clone()),
            (None, None) => unreachable!("a fetch stores a value or an error"),
        }
    }

    /// Decides the next step of a caller, and reports a hit.
    fn look(&self) -> Look<T> {
        let look = self.decide();
        match &look {
            Look::Serve(hit) | Look::ServeAndRefresh(hit) if hit.staleness.is_some() => {
                cache_event(self.operation, "returned a stale value from the cache");
            }
            Look::Serve(_) | Look::ServeAndRefresh(_) => {
                cache_event(self.operation, "returned a value from the cache");
            }
            Look::Fail(_) | Look::Fetch => {}
        }
        look
    }

    fn decide(&self) -> Look<T> {
        let state = self.state();
        let now = Instant::now();
        let failure = state.failure.as_ref();
        let paused = failure.is_some_and(|failure| now < failure.until);
        match (&state.entry, failure) {
            (Some(entry), _) if now < entry.fresh_until => {
                let hit = entry.hit(state.generation, None);
                if now < entry.refresh_from || paused {
                    Look::Serve(hit)
                } else {
                    Look::ServeAndRefresh(hit)
                }
            }
            // The provider is known to be unavailable, so no caller waits for it.
            (Some(entry), Some(failure))
                if now < entry.usable_until
                    && now < failure.until + OUTAGE
                    && is_unavailable(&failure.error) =>
            {
                let hit = entry.stale(state.generation, now, failure.error.clone());
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

    fn gave_up(&self) -> Error {
        TransportError::gave_up(self.operation).into()
    }

    fn state(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether an error means that the provider is unavailable. A response that cannot be read may come
/// from another server, and does not count.
fn is_unavailable(error: &Error) -> bool {
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
