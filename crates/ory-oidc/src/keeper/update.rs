//! An update whose every step is in the store before the next one.

use super::record::Record;
use super::{Keeper, KeeperError, to_the_end};
use crate::store::Version;
use crate::{ClientMetadata, Condition, Error, Registration};

/// An update that is ready to be sent: the registration was read just now.
pub(super) struct Update {
    pub(super) version: Version,
    pub(super) record: Record,
    pub(super) registration: Registration,
    pub(super) metadata: ClientMetadata,
    /// What the caller asked for, where that is to be remembered.
    pub(super) asked: Option<ClientMetadata>,
}

impl Keeper {
    /// Updates the registration as [`Client::update_registration`](crate::Client::update_registration)
    /// does. The store holds the new token before this returns.
    ///
    /// # Errors
    /// - [`KeeperError::Conflict`] when somebody else changes the registration at the same time:
    ///   nothing was sent.
    /// - [`KeeperError::Server`] for a call that failed and changed nothing.
    /// - [`KeeperError::OutcomeUnknown`] when the update may have taken place: then only
    ///   [`recover`](Self::recover) and [`ensure_registered`](Self::ensure_registered) go on.
    /// - [`KeeperError::NotSaved`], which carries the updated registration, when the store failed
    ///   after the server did not.
    pub async fn update(
        &self,
        change: impl FnOnce(&mut ClientMetadata),
    ) -> Result<Registration, KeeperError> {
        let gate = self.enter().await;
        let (version, record) = self.load().await?.ok_or(KeeperError::NotRegistered)?;
        let mut registration = self.settled(&record)?;
        if let Err(error) = self.inner.client.read_registration(&mut registration).await {
            return Err(self.lost_race_or(version, error).await);
        }
        let mut metadata = registration.metadata();
        change(&mut metadata);
        metadata.check()?;
        let update = Update {
            version,
            record,
            registration,
            metadata,
            asked: None,
        };
        let this = self.clone();
        to_the_end(gate, Box::pin(this.send_update(update))).await.1
    }

    /// The steps whose order is what this type is for.
    pub(super) async fn send_update(self, update: Update) -> Result<Registration, KeeperError> {
        let Update {
            version,
            record,
            mut registration,
            metadata,
            asked,
        } = update;
        // From here on a crash leaves the word that an update may have been sent.
        let before = record.settled(registration.clone());
        let marked = before.updating(&self.inner.id, &metadata);
        let version = self.save(Some(version), &marked).await?;
        let old_token = registration.registration_access_token().cloned();
        let sent = self
            .inner
            .client
            .replace_registration(&mut registration, metadata)
            .await;
        match sent {
            Ok(()) => {
                let mut after = before.settled(registration.clone());
                if let Some(asked) = asked {
                    after.accept(&asked);
                }
                match self.save(Some(version), &after).await {
                    Ok(_) => Ok(registration),
                    Err(error) => Err(KeeperError::not_saved(registration, error)),
                }
            }
            Err(error) if may_have_changed(&error) => {
                // A reply that could not be read may have brought the new token all the same.
                if registration.registration_access_token() != old_token.as_ref() {
                    let salvaged = before.settled(registration.clone());
                    if let Err(error) = self.save(Some(version), &salvaged).await {
                        return Err(KeeperError::not_saved(registration, error));
                    }
                }
                Err(KeeperError::OutcomeUnknown { source: error })
            }
            Err(error) => {
                // If this fails the mark stays, and recovery finds that nothing happened.
                let _ = self.save(Some(version), &before).await;
                Err(error.into())
            }
        }
    }

    /// A token that the server does not know may be one that somebody else just replaced.
    pub(super) async fn lost_race_or(&self, version: Version, error: Error) -> KeeperError {
        if error.condition() == Some(Condition::TokenInvalidOrClientGone) {
            match self.load().await {
                Ok(Some((now, _))) if now == version => {}
                Ok(_) => return KeeperError::Conflict,
                Err(error) => return error,
            }
        }
        error.into()
    }
}

/// Whether the server may have done what it was asked though the call failed.
pub(super) fn may_have_changed(error: &Error) -> bool {
    error.condition() == Some(Condition::OutcomeUnknown)
}
