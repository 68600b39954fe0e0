//! One registration for all who ask for it.

use super::record::{Record, State};
use super::update::{Update, may_have_changed};
use super::{Keeper, KeeperError, to_the_end};
use crate::store::Version;
use crate::{ClientMetadata, Condition, Difference, Registration};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How long to wait before looking again at what another process is doing.
const PAUSE: Duration = Duration::from_millis(50);

/// A registration that is there and good, and what it took.
#[derive(Clone, Debug)]
pub struct Ensured {
    registration: Registration,
    action: Action,
    differences: Vec<Difference>,
}

/// What [`Keeper::ensure_registered`] did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// The stored registration is good as it is.
    Reused,
    /// It was updated, as other metadata was wanted, or an administrator had changed it.
    Updated,
    /// There was none, and one was registered.
    Registered,
    /// The stored one is gone or its token dead, and a new one was registered. If it is not gone, it is
    /// left behind at the server.
    Replaced,
}

impl Ensured {
    /// The registration.
    #[must_use]
    pub fn registration(&self) -> &Registration {
        &self.registration
    }

    /// The registration, taken out.
    #[must_use]
    pub fn into_registration(self) -> Registration {
        self.registration
    }

    /// What it took.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// What was wanted against what is granted. The server made it so, and asking again would
    /// not help.
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }
}

/// What is to be done next.
enum Step {
    Done(Box<Ensured>),
    LookAgain,
    Register {
        expected: Option<Version>,
        record: Box<Record>,
        action: Action,
    },
    Update(Box<Update>),
}

impl Keeper {
    /// Makes sure that the client is registered with the metadata that is wanted: reads the
    /// stored registration, updates it where it drifted, registers where there is none or it is
    /// gone. However many tasks and processes call it at once, one of them registers.
    ///
    /// A second start of the same program makes one request, a read. Members that the server is
    /// known to drop or to write in another way are no drift; what was wanted earlier and no more
    /// is, is removed; what nobody asked for stays.
    ///
    /// # Errors
    /// As for [`Keeper::update`]; [`KeeperError::Busy`] when others are at it for longer than the
    /// lease. When the outcome of a registration is unknown, the error says so, nothing new is
    /// stored, and a client that nobody can manage may be left at the server.
    pub async fn ensure_registered(&self, wanted: &ClientMetadata) -> Result<Ensured, KeeperError> {
        wanted.check()?;
        let wanted = wanted.normalised();
        let mut gate = self.enter().await;
        let started = Instant::now();
        let patience = self.lease.saturating_mul(2);
        loop {
            let this = self.clone();
            let result = match self.next_step(&wanted).await {
                Ok(Step::Done(ensured)) => return Ok(*ensured),
                Ok(Step::LookAgain) => continue,
                Ok(Step::Register {
                    expected,
                    record,
                    action,
                }) => {
                    let wanted = wanted.clone();
                    let work = this.send_registration(expected, *record, wanted, action);
                    let (returned, result) = to_the_end(gate, Box::pin(work)).await;
                    gate = returned;
                    result
                }
                Ok(Step::Update(update)) => {
                    let work = this.send_update(*update);
                    let (returned, result) = to_the_end(gate, Box::pin(work)).await;
                    gate = returned;
                    result.map(|registration| Ensured {
                        differences: registration.differences(&wanted),
                        registration,
                        action: Action::Updated,
                    })
                }
                Err(error) => Err(error),
            };
            match result {
                // Another process got there first: see what it made of it.
                Err(KeeperError::Conflict) if started.elapsed() < patience => sleep(PAUSE).await,
                Err(KeeperError::Conflict) => return Err(KeeperError::Busy),
                done => return done,
            }
        }
    }

