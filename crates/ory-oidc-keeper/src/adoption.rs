//! Saves registrations that were made elsewhere.

use crate::error::KeeperError;
use crate::evidence::Finding;
use crate::gate::Sharing;
use crate::keeper::Keeper;
use crate::record::{Record, State};
use ory_oidc::registration::Registration;

impl Keeper {
    /// Saves an existing registration in the store, for example one that was registered without a
    /// keeper or that a [`KeeperError::NotSaved`] contains. First reads it at the server (RFC 7592
    /// §2.1), to check that its token works.
    ///
    /// The token need not work if the store contains the same client. So you can adopt the stored
    /// registration with a new secret that an administrator gave you.
    ///
    /// # Errors
    /// - [`KeeperError::Conflict`] while another keeper changes the registration.
    /// - [`KeeperError::OtherClientStored`] if the store contains another client.
    /// - [`KeeperError::Call`] if the read fails. The store is unchanged.
    /// - [`KeeperError::Unverified`] if the server refuses the token, and the store does not
    ///   contain this client or the client may not exist. The store is unchanged.
    /// - [`KeeperError::Store`] if the entry cannot be loaded.
    /// - [`KeeperError::NotSaved`] if saving fails. The error contains the registration: pass it to
    ///   `adopt` again.
    /// - [`KeeperError::Interrupted`] if the tokio runtime was shut down.
    ///
    /// ```no_run
    /// # async fn example(keeper: ory_oidc_keeper::Keeper) -> Result<(), ory_oidc_keeper::KeeperError> {
    /// use ory_oidc_keeper::KeeperError;
    ///
    /// match keeper.update(|metadata| metadata.set_client_name("Renamed")).await {
    ///     // When the store works again:
    ///     Err(KeeperError::NotSaved { registration, .. }) => keeper.adopt(*registration).await?,
    ///     updated => drop(updated?),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn adopt(&self, registration: Registration) -> Result<(), KeeperError> {
        self.exclusively("adopt", Sharing::Outages, |keeper| async move {
            keeper.adopt_in_task(registration).await
        })
        .await
    }

    async fn adopt_in_task(self, mut registration: Registration) -> Result<(), KeeperError> {
        let found = self.load().await?;
        let record = found.as_ref().map(|(_, record)| record);
        let stored = record.and_then(|record| record.registration.as_ref());
        let is_stored = stored.is_some_and(|stored| stored.client_id() == registration.client_id());
        if let Some(record) = record {
            // A new client replaces the stored one, and could not be saved.
            let replaced = matches!(record.state, State::Registering { .. });
            let other = stored.is_some() && !is_stored;
            if !self.may_take_over(record) {
                return Err(KeeperError::Conflict);
            }
            if other && !replaced {
                return Err(KeeperError::OtherClientStored);
            }
        }
        let refusal = self.read(&mut registration).await?;
        let (version, record) = match found {
            Some((version, record)) => (Some(version), record),
            None => (None, Record::empty()),
        };
        let mut adopted = record.settled(registration.clone());
        if let Some(source) = refusal {
            let unverified = KeeperError::Unverified {
                source: source.clone(),
            };
            if !is_stored {
                return Err(unverified);
            }
            match Box::pin(self.examine(&mut registration, source)).await? {
                Finding::Works => {}
                Finding::KeyLost => adopted.state = record.key_lost().state,
                Finding::Missing => return Err(unverified),
            }
        }
        adopted.remove_superseded(registration.client_id());
        if let Some(old) = record.registration.filter(|_| !is_stored) {
            adopted.supersede(old);
        }
        self.save_or_return(version, adopted).await.map(drop)
    }
}
