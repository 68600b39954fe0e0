//! Ensures many registrations.

use super::driver::Driver;
use super::job::Job;
use super::keepers::Keepers;
use super::progress::Progress;
use super::share::Share;
use crate::error::KeeperError;
use crate::outcome::Ensured;
use crate::store::StoreKey;
use ory_oidc::registration::ClientMetadata;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{Semaphore, mpsc, watch};
use tokio::task::JoinHandle;

const DEFAULT_CONCURRENCY: usize = 16;
const DEFAULT_LEASE: Duration = Duration::from_secs(30);

/// The result for one name of an [`EnsureAll`].
///
/// ```
/// use ory_oidc_keeper::EnsuredName;
///
/// fn report(ensured: &EnsuredName) {
///     match &ensured.result {
///         Ok(done) => println!("{}: {}", ensured.name, done.registration().client_id()),
///         Err(error) => eprintln!("{}: {error}", ensured.name),
///     }
/// }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct EnsuredName {
    /// The name.
    pub name: String,
    /// The registration and what was done, or why that failed.
    pub result: Result<Ensured, KeeperError>,
}

/// Ensures many registrations; see [`Keepers::ensure_all`].
///
/// The work begins with the first call of [`next`](Self::next), and goes on between the calls: at most
/// [`concurrency`](Self::concurrency) names ahead. When this is dropped, no further name is begun; a
/// change that has begun is completed.
#[must_use = "nothing is done until `next` is called"]
pub struct EnsureAll {
    state: State,
    progress: Arc<Mutex<Progress>>,
}

enum State {
    Ready(Box<Plan>),
    Running {
        results: mpsc::Receiver<(String, Result<Ensured, KeeperError>)>,
        driver: JoinHandle<()>,
        stop: watch::Sender<bool>,
    },
    Ended,
}

struct Plan {
    keepers: Keepers,
    jobs: Vec<Job>,
    concurrency: usize,
    run: Option<String>,
    lease: Duration,
}

impl Keepers {
    /// Ensures a registration for each of many names, as
    /// [`Keeper::ensure_registered`](crate::Keeper::ensure_registered) does for one. The names must
    /// differ.
    ///
    /// - Several names are in progress at the same time.
    /// - When the server refuses a request because of its rate limit (429), all wait as long as it
    ///   asks. From then on, requests are spread at the rate that the server allows.
    /// - A name that fails with a retryable error is tried up to four times. A failure does not stop
    ///   the others.
    ///
    /// Several processes with the same store register each client once. With [`EnsureAll::share`],
    /// they also share the work.
    ///
    /// ```no_run
    /// # async fn example(keepers: ory_oidc_keeper::Keepers, tenants: Vec<(String, ory_oidc::ClientMetadata)>) {
    /// let mut all = keepers.ensure_all(tenants);
    /// while let Some(ensured) = all.next().await {
    ///     match ensured.result {
    ///         Ok(done) => println!("{}: {:?}", ensured.name, done.action()),
    ///         Err(error) => eprintln!("{}: {error}", ensured.name),
    ///     }
    /// }
    /// # }
    /// ```
    pub fn ensure_all<N: Into<String>>(
        &self,
        wanted: impl IntoIterator<Item = (N, ClientMetadata)>,
    ) -> EnsureAll {
        let jobs = wanted.into_iter();
        let jobs: Vec<_> = jobs
            .map(|(name, wanted)| Job::new(name.into(), wanted))
            .collect();
        let progress = Progress {
            total: jobs.len(),
            ..Progress::default()
        };
        EnsureAll {
            state: State::Ready(Box::new(Plan {
                keepers: self.clone(),
                jobs,
                concurrency: DEFAULT_CONCURRENCY,
                run: None,
                lease: DEFAULT_LEASE,
            })),
            progress: Arc::new(Mutex::new(progress)),
        }
    }
}

impl EnsureAll {
    /// Sets how many names are in progress at the same time, at most (default: 16).
    ///
    /// ```
    /// # fn example(all: ory_oidc_keeper::EnsureAll) {
    /// let all = all.concurrency(4);
    /// # }
    /// ```
    pub fn concurrency(self, concurrency: usize) -> Self {
        self.with(|plan| plan.concurrency = concurrency.clamp(1, Semaphore::MAX_PERMITS))
    }

    /// Shares the work with all processes that use the same store and the same name of the run. Each
    /// name is done by one of them, and [`next`](Self::next) returns its result there only.
    /// [`next`](Self::next) returns [`None`] when the names that others do are done, too.
    ///
    /// A name whose metadata differs between the processes is done by each of them.
    ///
    /// A run is done once: a later call with the same name does only what failed before. To check the
    /// registrations again, use another name, for example that of the deployment. The store keeps the
    /// record of a run for a week.
    ///
    /// ```
    /// # fn example(keepers: ory_oidc_keeper::Keepers, tenants: Vec<(String, ory_oidc::ClientMetadata)>) {
    /// let all = keepers.ensure_all(tenants).share("deployment 42");
    /// # }
    /// ```
    pub fn share(self, run: impl Into<String>) -> Self {
        let run = run.into();
        self.with(|plan| plan.run = Some(run))
    }

