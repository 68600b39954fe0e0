//! Registers a client once, and updates it if needed.

use crate::error::KeeperError;
use crate::keeper::Keeper;
use crate::metadata::{normalised, overlay};
use crate::outcome::{Action, Ensured};
use crate::record::{Record, State};
use crate::store::Version;
use crate::task::complete;
use crate::update::Update;
use ory_oidc::error::ErrorKind;
use ory_oidc::registration::{ClientMetadata, Registration};
use std::time::{Duration, Instant};
use tokio::time::sleep;

/// How long to wait before loading the entry again while another process changes it.
const RETRY_INTERVAL: Duration = Duration::from_millis(50);

/// What must be done next.
enum Step {
    Done(Box<Ensured>),
    LoadAgain,
    Register(Box<Registering>),
    Update(Box<Update>),
}

/// A registration that is ready to be sent.
struct Registering {
    expected: Option<Version>,
    record: Record,
    action: Action,
}

impl Step {
    fn register(expected: Option<Version>, record: Record, action: Action) -> Self {
        Self::Register(Box::new(Registering {
            expected,
            record,
            action,
        }))
    }
}

impl Keeper {
    /// Ensures that a client is registered with the wanted metadata. Call it at every start of the
    /// program:
    ///
    /// - If no registration is stored, it registers a client.
    /// - If one is stored, it reads the registration from the server. It sends an update only if
    ///   `wanted` or the registration has changed since the last call.
    /// - If the server refuses the stored token (401), this method requests the provider's metadata,
    ///   to check that the server works, and tries the token again. If the server works both times
    ///   and refuses the token both times, it registers a new client. The action is then
    ///   [`Action::Replaced`]. If the request for the provider's metadata fails, nothing is
    ///   registered, and the error is a [`KeeperError::Call`].
    /// - If the outcome of an earlier update is unknown, it calls [`recover`](Self::recover) first.
    ///
    /// If several tasks and processes call this at the same time, one of them registers, and the
    /// others wait for it. An update removes the members that the previous `wanted` contained and
    /// `wanted` does not. It does not change other members. [`Ensured::differences`] lists the
    /// members that the server dropped or changed.
    ///
    /// # Errors
    /// - [`KeeperError::Busy`] if other processes change the registration for longer than two
    ///   [leases](crate::KeeperBuilder::lease).
    /// - [`KeeperError::OutcomeUnknown`] if no usable response to a registration or an update
    ///   arrived. After a registration, the store contains what it contained before. The client may exist at the server, and
    ///   only an administrator can delete it.
    /// - [`KeeperError::Call`], [`KeeperError::NotSaved`], [`KeeperError::Store`] and
    ///   [`KeeperError::Interrupted`] as for [`update`](Self::update).
    ///
    /// ```no_run
    /// # async fn example(keeper: ory_oidc_keeper::Keeper) -> Result<(), ory_oidc_keeper::KeeperError> {
    /// use ory_oidc::ClientMetadata;
    /// use ory_oidc_keeper::Action;
    ///
    /// let wanted = ClientMetadata::new(["https://app.example/callback"]).client_name("My app");
    /// let ensured = keeper.ensure_registered(&wanted).await?;
    /// if ensured.action() == Action::Replaced {
    ///     eprintln!("users must consent to the new client");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn ensure_registered(&self, wanted: &ClientMetadata) -> Result<Ensured, KeeperError> {
        wanted.validate()?;
        let wanted = normalised(wanted);
        let mut gate = self.enter().await;
        let started = Instant::now();
        let patience = self.inner.lease.saturating_mul(2);
        loop {
            let this = self.clone();
            let result = match self.next_step(&wanted).await {
                Ok(Step::Done(ensured)) => return Ok(*ensured),
                Ok(Step::LoadAgain) => continue,
                Ok(Step::Register(registering)) => {
                    let work = this.send_registration(*registering, wanted.clone());
                    let (returned, result) = complete(gate, Box::pin(work)).await?;
                    gate = returned;
                    result
                }
                Ok(Step::Update(update)) => {
                    let work = this.send_update(*update);
                    let (returned, result) = complete(gate, Box::pin(work)).await?;
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
                // Another process was first: see what it did.
                Err(KeeperError::Conflict) if started.elapsed() < patience => {
                    sleep(RETRY_INTERVAL).await;
                }
                Err(KeeperError::Conflict) => return Err(KeeperError::Busy),
                done => return done,
            }
        }
    }

