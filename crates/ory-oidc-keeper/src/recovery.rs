//! Recovers from an update without a response.

use crate::error::KeeperError;
use crate::gate::Sharing;
use crate::judge::Verdict;
use crate::keeper::Keeper;
use crate::outcome::Recovery;
use crate::record::State;
use ory_oidc::registration::ClientMetadata;

impl Keeper {
    /// Finds out whether the stored token still works after an update without a response, and saves
    /// the result in the store. Waits for the [settling time](crate::KeeperBuilder::settling_time),
    /// then reads the registration with the token from before the update (RFC 7592 §2.1).
    ///
    /// If the server refuses that token, this method finds out whether the client still exists. It
    /// calls the server's other endpoints, several times. To prove that the client was deleted, it
    /// also registers a second, temporary client: if the server knows only that one, the first one
    /// was deleted.
    ///
    /// No result is final: each call asks the server again.
    ///
    /// # Errors
    /// - [`KeeperError::Conflict`] while another keeper changes the registration.
    /// - [`KeeperError::Call`] and [`KeeperError::Unverified`] if it is still unknown whether the
    ///   token works. The stored registration is unchanged: call this again.
    /// - [`KeeperError::Call`] and [`KeeperError::OutcomeUnknown`] if no registration is stored, and a
    ///   [superseded](Self::superseded) client could not be deleted.
    /// - [`KeeperError::NotSaved`] if the token works but saving fails. The error contains the
    ///   registration.
    /// - [`KeeperError::Store`] if the store fails.
    /// - [`KeeperError::Interrupted`] if the tokio runtime was shut down.
    ///
    /// ```no_run
    /// # async fn example(keeper: ory_oidc_keeper::Keeper) -> Result<(), ory_oidc_keeper::KeeperError> {
    /// use ory_oidc_keeper::Recovery;
    ///
    /// match keeper.recover().await? {
    ///     Recovery::KeyLost { .. } => eprintln!("the client can no longer be managed"),
    ///     Recovery::Recovered { applied, .. } => println!("applied: {applied}"),
    ///     _ => {}
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn recover(&self) -> Result<Recovery, KeeperError> {
        self.exclusively("recover", Sharing::Outages, |keeper| async move {
            keeper.recover_stored().await
        })
        .await
    }

    async fn recover_stored(self) -> Result<Recovery, KeeperError> {
        let Some((version, record)) = self.load().await? else {
            return Ok(Recovery::NotRegistered);
        };
        if !self.may_take_over(&record) {
            return Err(KeeperError::Conflict);
        }
        if record.registration.is_none() {
            self.clear_unregistered(version, &record).await?;
            return Ok(Recovery::NotRegistered);
        }
        let judged = self.judge(version, record, None).await?;
        let (version, record) = (judged.version, judged.record);
        match judged.verdict {
            Verdict::Works(registration) => {
                let attempted = match &record.state {
                    State::Updating { attempted, .. } => Some(attempted.clone()),
                    _ => None,
                };
                let settled = record.settled((*registration).clone());
                let version = self.save_or_return(version, settled.clone()).await?;
                self.delete_superseded(version, settled).await;
                Ok(match attempted {
                    Some(attempted) => {
                        let attempted = ClientMetadata::from_members(attempted);
                        let differs = |attempted| !registration.differences(&attempted).is_empty();
                        Recovery::Recovered {
                            applied: attempted.is_ok_and(|attempted| !differs(attempted)),
                            registration,
                        }
                    }
                    None => Recovery::NotNeeded { registration },
                })
            }
            Verdict::KeyLost { .. } => {
                self.save(Some(version), &record.key_lost()).await?;
                let registration = Box::new(record.known()?.clone());
                Ok(Recovery::KeyLost { registration })
            }
            Verdict::Deleted { control } => {
                let state = record.key_lost().state;
                self.dismiss(version, record, &control, state).await?;
                Ok(Recovery::ClientDeleted)
            }
        }
    }
}