    /// Sets after which time without progress of another process this one takes over its names
    /// (default: 30 seconds). It is at least three times the timeout of the store, so that a slow store
    /// causes no takeover. Has an effect only with [`share`](Self::share).
    ///
    /// ```
    /// # fn example(all: ory_oidc_keeper::EnsureAll) {
    /// use std::time::Duration;
    ///
    /// let all = all.share("deployment 42").lease(Duration::from_secs(60));
    /// # }
    /// ```
    pub fn lease(self, lease: Duration) -> Self {
        self.with(|plan| plan.lease = lease)
    }

    fn with(mut self, change: impl FnOnce(&mut Plan)) -> Self {
        if let State::Ready(plan) = &mut self.state {
            change(plan);
        }
        self
    }

    /// Returns the next result, in the order in which they become known; [`None`] when all names are
    /// done, or when the runtime that it began in was shut down. Needs a tokio runtime. If the future
    /// is dropped, no result is lost.
    ///
    /// # Panics
    /// If a function that the app gave to the client or to the keepers panics.
    ///
    /// ```no_run
    /// # async fn example(mut all: ory_oidc_keeper::EnsureAll) {
    /// while let Some(ensured) = all.next().await {
    ///     println!("{}: {:?}", ensured.name, ensured.result);
    /// }
    /// # }
    /// ```
    pub async fn next(&mut self) -> Option<EnsuredName> {
        if let State::Ready(_) = self.state
            && let State::Ready(plan) = std::mem::replace(&mut self.state, State::Ended)
        {
            self.state = plan.start(Arc::clone(&self.progress));
        }
        let State::Running {
            results, driver, ..
        } = &mut self.state
        else {
            return None;
        };
        if let Some((name, result)) = results.recv().await {
            return Some(EnsuredName { name, result });
        }
        let ended = driver.await;
        self.state = State::Ended;
        match ended.map_err(tokio::task::JoinError::try_into_panic) {
            Err(Ok(panic)) => std::panic::resume_unwind(panic),
            _ => None,
        }
    }

    /// Begins no further name. [`next`](Self::next) returns the results of those that have begun, and
    /// then [`None`]. In a [shared](Self::share) run, other processes take over the rest. Call it when
    /// the program is to end, and then `next` until it returns [`None`]: a process that ends in the
    /// middle of an update can lose the new registration access token.
    ///
    /// ```no_run
    /// # async fn example(mut all: ory_oidc_keeper::EnsureAll) {
    /// all.stop();
    /// while let Some(ensured) = all.next().await {
    ///     println!("{}: {:?}", ensured.name, ensured.result);
    /// }
    /// # }
    /// ```
    pub fn stop(&mut self) {
        match &self.state {
            State::Ready(_) => self.state = State::Ended,
            State::Running { stop, .. } => {
                stop.send_replace(true);
            }
            State::Ended => {}
        }
    }

    /// Returns how many names are done.
    ///
    /// ```
    /// # fn example(all: ory_oidc_keeper::EnsureAll) {
    /// println!("{} of {}", all.progress().done(), all.progress().total);
    /// # }
    /// ```
    #[must_use]
    pub fn progress(&self) -> Progress {
        *self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Plan {
    fn start(self, progress: Arc<Mutex<Progress>>) -> State {
        let (sender, results) = mpsc::channel(self.concurrency);
        let (jobs, share) = match self.run {
            None => (self.jobs, None),
            Some(run) => {
                let (issuer, id) = self.keepers.identity();
                // No keeper has this issuer, so the run is not listed as a registration.
                let key = StoreKey::new(format!("{issuer}#ensure-all"), run);
                let store = self.keepers.store();
                // A process shows that it lives after a third of the lease, by two calls of the store.
                let slowest = store.timeout().unwrap_or_default().saturating_mul(3);
                let share = Share::new(store, key, id, self.lease.max(slowest), self.jobs);
                (Vec::new(), Some(share))
            }
        };
        let (stop, stopped) = watch::channel(false);
        let driver = Driver::new(self.keepers, jobs, share, self.concurrency, progress);
        State::Running {
            results,
            driver: tokio::spawn(driver.run(sender, stopped)),
            stop,
        }
    }
}

impl Drop for EnsureAll {
    fn drop(&mut self) {
        if let State::Running { driver, .. } = &self.state {
            driver.abort();
        }
    }
}

impl fmt::Debug for EnsureAll {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnsureAll")
            .field("progress", &self.progress())
            .finish_non_exhaustive()
    }
}
