//! The part of a run that this process does.

use super::job::Job;
use super::ledger::{Ledger, State};
use crate::checksum::Checksum;
use crate::store::{ListQuery, RegistrationStore, StoreError, StoreKey, Version};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use tokio::time::{Instant, sleep};

/// How long to wait before changing the ledger again when another process was first.
const RETRY_INTERVAL: Duration = Duration::from_millis(5);
/// The age at which the ledger of another run is removed, in seconds.
const MAX_AGE: u64 = 7 * 24 * 60 * 60;

/// The part of a run that this process does. The run's processes agree in a ledger in the store: each
/// claims a unit of names, does it, and claims the next one.
///
/// Clocks are not compared. A process that dies stops raising its beat, and the others, which have
/// watched the beat for a lease, take over.
pub(super) struct Share {
    store: Arc<dyn RegistrationStore>,
    key: StoreKey,
    /// The name of this process in the ledger.
    id: String,
    lease: Duration,
    /// What is wanted, until the ledger tells the number of parts.
    wanted: Vec<Job>,
    parts: usize,
    units: BTreeMap<String, Unit>,
}

struct Unit {
    jobs: Vec<Job>,
    step: Step,
    /// The claim of another process, and when it was first seen.
    seen: Option<(State, Instant)>,
}

impl Unit {
    fn is_untouched(&self) -> bool {
        matches!(self.step, Step::Nothing)
    }
}

/// What this process has done about a unit.
#[derive(Clone, Copy)]
enum Step {
    Nothing,
    Working {
        open: usize,
        failed: bool,
    },
    /// The ledger does not say so yet.
    Finished {
        failed: bool,
    },
    /// A name failed. Another process may try the unit, or a later call with the same run.
    Failed,
}

/// The result of looking into the ledger.
pub(super) struct Look {
    /// The names of a unit that this process has just claimed.
    pub(super) jobs: Vec<Job>,
    /// The number of names that other processes have ensured since the last look.
    pub(super) elsewhere: usize,
    /// Whether other processes work on units that this one wants.
    pub(super) is_waiting: bool,
}

impl Share {
    pub(super) fn new(
        store: Arc<dyn RegistrationStore>,
        key: StoreKey,
        id: String,
        lease: Duration,
        wanted: Vec<Job>,
    ) -> Self {
        Self {
            store,
            key,
            id,
            lease,
            wanted,
            parts: 0,
            units: BTreeMap::new(),
        }
    }

    pub(super) fn lease(&self) -> Duration {
        self.lease
    }

    /// Notes the outcome of a name. Returns whether its unit is finished.
    pub(super) fn note(&mut self, unit: &str, has_failed: bool) -> bool {
        let Some(unit) = self.units.get_mut(unit) else {
            return false;
        };
        if let Step::Working { open, failed } = &mut unit.step {
            *open -= 1;
            *failed |= has_failed;
            if *open == 0 {
                unit.step = Step::Finished { failed: *failed };
                return true;
            }
        }
        false
    }

    /// Returns the names that nobody works on here, when the ledger cannot be used.
    pub(super) fn abandon(self) -> Vec<Job> {
        let units = self.units.into_values();
        let untouched = units.filter(Unit::is_untouched);
        let jobs = untouched.flat_map(|unit| unit.jobs);
        self.wanted.into_iter().chain(jobs).collect()
    }

    /// Records what is finished and that this process lives, and claims a unit that is free or whose
    /// process has died.
    pub(super) async fn look(&mut self) -> Result<Look, StoreError> {
        loop {
            let (version, mut ledger) = self.load().await?;
            self.divide(ledger.parts);
            let before = ledger.clone();
            self.record(&mut ledger);
            let claimed = self.find(&ledger, Instant::now());
            if let Some(unit) = &claimed {
                let by = self.id.clone();
                ledger.set(unit, State::Claimed { by, beat: 0 });
            }
            if ledger != before {
                let content = ledger.to_content()?;
                match self.store.save(&self.key, version, &content).await {
                    Ok(_) => {}
                    Err(StoreError::Conflict) => {
                        sleep(RETRY_INTERVAL).await;
                        continue;
                    }
                    Err(error) => return Err(error),
                }
            }
            return Ok(self.settle(&ledger, claimed.as_ref()));
        }
    }

