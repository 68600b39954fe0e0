//! Updates a registration, and saves each step in the store before the next step.

use crate::error::KeeperError;
use crate::gate::Sharing;
use crate::judge::Verdict;
use crate::keeper::Keeper;
use crate::record::{Record, has_same_credentials};
use crate::store::Version;
use crate::trace;
use ory_oidc::error::ErrorKind;
use ory_oidc::registration::{ClientMetadata, Registration};
use ory_oidc::reqwest::StatusCode;
use std::time::Instant;

/// An update that is ready to be sent: the registration was just read.
pub(crate) struct Update {
    pub(crate) version: Version,
    pub(crate) record: Record,
    pub(crate) registration: Registration,
    pub(crate) metadata: ClientMetadata,
    /// The metadata that the caller asked for, if it is to be recorded.
    pub(crate) asked: Option<ClientMetadata>,
    /// Whether the server should renew the client secret.
    pub(crate) renews: bool,
}

/// An update that was made and saved.
pub(crate) struct Updated {
    pub(crate) version: Version,
    pub(crate) record: Record,
    pub(crate) registration: Registration,
}

impl Keeper {
    /// Updates the registration (RFC 7592 §2.2). Reads it from the server, calls `change` with its
    /// metadata, sends the complete metadata, and saves the new token in the store. The update is
    /// sent once and never retried.
    ///
    /// # Errors
    /// - [`KeeperError::NotRegistered`] if no registration is stored.
    /// - [`KeeperError::RecoveryNeeded`] if the outcome of an earlier update is unknown.
    /// - [`KeeperError::KeyLost`] if the client exists and its token is lost.
    /// - [`KeeperError::ClientDeleted`] if the client was deleted at the server.
    /// - [`KeeperError::Unverified`] if the server refused the token, and it is not known why.
    /// - [`KeeperError::Conflict`] if another keeper changes the registration at the same time.
    ///   This update was not made.
    /// - [`KeeperError::Call`] if a call fails. Nothing was changed. Its error is a
    ///   [`RequestError`](ory_oidc::error::RequestError) if the metadata is invalid, or if the update
    ///   would reset members that an administrator has set; see
    ///   [`allow_reset`](crate::KeeperBuilder::allow_reset).
    /// - [`KeeperError::OutcomeUnknown`] if the update may or may not have been made. Call
    ///   [`recover`](Self::recover) or [`ensure_registered`](Self::ensure_registered).
    /// - [`KeeperError::NotSaved`] if the server made the update but saving it failed. The error
    ///   contains the updated registration: pass it to [`adopt`](Self::adopt).
    /// - [`KeeperError::Store`] if the store fails before the update is sent.
    /// - [`KeeperError::Interrupted`] if the tokio runtime was shut down.
    ///
    /// ```no_run
    /// # async fn example(keeper: ory_oidc_keeper::Keeper) -> Result<(), ory_oidc_keeper::KeeperError> {
    /// let updated = keeper.update(|metadata| metadata.set_client_name("Renamed")).await?;
    /// println!("{:?}", updated.granted().client_name);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn update(
        &self,
        change: impl FnOnce(&mut ClientMetadata),
    ) -> Result<Registration, KeeperError> {
        trace::action("update", self.key(), self.update_in_span(change)).await
    }

    async fn update_in_span(
        &self,
        change: impl FnOnce(&mut ClientMetadata),
    ) -> Result<Registration, KeeperError> {
        let (method, sharing) = ("update", Sharing::Outages);
        let pass = self.inner.gate.enter(sharing).await?;
        let prepared = self.with_pass(method, pass, sharing, Self::prepare);
        let (pass, (version, record, registration)) = prepared.await?;
        let mut metadata = registration.metadata();
        change(&mut metadata);
        metadata.validate()?;
        let update = Update {
            version,
            record,
            registration,
            metadata,
            asked: None,
            renews: false,
        };
        let sent = self.with_pass(method, pass, sharing, |keeper| async move {
            Box::pin(keeper.send_update(update)).await
        });
        let (_pass, updated) = sent.await?;
        Ok(updated.registration)
    }

    /// Reads the registration that an update starts from.
    async fn prepare(self) -> Result<(Version, Record, Registration), KeeperError> {
        let (version, record) = self.load().await?.ok_or(KeeperError::NotRegistered)?;
        self.check_settled(&record)?;
        let judged = self.judge(version, record, None).await?;
        let (version, record) = (judged.version, judged.record);
        match judged.verdict {
            Verdict::Works(registration) => Ok((version, record, *registration)),
            Verdict::KeyLost { .. } => Err(KeeperError::KeyLost),
            Verdict::Deleted { control } => {
                let state = record.key_lost().state;
                self.dismiss(version, record, &control, state).await?;
                Err(KeeperError::ClientDeleted)
            }
        }
    }

    /// Records the intent, sends the update, and stores its outcome: in this order.
    pub(crate) async fn send_update(&self, update: Update) -> Result<Updated, KeeperError> {
        let Update {
            version,
            record,
            mut registration,
            metadata,
            asked,
            renews,
        } = update;
        // Persist the intent before sending, so that a crash is detectable.
        let marked_at = Instant::now();
        let before = record.settled(registration.clone());
        let intent = before.updating(&self.inner.id, &metadata);
        let version = self.save(Some(version), &intent).await?;
        let restore = async |error: KeeperError| {
            // If this save fails, the intent stays, and recovery finds that nothing happened.
            let _ = self.save(Some(version), &before).await;
            error
        };
        if let Err(error) = self.inner.lease.check(marked_at) {
            return Err(restore(error.into()).await);
        }
        let known = registration.clone();
        let client = &self.inner.client;
        let request = client.replace_registration(&mut registration, &metadata);
        let request = request.allow_reset(self.inner.settings.allow_reset);
        match request.await {
            Ok(()) => {
                let mut after = before.settled(registration.clone());
                if let Some(asked) = asked {
                    after.accept(&asked);
                }
                if renews {
                    after.note_renewal(&known);
                }
                Ok(Updated {
                    version: self.save_or_return(version, after.clone()).await?,
                    record: after,
                    registration,
                })
            }
            // The token was just accepted: a 401 may be the response to a request that was resent.
            Err(error)
                if error.kind() == ErrorKind::OutcomeUnknown
                    || error.kind() == ErrorKind::Unauthorized
                    || error.status() == Some(StatusCode::UNAUTHORIZED) =>
            {
                // A reply that cannot be used otherwise may still have brought a new token.
                if !has_same_credentials(&registration, &known) {
                    self.save_or_return(version, before.settled(registration))
                        .await?;
                }
                Err(KeeperError::OutcomeUnknown { source: error })
            }
            Err(error) => Err(restore(error.into()).await),
        }
    }
}
