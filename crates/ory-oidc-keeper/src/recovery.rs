//! Recovers from an update without a response.

use crate::error::KeeperError;
use crate::keeper::Keeper;
use crate::outcome::Recovery;
use crate::record::{Record, State};
use crate::store::Version;
use ory_oidc::error::ErrorKind;
use ory_oidc::registration::ClientMetadata;
use tokio::time::sleep;

impl Keeper {
    /// Finds out whether the stored token still works after an update without a response, and saves
    /// the result in the store. Waits for the [settling time](crate::KeeperBuilder::settling_time),
    /// then reads the registration with the token from before the update (RFC 7592 §2.1).
    ///
    /// If the server refuses that token (401), this method requests the provider's metadata, to
    /// check that the server works, and tries the token again. If the server works both times and
    /// refuses the token both times, the result is [`Recovery::LockedOut`].
    ///
    /// # Errors
    /// - [`KeeperError::Conflict`] while another keeper changes the registration.
    /// - [`KeeperError::Call`] if the read or the request for the provider's metadata fails. The
    ///   outcome is still unknown: call this again.
    /// - [`KeeperError::NotSaved`] if the token works but saving fails. The error contains the
    ///   registration.
    /// - [`KeeperError::Store`] if the store fails.
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
        match self.read_confirmed(&mut registration).await {
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
