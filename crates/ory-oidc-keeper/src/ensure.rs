//! Registers a client once, and updates it if needed.

use crate::error::KeeperError;
use crate::gate::Sharing;
use crate::judge::Verdict;
use crate::keeper::Keeper;
use crate::metadata::{is_as_wanted, normalised, overlay};
use crate::outcome::{Action, Ensured};
use crate::record::{Record, State, has_same_credentials};
use crate::store::Version;
use crate::trace;
use crate::update::{Update, Updated};
use ory_oidc::registration::{ClientMetadata, Difference, Registration};
use std::time::{Duration, Instant, SystemTime};
use tokio::time::sleep;

/// How long to wait before loading the entry again while another process changes it.
const RETRY_INTERVAL: Duration = Duration::from_millis(50);

impl Keeper {
    /// Ensures that a client is registered with the wanted metadata. Call it at every start of the
    /// program:
    ///
    /// - If no registration is stored, it registers a client.
    /// - If one is stored, it reads the registration from the server. It sends an update if the
    ///   registration differs from what is wanted, or if the client secret expires soon. Members
    ///   that only the server added do not count, nor does what an update did not change.
    /// - If the client was deleted at the server, it registers a new one: [`Action::Replaced`]. A
    ///   refused token does not prove the deletion. The keeper registers a new client and asks the
    ///   server about both, several times ([`confirmations`](crate::KeeperBuilder::confirmations)).
    ///   It replaces the old client only if the server knows the new one each time and the old one
    ///   never. Otherwise it deletes the new one, and the error is [`KeeperError::Unverified`],
    ///   which is retryable.
    /// - If the client exists and its token is lost, the client stays in use: [`Action::KeyLost`].
    ///   If it lacks something that is wanted, the error is [`KeeperError::KeyLost`]. With
    ///   [`replace_when_key_lost`](crate::KeeperBuilder::replace_when_key_lost), it registers a new
    ///   client instead: [`Action::Replaced`].
    /// - If the outcome of an earlier update is unknown, it recovers first, as
    ///   [`recover`](Self::recover) does.
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
    ///   arrived. After a registration, a new client may exist at the server, and only an
    ///   administrator can delete it. [`superseded`](Self::superseded) lists it if its id arrived.
    /// - [`KeeperError::Unverified`] if the server refused the token, and it is not known whether
    ///   the client exists. The stored registration is unchanged. If the source has the kind
    ///   `OutcomeUnknown`, the client that was registered for comparison may exist at the server.
    /// - [`KeeperError::KeyLost`], see above.
    /// - [`KeeperError::ClientDeleted`] if
    ///   [`never_replace`](crate::KeeperBuilder::never_replace) is set.
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
    /// match ensured.action() {
    ///     Action::Replaced => eprintln!("users must consent to the new client"),
    ///     Action::KeyLost => eprintln!("the client can no longer be updated or deleted"),
    ///     _ => {}
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn ensure_registered(&self, wanted: &ClientMetadata) -> Result<Ensured, KeeperError> {
        wanted.validate()?;
        let wanted = normalised(wanted);
        self.exclusively(
            "ensure_registered",
            Sharing::UnknownOutcomes,
            |keeper| async move {
                let ensured = keeper.ensure(&wanted).await?;
                trace::event("the registration is ensured", &ensured.action());
                Ok(ensured)
            },
        )
        .await
    }

    /// Ensures, while other processes may change the registration.
    pub(crate) async fn ensure(&self, wanted: &ClientMetadata) -> Result<Ensured, KeeperError> {
        let started = Instant::now();
        let patience = self.inner.lease.length.saturating_mul(2);
        loop {
            match Box::pin(self.try_to_ensure(wanted)).await {
                // Another process was first: see what it did.
                Err(KeeperError::Conflict) if started.elapsed() < patience => {
                    sleep(RETRY_INTERVAL).await;
                }
                Err(KeeperError::Conflict) => return Err(KeeperError::Busy),
                done => return done,
            }
        }
    }

