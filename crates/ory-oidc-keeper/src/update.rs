//! Updates a registration, and saves each step in the store before the next step.

use crate::error::KeeperError;
use crate::keeper::Keeper;
use crate::record::Record;
use crate::store::Version;
use crate::task::complete;
use ory_oidc::error::{Error, ErrorKind};
use ory_oidc::registration::{ClientMetadata, Registration};

/// An update that is ready to be sent: the registration was just read.
pub(crate) struct Update {
    pub(crate) version: Version,
    pub(crate) record: Record,
    pub(crate) registration: Registration,
    pub(crate) metadata: ClientMetadata,
    /// The metadata that the caller asked for, if it is to be recorded.
    pub(crate) asked: Option<ClientMetadata>,
}

impl Keeper {
    /// Updates the registration (RFC 7592 §2.2). Reads it from the server, calls `change` with its
    /// metadata, sends the complete metadata, and saves the new token in the store. The update is
    /// sent once and never retried.
    ///
    /// # Errors
    /// - [`KeeperError::NotRegistered`] if no registration is stored.
    /// - [`KeeperError::RecoveryNeeded`] if the outcome of an earlier update is unknown.
    /// - [`KeeperError::LockedOut`] if the token is lost.
    /// - [`KeeperError::Conflict`] if another keeper changes the registration at the same time.
    ///   This update was not made.
    /// - [`KeeperError::Call`] if a call fails. Nothing was changed.
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
        let gate = self.enter().await;
        let (version, record) = self.load().await?.ok_or(KeeperError::NotRegistered)?;
        let mut registration = self.settled(&record)?;
        if let Err(error) = self.inner.client.read_registration(&mut registration).await {
            return Err(self.conflict_or(version, error).await);
        }
        let mut metadata = registration.metadata();
        change(&mut metadata);
        metadata.validate()?;
        let update = Update {
            version,
            record,
            registration,
            metadata,
            asked: None,
        };
        let work = self.clone().send_update(update);
        complete(gate, Box::pin(work)).await?.1
    }

    /// Records the intent, sends the update, and stores its outcome: in this order.
    pub(crate) async fn send_update(self, update: Update) -> Result<Registration, KeeperError> {
        let Update {
            version,
            record,
            mut registration,
            metadata,
            asked,
        } = update;
        // Persist the intent before sending, so that a crash is detectable.
        let before = record.settled(registration.clone());
        let intent = before.updating(&self.inner.id, &metadata);
        let version = self.save(Some(version), &intent).await?;
        let old_token = registration.registration_access_token().cloned();
        let sent = self
            .inner
            .client
            .replace_registration(&mut registration, &metadata)
            .await;
        match sent {
            Ok(()) => {
                let mut after = before.settled(registration.clone());
                if let Some(asked) = asked {
                    after.accept(&asked);
                }
                self.save_or_return(version, after).await?;
                Ok(registration)
            }
            Err(error) if error.kind() == ErrorKind::OutcomeUnknown => {
                // A reply that cannot be used otherwise may still have brought a new token.
                if registration.registration_access_token() != old_token.as_ref() {
                    self.save_or_return(version, before.settled(registration))
                        .await?;
                }
                Err(KeeperError::OutcomeUnknown { source: error })
            }
            Err(error) => {
                // If this save fails, the intent stays, and recovery finds that nothing happened.
                let _ = self.save(Some(version), &before).await;
                Err(error.into())
            }
        }
    }

    /// Returns [`KeeperError::Conflict`] if the server refused a token that another keeper has
    /// just replaced, and otherwise the error of the call.
    pub(crate) async fn conflict_or(&self, version: Version, error: Error) -> KeeperError {
        if error.kind() == ErrorKind::Unauthorized {
            match self.load().await {
                Ok(Some((now, _))) if now == version => {}
                Ok(_) => return KeeperError::Conflict,
                Err(error) => return error,
            }
        }
        error.into()
    }
}