    /// Returns the ledger, or a new one that is not saved yet.
    async fn load(&self) -> Result<(Option<Version>, Ledger), StoreError> {
        let Some(entry) = self.store.load(&self.key).await? else {
            let now = SystemTime::now().duration_since(UNIX_EPOCH);
            let now = now.unwrap_or_default().as_secs();
            self.remove_old(now).await?;
            let names = self.wanted.len()
                + self
                    .units
                    .values()
                    .map(|unit| unit.jobs.len())
                    .sum::<usize>();
            return Ok((None, Ledger::new(names, now)));
        };
        let ledger = Ledger::from_content(&entry.content).map_err(|reason| {
            let place = format!("the entry {:?} for {}", self.key.name(), self.key.issuer());
            StoreError::damaged(place, reason)
        })?;
        Ok((Some(entry.version), ledger))
    }

    /// Removes some ledgers of old runs, so that they do not accumulate.
    async fn remove_old(&self, now: u64) -> Result<(), StoreError> {
        for name in self.store.list(&ListQuery::new(self.key.issuer())).await? {
            let key = StoreKey::new(self.key.issuer(), name);
            let Some(entry) = self.store.load(&key).await? else {
                continue;
            };
            let ledger = Ledger::from_content(&entry.content);
            if ledger.is_ok_and(|ledger| ledger.began.saturating_add(MAX_AGE) < now) {
                match self.store.clear(&key, entry.version).await {
                    Ok(()) | Err(StoreError::Conflict) => {}
                    Err(error) => return Err(error),
                }
            }
        }
        Ok(())
    }

    /// Groups the names into units. The name of a unit tells its part and what is wanted in it, so
    /// that only processes that want the same share it.
    fn divide(&mut self, parts: usize) {
        if self.parts == parts || !self.units.values().all(Unit::is_untouched) {
            return;
        }
        self.parts = parts;
        // Another process may have begun the run in between, with another number of parts.
        let units = std::mem::take(&mut self.units).into_values();
        self.wanted.extend(units.flat_map(|unit| unit.jobs));
        let mut jobs_of: BTreeMap<u128, Vec<Job>> = BTreeMap::new();
        for job in self.wanted.drain(..) {
            let part = Checksum::of(job.name.as_bytes()).value() % parts as u128;
            jobs_of.entry(part).or_default().push(job);
        }
        for (part, mut jobs) in jobs_of {
            jobs.sort_by(|one, other| one.name.cmp(&other.name));
            let wanted = jobs.iter().fold(Checksum::EMPTY, |sum, job| {
                let members = serde_json::Value::from(job.wanted.to_members()).to_string();
                let length = job.name.len().to_be_bytes();
                let sum = sum.and(&length).and(job.name.as_bytes());
                sum.and(&members.len().to_be_bytes())
                    .and(members.as_bytes())
            });
            let name = format!("{part}-{:032x}", wanted.value());
            for job in &mut jobs {
                job.unit = Some(name.clone());
            }
            let unit = Unit {
                jobs,
                step: Step::Nothing,
                seen: None,
            };
            self.units.insert(name, unit);
        }
    }

    fn record(&self, ledger: &mut Ledger) {
        for (name, unit) in &self.units {
            match unit.step {
                Step::Finished { failed: false } => ledger.set(name, State::Done),
                Step::Finished { failed: true } if ledger.is_claimed_by(name, &self.id) => {
                    ledger.free(name);
                }
                _ => {}
            }
        }
        ledger.raise_beats(&self.id);
    }

    /// Returns a unit to claim.
    fn find(&mut self, ledger: &Ledger, now: Instant) -> Option<String> {
        let mut found = None;
        for (name, unit) in &mut self.units {
            if !unit.is_untouched() {
                continue;
            }
            match ledger.state(name) {
                None => return Some(name.clone()),
                Some(State::Done) => {}
                Some(claim) => match &unit.seen {
                    Some((seen, since)) if seen == claim => {
                        if now - *since >= self.lease {
                            found.get_or_insert_with(|| name.clone());
                        }
                    }
                    _ => unit.seen = Some((claim.clone(), now)),
                },
            }
        }
        found
    }

    /// Takes in a ledger that was saved.
    fn settle(&mut self, ledger: &Ledger, claimed: Option<&String>) -> Look {
        let mut look = Look {
            jobs: Vec::new(),
            elsewhere: 0,
            is_waiting: false,
        };
        self.units.retain(|name, unit| {
            match unit.step {
                Step::Nothing if ledger.state(name) == Some(&State::Done) => {
                    look.elsewhere += unit.jobs.len();
                    return false;
                }
                Step::Nothing if claimed == Some(name) => {
                    look.jobs = std::mem::take(&mut unit.jobs);
                    let open = look.jobs.len();
                    unit.step = Step::Working {
                        open,
                        failed: false,
                    };
                }
                Step::Nothing => look.is_waiting = true,
                Step::Finished { failed: false } => return false,
                Step::Finished { failed: true } => unit.step = Step::Failed,
                Step::Working { .. } | Step::Failed => {}
            }
            true
        });
        look
    }
}
