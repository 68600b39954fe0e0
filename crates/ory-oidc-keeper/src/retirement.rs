//! Deletes a registration.

use crate::error::KeeperError;
use crate::keeper::Keeper;
use crate::outcome::Retirement;
use crate::record::{Record, State};
use crate::store::Version;
use crate::task::complete;
use ory_oidc::error::{Error, ErrorKind};
use ory_oidc::registration::Registration;

impl Keeper {
    /// Deletes the client at the server (RFC 7592 §2.3), and then the entry in the store.
    ///
    /// # Errors
    /// - [`KeeperError::Conflict`] while another keeper changes the registration.
    /// - [`KeeperError::RecoveryNeeded`] if the outcome of an earlier update is unknown.
    /// - [`KeeperError::Call`] if the call fails. The client and the stored entry are unchanged.
    /// - [`KeeperError::OutcomeUnknown`] if the client may have been deleted. The stored entry is
    ///   unchanged: call `retire` again.
    /// - [`KeeperError::Store`] if the store fails before the call, or if the entry cannot be
    ///   removed after the client was deleted.
    /// - [`KeeperError::Interrupted`] if the tokio runtime was shut down.
    ///
    /// ```no_run
    /// # async fn example(keeper: ory_oidc_keeper::Keeper) -> Result<(), ory_oidc_keeper::KeeperError> {
    /// use ory_oidc_keeper::Retirement;
    ///
    /// match keeper.retire().await? {
    ///     Retirement::TokenDead => keeper.forget().await?, // cannot be deleted any more
    ///     retirement => println!("{retirement:?}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn retire(&self) -> Result<Retirement, KeeperError> {
        let gate = self.enter().await;
        let Some((version, record)) = self.load().await? else {
            return Ok(Retirement::NotRegistered);
        };
        if matches!(record.state, State::LockedOut) {
            return Ok(Retirement::TokenDead);
        }
        let registration = match self.settled(&record) {
            Ok(registration) => registration,
            Err(KeeperError::NotRegistered) => {
                self.clear(version).await?;
                return Ok(Retirement::NotRegistered);
            }
            Err(error) => return Err(error),
        };
        let work = self.clone().send_deletion(version, record, registration);
        complete(gate, Box::pin(work)).await?.1
    }

    async fn send_deletion(
        self,
        version: Version,
        record: Record,
        registration: Registration,
    ) -> Result<Retirement, KeeperError> {
        let retirement = match self.inner.client.delete_registration(&registration).await {
            Ok(()) => Retirement::Deleted,
            Err(error) => match error.kind() {
                ErrorKind::Unauthorized => {
                    self.check_gone(version, &record, &registration, error)
                        .await?
                }
                ErrorKind::OutcomeUnknown => {
                    return Err(KeeperError::OutcomeUnknown { source: error });
                }
                _ => return Err(error.into()),
            },
        };
        match self.clear(version).await {
            // Another keeper changed the entry meanwhile. It will find that the client is gone.
            Ok(()) | Err(KeeperError::Conflict) => Ok(retirement),
            Err(error) => Err(error),
        }
    }

    /// Checks that a deletion was refused because the client is gone, and not for another reason.
    async fn check_gone(
        &self,
        version: Version,
        record: &Record,
        registration: &Registration,
        refusal: Error,
    ) -> Result<Retirement, KeeperError> {
        let mut read = registration.clone();
        let error = match self.read_confirmed(&mut read).await {
            Ok(()) => {
                self.save_new_credentials(version, record, registration, &read)
                    .await?;
                return Err(refusal.into());
            }
            Err(error) => error,
        };
        let unauthorized = error.kind() == ErrorKind::Unauthorized;
        match self.conflict_or(version, error).await {
            KeeperError::Call(_) if unauthorized => Ok(Retirement::AlreadyGone),
            error => Err(error),
        }
    }

    /// Removes the stored entry without deleting the client at the server. If the client still
    /// exists, only an administrator can delete it afterwards.
    ///
    /// # Errors
    /// - [`KeeperError::Store`] if the store fails or the entry cannot be read.
    /// - [`KeeperError::Conflict`] while another keeper changes the registration.
    ///
    /// ```no_run
    /// # async fn example(keeper: ory_oidc_keeper::Keeper) -> Result<(), ory_oidc_keeper::KeeperError> {
    /// keeper.forget().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn forget(&self) -> Result<(), KeeperError> {
        let _gate = self.enter().await;
        match self.load().await? {
            Some((_, record)) if !self.may_take_over(&record) => Err(KeeperError::Conflict),
            Some((version, _)) => self.clear(version).await,
            None => Ok(()),
        }
    }
}
