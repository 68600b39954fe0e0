//! Deletes a registration.

use crate::error::KeeperError;
use crate::gate::Sharing;
use crate::judge::Verdict;
use crate::keeper::Keeper;
use crate::outcome::Retirement;
use crate::record::Record;
use crate::store::Version;
use ory_oidc::error::ErrorKind;

impl Keeper {
    /// Deletes the client at the server (RFC 7592 §2.3), and then the entry in the store. Also
    /// deletes the [superseded](Self::superseded) clients whose tokens work.
    ///
    /// If the server refuses the token, the entry is removed only if the client was deleted before.
    /// This is proven as for [`recover`](Self::recover). If the entry has no registration, it is removed
    /// when no superseded client is left.
    ///
    /// # Errors
    /// - [`KeeperError::Conflict`] while another keeper changes the registration.
    /// - [`KeeperError::RecoveryNeeded`] if the outcome of an earlier update is unknown.
    /// - [`KeeperError::Call`] and [`KeeperError::Unverified`] if the client could not be deleted.
    ///   The client and the stored entry are unchanged.
    /// - [`KeeperError::OutcomeUnknown`] if the client may have been deleted. The stored entry is
    ///   unchanged: call `retire` again.
    /// - [`KeeperError::NotCleared`] if the client was deleted, but its entry could not be removed.
    /// - [`KeeperError::Store`] if the store fails before the deletion. Superseded clients may
    ///   already have been deleted.
    /// - [`KeeperError::Interrupted`] if the tokio runtime was shut down.
    ///
    /// ```no_run
    /// # async fn example(keeper: ory_oidc_keeper::Keeper) -> Result<(), ory_oidc_keeper::KeeperError> {
    /// use ory_oidc_keeper::Retirement;
    ///
    /// match keeper.retire().await? {
    ///     Retirement::KeyLost => eprintln!("an administrator must delete the client"),
    ///     retirement => println!("{retirement:?}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn retire(&self) -> Result<Retirement, KeeperError> {
        self.exclusively("retire", Sharing::Outages, |keeper| async move {
            keeper.retire_stored().await
        })
        .await
    }

    async fn retire_stored(self) -> Result<Retirement, KeeperError> {
        let Some((version, record)) = self.load().await? else {
            return Ok(Retirement::NotRegistered);
        };
        match self.check_usable(&record) {
            Err(KeeperError::NotRegistered) => {
                self.clear_unregistered(version, &record).await?;
                return Ok(Retirement::NotRegistered);
            }
            checked => checked?,
        }
        let (version, record) = self.delete_all_superseded(version, record).await?;
        let refusal = match self.delete(record.known()?).await {
            Ok(()) => {
                // The server works now. It may have been in trouble when it refused these.
                for one in &record.superseded {
                    let _ = self.delete(&one.registration).await;
                }
                return self.clear_deleted(version, Retirement::Deleted).await;
            }
            Err(error) => match error.kind() {
                // There may be no token: it was lost with its response.
                ErrorKind::Unauthorized | ErrorKind::InvalidRequest => error,
                ErrorKind::OutcomeUnknown => {
                    return Err(KeeperError::OutcomeUnknown { source: error });
                }
                _ => return Err(error.into()),
            },
        };
        let judged = self.judge(version, record, None).await?;
        let (version, record) = (judged.version, judged.record);
        match judged.verdict {
            Verdict::Works(registration) => {
                self.save_new_credentials(version, &record, &registration)
                    .await?;
                // The server was in trouble, and no longer is.
                Err(KeeperError::Unverified { source: refusal })
            }
            Verdict::KeyLost { .. } => {
                self.save(Some(version), &record.key_lost()).await?;
                Ok(Retirement::KeyLost)
            }
            Verdict::Deleted { control } => {
                let state = record.key_lost().state;
                let (version, record) = self.dismiss(version, record, &control, state).await?;
                let (version, _) = self.delete_all_superseded(version, record).await?;
                self.clear_deleted(version, Retirement::AlreadyDeleted)
                    .await
            }
        }
    }

    /// Removes the entry of a client that was deleted.
    async fn clear_deleted(
        &self,
        version: Version,
        retirement: Retirement,
    ) -> Result<Retirement, KeeperError> {
        match self.clear(version).await {
            // Another keeper changed the entry meanwhile. It will find that the client is gone.
            Ok(()) | Err(KeeperError::Conflict) => Ok(retirement),
            Err(source) => Err(KeeperError::NotCleared {
                source: Box::new(source),
            }),
        }
    }

    /// Whether the entry has a registration that nobody is changing. Its token may be lost.
    fn check_usable(&self, record: &Record) -> Result<(), KeeperError> {
        match self.check_settled(record) {
            Err(KeeperError::KeyLost) => Ok(()),
            checked => checked,
        }
    }

    /// Removes the stored entry without deleting the client at the server. If the client still
    /// exists, only an administrator can delete it afterwards. The entry may hold the only copy of
    /// its secret.
    ///
    /// This also removes a record that this version of the keeper cannot read. It does not remove
    /// what the store itself cannot read, such as a damaged file or a text that no key decrypts:
    /// remove it in the store.
    ///
    /// # Errors
    /// - [`KeeperError::Store`] if the store fails or cannot read the entry.
    /// - [`KeeperError::Conflict`] while another keeper changes the registration.
    /// - [`KeeperError::Interrupted`] if the tokio runtime was shut down.
    ///
    /// ```no_run
    /// # async fn example(keeper: ory_oidc_keeper::Keeper) -> Result<(), ory_oidc_keeper::KeeperError> {
    /// keeper.discard_local().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn discard_local(&self) -> Result<(), KeeperError> {
        self.exclusively("discard_local", Sharing::Outages, |keeper| async move {
            let key = &keeper.inner.key;
            let Some(entry) = keeper.inner.store.load(key).await? else {
                return Ok(());
            };
            match Record::from_content(&entry.content, key) {
                Ok(record) if !keeper.may_take_over(&record) => Err(KeeperError::Conflict),
                _ => keeper.clear(entry.version).await,
            }
        })
        .await
    }
}