    /// Loads the entry, and reads the registration at the server if the entry names a client.
    async fn next_step(&self, wanted: &ClientMetadata) -> Result<Step, KeeperError> {
        let Some((version, record)) = self.load().await? else {
            return Ok(Step::register(None, Record::empty(), Action::Registered));
        };
        match (&record.state, &record.registration) {
            (State::Settled, Some(registration)) => {
                let registration = registration.clone();
                // Boxed, as this future would otherwise take many kilobytes.
                Box::pin(self.check(version, record, registration, wanted)).await
            }
            (State::LockedOut, _) => Ok(Step::register(Some(version), record, Action::Replaced)),
            _ if !self.may_take_over(&record) => Err(KeeperError::Conflict),
            (_, None) => Ok(Step::register(Some(version), record, Action::Registered)),
            (_, Some(_)) => self.probe(version, &record).await.map(|_| Step::LoadAgain),
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
        match self.read_confirmed(&mut registration).await {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::Unauthorized => {
                return match self.conflict_or(version, error).await {
                    KeeperError::Call(_) => {
                        Ok(Step::register(Some(version), record, Action::Replaced))
                    }
                    _ => Err(KeeperError::Conflict),
                };
            }
            Err(error) => return Err(error.into()),
        }
        let asked = record
            .asked
            .clone()
            .and_then(|asked| ClientMetadata::from_members(asked).ok());
        let differences = registration.differences(wanted);
        if asked.as_ref() == Some(wanted) && differences == record.accepted {
            self.save_new_credentials(version, &record, &known, &registration)
                .await?;
            return Ok(Step::Done(Box::new(Ensured {
                registration,
                action: Action::Reused,
                differences,
            })));
        }
        let metadata = overlay(&registration.metadata(), wanted, asked.as_ref())?;
        metadata.validate()?;
        Ok(Step::Update(Box::new(Update {
            version,
            record,
            registration,
            metadata,
            asked: Some(wanted.clone()),
        })))
    }

    /// Saves the credentials that a read brought, if they are new (RFC 7592 §3).
    pub(crate) async fn save_new_credentials(
        &self,
        version: Version,
        record: &Record,
        before: &Registration,
        after: &Registration,
    ) -> Result<(), KeeperError> {
        let same = before.registration_access_token() == after.registration_access_token()
            && before.client_secret() == after.client_secret();
        if same {
            return Ok(());
        }
        self.save_or_return(version, record.settled(after.clone()))
            .await
    }

    async fn send_registration(
        self,
        registering: Registering,
        wanted: ClientMetadata,
    ) -> Result<Ensured, KeeperError> {
        let Registering {
            expected,
            record,
            action,
        } = registering;
        // Whoever saves this first registers. The others wait for the outcome.
        let version = self
            .save(expected, &record.registering(&self.inner.id))
            .await?;
        let client = &self.inner.client;
        let mut request = client.register(&wanted);
        if let Some(token) = &self.inner.initial_access_token {
            request = request.initial_access_token(token);
        }
        let registration = match request.await {
            Ok(registration) => registration,
            Err(error) => {
                // Restore what was known. If that fails, the mark stays until its lease expires.
                let _ = match &record.registration {
                    Some(_) => self.save(Some(version), &record).await.map(drop),
                    None => self.clear(version).await,
                };
                return Err(match error.kind() {
                    ErrorKind::OutcomeUnknown => KeeperError::OutcomeUnknown { source: error },
                    _ => error.into(),
                });
            }
        };
        let mut settled = record.settled(registration.clone());
        settled.accept(&wanted);
        let differences = settled.accepted.clone();
        match self.save_or_return(version, settled).await {
            Ok(()) => Ok(Ensured {
                registration,
                action,
                differences,
            }),
            Err(KeeperError::NotSaved { source, .. })
                if matches!(*source, KeeperError::Conflict) =>
            {
                // This took longer than a lease, and another process registered meanwhile.
                let _ = client.delete_registration(&registration).await;
                Err(KeeperError::Conflict)
            }
            Err(error) => Err(error),
        }
    }
}
