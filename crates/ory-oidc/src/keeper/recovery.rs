//! What became of an update whose reply never came, and the end of a registration.

use super::record::{Record, State};
use super::update::may_have_changed;
use super::{Keeper, KeeperError, to_the_end};
use crate::store::Version;
use crate::{ClientMetadata, Condition, Registration};
use tokio::time::sleep;

/// What [`Keeper::recover`] found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Recovery {
    /// The token works, and the store holds it.
    Recovered {
        /// The registration as it is now.
        registration: Box<Registration>,
        /// Whether the server grants what the update asked for. Where the server replaces tokens
        /// it cannot have taken place, as the old one works.
        applied: bool,
    },
    /// There was nothing to recover: the token works.
    NotNeeded {
        /// The registration as it is now.
        registration: Box<Registration>,
    },
    /// The token is dead. Either the update took place and its new token is lost, or the client
    /// was deleted. The store says so; [`Keeper::ensure_registered`] registers anew.
    LockedOut,
    /// Nothing is registered.
    NotRegistered,
}

/// What [`Keeper::retire`] did.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Retirement {
    /// The client is deleted at the server, and the store is empty.
    Deleted,
    /// The server knew neither client nor token: it was deleted earlier. The store is empty now.
    /// Servers give the same answer to a token that somebody else replaced.
    AlreadyGone,
    /// The token is known to be dead: the client may live on at the server. The store still
    /// holds its id and secret; [`Keeper::forget`] drops them.
    TokenDead,
    /// There was nothing to delete.
    NotRegistered,
}

impl Keeper {
    /// Finds out what became of an update that got no reply, by a read with the token from
    /// before it, and writes the answer down. Waits until the update can no longer be on its way.
    ///
    /// # Errors
    /// [`KeeperError::Conflict`] while another process is still at it; [`KeeperError::Server`] when
    /// the server cannot be asked: the question stays open then.
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

    pub(super) async fn probe(
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
            sleep(self.settling).await;
        }
        match self.inner.client.read_registration(&mut registration).await {
            Ok(()) => {}
            Err(error) if error.condition() == Some(Condition::TokenInvalidOrClientGone) => {
                self.save(Some(version), &record.with_state(State::LockedOut))
                    .await?;
                return Ok(Recovery::LockedOut);
            }
            Err(error) => return Err(error.into()),
        }
        let applied = attempted.map(|attempted| {
            let asked = ClientMetadata::from_members(attempted.clone());
            asked.is_some_and(|asked| registration.differences(&asked).is_empty())
        });
        let saved = self
            .save(Some(version), &record.settled(registration.clone()))
            .await;
        saved.map_err(|error| KeeperError::not_saved(registration.clone(), error))?;
        let registration = Box::new(registration);
        Ok(match applied {
            Some(applied) => Recovery::Recovered {
                registration,
                applied,
            },
            None => Recovery::NotNeeded { registration },
        })
    }

    /// Deletes the client at the server, and then the entry in the store.
    ///
    /// # Errors
    /// [`KeeperError::Conflict`] and [`KeeperError::RecoveryNeeded`] while an update is open;
    /// [`KeeperError::Server`] for a failed call: the store keeps the registration then.
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
        let this = self.clone();
        to_the_end(gate, Box::pin(this.send_deletion(version, registration)))
            .await
            .1
    }

    async fn send_deletion(
        self,
        version: Version,
        registration: Registration,
    ) -> Result<Retirement, KeeperError> {
        let retirement = match self.inner.client.delete_registration(&registration).await {
            Ok(()) => Retirement::Deleted,
            Err(error) if error.condition() == Some(Condition::TokenInvalidOrClientGone) => {
                match self.lost_race_or(version, error).await {
                    KeeperError::Server(_) => Retirement::AlreadyGone,
                    error => return Err(error),
                }
            }
            Err(error) if may_have_changed(&error) => {
                return Err(KeeperError::OutcomeUnknown { source: error });
            }
            Err(error) => return Err(error.into()),
        };
        match self.clear(version).await {
            // Somebody wrote to it meanwhile; they will find that the client is gone.
            Ok(()) | Err(KeeperError::Conflict) => Ok(retirement),
            Err(error) => Err(error),
        }
    }

    /// Drops the entry in the store, whatever it holds, without asking the server. A client that
    /// lives on there can then no longer be managed by anybody.
    ///
    /// # Errors
    /// [`KeeperError::Store`]; [`KeeperError::Conflict`] when somebody else is changing it.
    pub async fn forget(&self) -> Result<(), KeeperError> {
        let _gate = self.enter().await;
        match self.load().await? {
            Some((_, record)) if !self.may_take_over(&record) => Err(KeeperError::Conflict),
            Some((version, _)) => self.clear(version).await,
            None => Ok(()),
        }
    }
}