    async fn try_to_ensure(&self, wanted: &ClientMetadata) -> Result<Ensured, KeeperError> {
        let Some((version, record)) = self.load().await? else {
            return self.ensure_new(None, Record::empty(), wanted).await;
        };
        if !self.may_take_over(&record) {
            return Err(KeeperError::Conflict);
        }
        if record.registration.is_none() {
            return self.ensure_new(Some(version), record, wanted).await;
        }
        let judged = self.judge(version, record, Some(wanted)).await?;
        let (version, record) = (judged.version, judged.record);
        match judged.verdict {
            Verdict::Works(registration) => {
                Box::pin(self.ensure_as_wanted(version, record, *registration, wanted)).await
            }
            Verdict::KeyLost { control: None } => {
                self.ensure_without_key(version, record, wanted).await
            }
            Verdict::Deleted { control } if self.inner.settings.never_replace => {
                let state = record.key_lost().state;
                self.dismiss(version, record, &control, state).await?;
                Err(KeeperError::ClientDeleted)
            }
            Verdict::Deleted { control }
            | Verdict::KeyLost {
                control: Some(control),
            } => {
                self.adopt_new(version, record, *control, wanted, Action::Replaced)
                    .await
            }
        }
    }

    /// Registers the first client.
    async fn ensure_new(
        &self,
        version: Option<Version>,
        record: Record,
        wanted: &ClientMetadata,
    ) -> Result<Ensured, KeeperError> {
        let (version, registration) = self.register(version, &record, wanted).await?;
        self.adopt_new(version, record, registration, wanted, Action::Registered)
            .await
    }

    /// Saves a client that was registered a moment ago.
    async fn adopt_new(
        &self,
        version: Version,
        record: Record,
        registration: Registration,
        wanted: &ClientMetadata,
        action: Action,
    ) -> Result<Ensured, KeeperError> {
        let mut settled = record.settled(registration.clone());
        settled.remove_superseded(registration.client_id());
        if let Some(old) = record.registration {
            settled.supersede(old);
        }
        settled.accept(wanted);
        match self.save_or_return(version, settled.clone()).await {
            Ok(_) => Ok(self.ensured(&settled, registration, action)),
            Err(error) if is_conflict(&error) => match self.load().await {
                // The write arrived nevertheless, and another process has used the client since.
                Ok(Some((_, now))) if now.has_client(registration.client_id()) => {
                    Err(KeeperError::Conflict)
                }
                // This took longer than a lease, and another process registered meanwhile.
                Ok(_) => Err(self.undo(registration, KeeperError::Conflict).await),
                Err(_) => Err(error),
            },
            Err(error) => Err(error),
        }
    }

    /// Updates a registration whose token works, if it lacks something that is wanted.
    async fn ensure_as_wanted(
        &self,
        version: Version,
        record: Record,
        registration: Registration,
        wanted: &ClientMetadata,
    ) -> Result<Ensured, KeeperError> {
        let asked = record.asked();
        let settled = record.settled(registration.clone());
        let is_as_wanted = is_as_wanted(
            &registration.metadata(),
            &registration.differences(wanted),
            &record.accepted,
            wanted,
            asked.as_ref(),
        );
        let renews = self.should_renew_secret(&settled);
        if is_as_wanted && !renews {
            let mut settled = settled;
            let asked_before = settled.asked.take();
            settled.accept(wanted);
            let same = known_as_it_is(&record, &registration) && settled.asked == asked_before;
            let version = if same {
                version
            } else {
                self.save_or_return(version, settled.clone()).await?
            };
            let ensured = self.ensured(&settled, registration, Action::Reused);
            self.delete_superseded(version, settled).await;
            return Ok(ensured);
        }
        let metadata = overlay(&registration.metadata(), wanted, asked.as_ref())?;
        metadata.validate()?;
        let update = Update {
            version,
            record: settled.clone(),
            registration: registration.clone(),
            metadata,
            asked: Some(wanted.clone()),
            renews,
        };
        match Box::pin(self.send_update(update)).await {
            Ok(updated) => {
                // The server did not have what it was asked for before.
                let repeats = !is_as_wanted && asked.as_ref() == Some(wanted);
                let updated = if repeats {
                    self.accept_what_remains(updated, wanted).await?
                } else {
                    updated
                };
                Ok(self.ensured(&updated.record, updated.registration, Action::Updated))
            }
            // The renewal cannot be sent, and nothing else is to be changed.
            Err(KeeperError::Call(ory_oidc::Error::Request(_))) if is_as_wanted => {
                Ok(self.ensured(&settled, registration, Action::Reused))
            }
            Err(error) => Err(error),
        }
    }

