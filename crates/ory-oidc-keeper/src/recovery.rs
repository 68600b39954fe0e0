//! What happened to an update that got no reply.

use crate::error::KeeperError;
use crate::keeper::Keeper;
use crate::outcome::Recovery;
use crate::record::{Record, State};
use crate::store::Version;
use ory_oidc::error::ErrorKind;
use ory_oidc::registration::ClientMetadata;
use tokio::time::sleep;

impl Keeper {
    /// Finds out what happened to an update that got no reply, and stores the answer: waits until
    /// the update can no longer be on its way, then reads the registration with the token from
    /// before the update (RFC 7592 §2.1).
    ///
    /// # Errors
    /// - [`KeeperError::Conflict`] while another keeper changes the registration.
    /// - [`KeeperError::Call`] when the server cannot answer: the outcome stays unknown.
    /// - [`KeeperError::NotSaved`], which holds the registration, when the token works and the store
    ///   failed.
    /// - [`KeeperError::Store`].
    ///
    /// ```no_run
    /// # async fn example(keeper: ory_oidc_keeper::Keeper) -> Result<(), ory_oidc_keeper::KeeperError> {
    /// use ory_oidc_keeper::Recovery;
    ///
    /// match keeper.recover().await? {
    ///     Recovery::LockedOut => eprintln!("the client can no longer be managed"),
    ///     Recovery::Recovered { applied, .. } => println!("applied: {applied}"),
    ///     _ => {}
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn recover(&self) -> Result<Recovery, KeeperError> {
        let _gate = self.enter().await;
        let Some((version, record)) = self.load().await? else {
            return Ok(Recovery::NotRegistered);
        };
        match (&record.state, &record.registration) {
            (State::LockedOut, _) => Ok(Recovery::LockedOut),
            _ if !self.may_take_over(&record) => Err(KeeperError::Conflict),
            (_, Some(_)) => self.probe(version, &record).await,
            (_, None) => {
                self.clear(version).await?;
                Ok(Recovery::NotRegistered)
            }
        }
    }

    /// Reads the registration, and stores whether its token works.
    pub(crate) async fn probe(
        &self,
        version: Version,
        record: &Record,
    ) -> Result<Recovery, KeeperError> {
        let Some(mut registration) = record.registration.clone() else {
            return Ok(Recovery::NotRegistered);
        };
        let attempted = match &record.state {
            State::Updating { attempted, .. } => Some(attempted),
            _ => None,
        };
        if attempted.is_some() {
            sleep(self.inner.settling_time).await;
        }
        match self.inner.client.read_registration(&mut registration).await {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::Unauthorized => {
                self.save(Some(version), &record.with_state(State::LockedOut))
                    .await?;
                return Ok(Recovery::LockedOut);
            }
            Err(error) => return Err(error.into()),
        }
        let applied = attempted.map(|attempted| {
            let asked = ClientMetadata::from_members(attempted.clone());
            asked.is_ok_and(|asked| registration.differences(&asked).is_empty())
        });
        self.save_or_return(version, record.settled(registration.clone()))
            .await?;
        let registration = Box::new(registration);
        Ok(match applied {
            Some(applied) => Recovery::Recovered {
                registration,
                applied,
            },
            None => Recovery::NotNeeded { registration },
        })
    }
}