    /// Looks at the store, and at the server where the store names a client.
    async fn next_step(&self, wanted: &ClientMetadata) -> Result<Step, KeeperError> {
        let Some((version, record)) = self.load().await? else {
            let record = Box::new(Record::empty());
            return Ok(Step::Register {
                expected: None,
                record,
                action: Action::Registered,
            });
        };
        let register = |record: Record, action| {
            let (expected, record) = (Some(version), Box::new(record));
            Ok(Step::Register {
                expected,
                record,
                action,
            })
        };
        match (&record.state, &record.registration) {
            (State::Settled, Some(registration)) => {
                let registration = registration.clone();
                // Boxed, as the whole of it would make this future many kilobytes.
                Box::pin(self.check(version, record, registration, wanted)).await
            }
            (State::LockedOut, _) => register(record, Action::Replaced),
            _ if !self.may_take_over(&record) => Err(KeeperError::Conflict),
            (_, None) => register(record, Action::Registered),
            (_, Some(_)) => self.probe(version, &record).await.map(|_| Step::LookAgain),
        }
    }

    async fn check(
        &self,
        version: Version,
        record: Record,
        mut registration: Registration,
        wanted: &ClientMetadata,
    ) -> Result<Step, KeeperError> {
        let known = registration.clone();
        match self.inner.client.read_registration(&mut registration).await {
            Ok(()) => {}
            Err(error) if error.condition() == Some(Condition::TokenInvalidOrClientGone) => {
                let KeeperError::Server(_) = self.lost_race_or(version, error).await else {
                    return Err(KeeperError::Conflict);
                };
                let (expected, record) = (Some(version), Box::new(record));
                return Ok(Step::Register {
                    expected,
                    record,
                    action: Action::Replaced,
                });
            }
            Err(error) => return Err(error.into()),
        }
        let asked = record.asked.clone().and_then(ClientMetadata::from_members);
        let differences = registration.differences(wanted);
        if asked.as_ref() == Some(wanted) && differences == record.accepted {
            self.save_rotated(version, &record, &known, &registration)
                .await?;
            let action = Action::Reused;
            return Ok(Step::Done(Box::new(Ensured {
                registration,
                action,
                differences,
            })));
        }
        let mut metadata = registration.metadata();
        metadata.overlay(wanted, asked.as_ref())?;
        metadata.check()?;
        let asked = Some(wanted.clone());
        Ok(Step::Update(Box::new(Update {
            version,
            record,
            registration,
            metadata,
            asked,
        })))
    }

    /// A read may bring new credentials, too (RFC 7592 §3).
    async fn save_rotated(
        &self,
        version: Version,
        record: &Record,
        before: &Registration,
        after: &Registration,
    ) -> Result<(), KeeperError> {
        let same = before.registration_access_token() == after.registration_access_token()
            && before.client_secret() == after.client_secret();
        if !same {
            let saved = self
                .save(Some(version), &record.settled(after.clone()))
                .await;
            saved.map_err(|error| KeeperError::not_saved(after.clone(), error))?;
        }
        Ok(())
    }

    async fn send_registration(
        self,
        expected: Option<Version>,
        record: Record,
        wanted: ClientMetadata,
        action: Action,
    ) -> Result<Ensured, KeeperError> {
        // Whoever writes this first registers; the others wait for what becomes of it.
        let version = self
            .save(expected, &record.registering(&self.inner.id))
            .await?;
        let client = &self.inner.client;
        let answer = match &self.initial_access_token {
            Some(token) => {
                client
                    .register_with_initial_access_token(&wanted, token)
                    .await
            }
            None => client.register(&wanted).await,
        };
        let registration = match answer {
            Ok(registration) => registration,
            Err(error) => {
                // What was known comes back. If that fails the mark stays, and lapses.
                let _ = match &record.registration {
                    Some(_) => self.save(Some(version), &record).await.map(|_| ()),
                    None => self.clear(version).await,
                };
                return Err(if may_have_changed(&error) {
                    KeeperError::OutcomeUnknown { source: error }
                } else {
                    error.into()
                });
            }
        };
        let mut settled = record.settled(registration.clone());
        settled.accept(&wanted);
        match self.save(Some(version), &settled).await {
            Ok(_) => {
                let differences = settled.accepted;
                Ok(Ensured {
                    registration,
                    action,
                    differences,
                })
            }
            Err(KeeperError::Conflict) => {
                // It took longer than a lease, and another process registered meanwhile.
                let _ = client.delete_registration(&registration).await;
                Err(KeeperError::Conflict)
            }
            Err(error) => Err(KeeperError::not_saved(registration, error)),
        }
    }
}