    /// Reads a registration that was just updated, and accepts what the update did not change, although
    /// its response may say otherwise. The server would get the same update at every start.
    async fn accept_what_remains(
        &self,
        updated: Updated,
        wanted: &ClientMetadata,
    ) -> Result<Updated, KeeperError> {
        let mut read = updated.registration.clone();
        let request = self.inner.client.read_registration(&mut read);
        let is_read = request.await.is_ok();
        let mut record = updated.record.settled(read.clone());
        let remaining = read.differences(wanted).into_iter().filter(|difference| {
            let is_added = matches!(difference, Difference::Added { .. });
            is_read && !is_added && !updated.record.accepted.contains(difference)
        });
        record.accepted.extend(remaining);
        let is_same = has_same_credentials(&read, &updated.registration);
        if is_same && record.accepted == updated.record.accepted {
            return Ok(updated);
        }
        match self.save_or_return(updated.version, record.clone()).await {
            Ok(version) => Ok(Updated {
                version,
                record,
                registration: read,
            }),
            Err(error) if !is_same => Err(error),
            // The update is saved. What it did not change is found out again at the next start.
            Err(_) => Ok(updated),
        }
    }

    /// Uses a client whose token is lost, if it lacks nothing that is wanted.
    async fn ensure_without_key(
        &self,
        version: Version,
        record: Record,
        wanted: &ClientMetadata,
    ) -> Result<Ensured, KeeperError> {
        let lost = record.key_lost();
        if !matches!(record.state, State::KeyLost { .. }) {
            self.save(Some(version), &lost).await?;
        }
        let registration = record.known()?.clone();
        let asked = record.asked();
        // The server probably applied an update whose response was lost.
        let attempted = match &lost.state {
            State::KeyLost {
                attempted: Some(attempted),
            } => ClientMetadata::from_members(attempted.clone()).ok(),
            _ => None,
        };
        let was_attempted = attempted.is_some_and(|attempted| {
            overlay(&attempted, wanted, asked.as_ref()).is_ok_and(|merged| merged == attempted)
        });
        let is_as_wanted = was_attempted
            || is_as_wanted(
                &registration.metadata(),
                &registration.differences(wanted),
                &record.accepted,
                wanted,
                asked.as_ref(),
            );
        if !is_as_wanted {
            return Err(KeeperError::KeyLost);
        }
        let mut ensured = self.ensured(&lost, registration, Action::KeyLost);
        ensured.differences = ensured.registration.differences(wanted);
        Ok(ensured)
    }

    fn ensured(&self, record: &Record, registration: Registration, action: Action) -> Ensured {
        Ensured {
            registration,
            action,
            differences: record.accepted.clone(),
            secret_needs_renewal: self.secret_expires_soon(record),
        }
    }

    /// Whether the secret expires soon, and the server has not refused to renew it.
    fn should_renew_secret(&self, record: &Record) -> bool {
        let registration = record.registration.as_ref();
        let expires = registration.and_then(|known| known.granted().client_secret_expires_at);
        self.secret_expires_soon(record) && record.not_renewed != expires
    }

    fn secret_expires_soon(&self, record: &Record) -> bool {
        let margin = self.inner.settings.secret_renewal_margin;
        let renew_from = record.renew_secret_from(margin);
        renew_from.is_some_and(|renew_from| renew_from <= SystemTime::now())
    }
}

/// Whether a registration was not saved because another process changed the record.
fn is_conflict(error: &KeeperError) -> bool {
    matches!(error, KeeperError::NotSaved { source, .. } if matches!(**source, KeeperError::Conflict))
}

/// Whether a record that nobody is changing has these credentials.
fn known_as_it_is(record: &Record, registration: &Registration) -> bool {
    let settled = matches!(record.state, State::Settled);
    let known = record.registration.as_ref();
    settled && known.is_some_and(|known| has_same_credentials(known, registration))
}
