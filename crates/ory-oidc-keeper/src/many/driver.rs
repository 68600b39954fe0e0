//! Runs the jobs of an `EnsureAll`.

use super::job::{Job, Next};
use super::keepers::Keepers;
use super::pacer::Pacer;
use super::progress::Progress;
use super::share::Share;
use crate::error::KeeperError;
use crate::outcome::Ensured;
use crate::store::StoreError;
use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::{Instant, timeout_at};

/// How often to look whether other processes are done.
const POLL_INTERVAL: Duration = Duration::from_millis(250);
/// How often in a row the ledger may be unavailable.
const MAX_STORE_FAILURES: u32 = 5;

type Outcome = Result<Ensured, KeeperError>;
type Results = mpsc::Sender<(String, Outcome)>;

/// Runs the jobs of this process, and takes new ones from the shared run.
pub(super) struct Driver {
    keepers: Keepers,
    queue: VecDeque<Job>,
    /// Jobs that wait for another attempt.
    later: Vec<(Instant, Job)>,
    running: JoinSet<(Job, Outcome)>,
    concurrency: usize,
    pacer: Pacer,
    share: Option<Share>,
    /// When to look into the ledger.
    look_at: Option<Instant>,
    /// Whether the last look found work.
    may_have_more: bool,
    store_failures: u32,
    progress: Arc<Mutex<Progress>>,
}

impl Driver {
    pub(super) fn new(
        keepers: Keepers,
        jobs: Vec<Job>,
        share: Option<Share>,
        concurrency: usize,
        progress: Arc<Mutex<Progress>>,
    ) -> Self {
        let now = Instant::now();
        Self {
            keepers,
            queue: jobs.into(),
            later: Vec::new(),
            running: JoinSet::new(),
            concurrency,
            pacer: Pacer::new(now),
            look_at: share.as_ref().map(|_| now),
            share,
            may_have_more: false,
            store_failures: 0,
            progress,
        }
    }

    /// Runs until all is done, or until `stopped` is true and what had begun is done.
    pub(super) async fn run(mut self, results: Results, mut stopped: watch::Receiver<bool>) {
        loop {
            let now = Instant::now();
            if *stopped.borrow() {
                self.drop_the_rest();
            }
            if self.look_at.is_some_and(|at| at <= now) {
                self.look(&results).await;
            }
            self.start(now);
            let wake = self.wake();
            let finished = match wake {
                Some(wake) if self.running.is_empty() => {
                    let _ = timeout_at(wake, stopped.changed()).await;
                    continue;
                }
                Some(wake) => timeout_at(wake, self.running.join_next()).await,
                None => Ok(self.running.join_next().await),
            };
            match finished {
                Err(_) => {}
                Ok(None) => return,
                Ok(Some(Ok((job, outcome)))) => self.finish(job, outcome, &results).await,
                Ok(Some(Err(error))) => match error.try_into_panic() {
                    Ok(panic) => std::panic::resume_unwind(panic),
                    // The runtime is being shut down.
                    Err(_) => return,
                },
            }
        }
    }

    /// Starts as many jobs as may run now.
    fn start(&mut self, now: Instant) {
        let mut index = 0;
        while let Some((at, _)) = self.later.get(index) {
            if *at <= now {
                self.queue.push_back(self.later.swap_remove(index).1);
            } else {
                index += 1;
            }
        }
        while self.may_start() && self.pacer.next() <= now {
            let Some(job) = self.queue.pop_front() else {
                break;
            };
            self.pacer.started(now);
            let keepers = self.keepers.clone();
            self.running.spawn(async move {
                let outcome = job.run(&keepers).await;
                (job, outcome)
            });
        }
        if self.may_have_more && self.queue.len() < self.concurrency {
            self.may_have_more = false;
            self.look_at = Some(now);
        }
    }

    fn drop_the_rest(&mut self) {
        self.queue.clear();
        self.later.clear();
        self.share = None;
        self.look_at = None;
        self.may_have_more = false;
    }

    fn may_start(&self) -> bool {
        !self.queue.is_empty() && self.running.len() < self.concurrency
    }

    /// Returns when there is something to do, apart from jobs that finish.
    fn wake(&self) -> Option<Instant> {
        let start = self.may_start().then(|| self.pacer.next());
        let later = self.later.iter().map(|(at, _)| *at);
        later.chain(start).chain(self.look_at).min()
    }

    async fn finish(&mut self, mut job: Job, outcome: Outcome, results: &Results) {
        let now = Instant::now();
        let Err(error) = &outcome else {
            self.pacer.succeeded();
            return self.report(job, outcome, results).await;
        };
        match job.after(error) {
            Next::Pace(retry_after) => {
                self.progress().rate_limited += 1;
                if self.pacer.refused(now, retry_after) {
                    self.queue.push_front(job);
                } else {
                    self.report(job, outcome, results).await;
                }
            }
            Next::RetryIn(delay) => self.later.push((now + delay, job)),
            Next::GiveUp => self.report(job, outcome, results).await,
        }
    }

    async fn report(&mut self, job: Job, outcome: Outcome, results: &Results) {
        self.progress().count(&outcome);
        if let (Some(unit), Some(share)) = (&job.unit, &mut self.share)
            && share.note(unit, outcome.is_err())
        {
            self.look_at = Some(Instant::now());
        }
        // It fails only if nobody waits any more, and then this task is aborted.
        let _ = results.send((job.name, outcome)).await;
    }

    /// Looks into the ledger of the run.
    async fn look(&mut self, results: &Results) {
        let Some(share) = &mut self.share else {
            self.look_at = None;
            return;
        };
        let looked = share.look().await;
        let (now, lease) = (Instant::now(), share.lease());
        match looked {
            Ok(look) => {
                self.store_failures = 0;
                self.progress().elsewhere += look.elsewhere;
                self.may_have_more = !look.jobs.is_empty();
                self.queue.extend(look.jobs);
                let is_busy =
                    !self.queue.is_empty() || !self.running.is_empty() || !self.later.is_empty();
                self.look_at = match (self.may_have_more, look.is_waiting) {
                    (false, true) if !is_busy => Some(now + POLL_INTERVAL.min(lease)),
                    // Shows the others that this process lives.
                    _ if is_busy => Some(now + lease / 3),
                    _ => None,
                };
            }
            Err(error) if error.is_retryable() && self.store_failures < MAX_STORE_FAILURES => {
                self.store_failures += 1;
                self.look_at = Some(now + POLL_INTERVAL * self.store_failures);
            }
            Err(error) => self.abandon(&error, results).await,
        }
    }

    /// Reports the names of the run that this process cannot do without the ledger.
    async fn abandon(&mut self, error: &StoreError, results: &Results) {
        self.look_at = None;
        for job in self.share.take().map(Share::abandon).unwrap_or_default() {
            let outcome = Err(KeeperError::Store(error.clone()));
            self.report(job, outcome, results).await;
        }
    }

    fn progress(&self) -> std::sync::MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
