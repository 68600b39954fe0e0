//! Saves a registration and its changes in a store.

use crate::error::KeeperError;
use crate::record::{Record, State};
use crate::store::{RegistrationStore, StoreKey, Version};
use crate::task::Gate;
use ory_oidc::Client;
use ory_oidc::registration::{InitialAccessToken, Registration};
use std::fmt;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Mutex;

/// Manages one registration and saves it in a store, for one process or several.
///
/// Without the registration access token, a client cannot be read, updated or deleted. Ory replaces
/// that token with every update. A keeper therefore records an update in the store before it sends
/// the update, and saves the new token before it returns. If this fails in between,
/// [`recover`](Self::recover) finds out whether the stored token still works.
///
/// Use the keeper for every change of its registration. Do not call
/// [`Client::update_registration`].
///
/// A keeper is cheap to clone. Keepers with the same store, issuer and name share one registration,
/// also across processes and machines. A keeper needs a tokio runtime. A change that has begun is
/// completed even if the caller's future is dropped.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use ory_oidc::{Client, ClientMetadata};
/// use ory_oidc_keeper::{Keeper, MemoryStore};
///
/// # let server = ory_oidc_mock::OryMock::start().await;
/// # let url = server.url();
/// let keeper = Keeper::new(Client::new(url)?, MemoryStore::new(), "my-app");
/// let wanted = ClientMetadata::new(["https://app.example/callback"]).client_name("My app");
///
/// let ensured = keeper.ensure_registered(&wanted).await?; // registers a client
/// let again = keeper.ensure_registered(&wanted).await?; // reads it: nothing has changed
/// assert_eq!(again.registration().client_id(), ensured.registration().client_id());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Keeper {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub(crate) client: Client,
    pub(crate) store: Box<dyn RegistrationStore>,
    pub(crate) key: StoreKey,
    /// Distinguishes this keeper's own unfinished changes from those of others.
    pub(crate) id: String,
    pub(crate) lease: Duration,
    pub(crate) settling_time: Duration,
    pub(crate) initial_access_token: Option<InitialAccessToken>,
    /// Lets one task of this process change the registration at a time. The versions in the store
    /// do so for several processes.
    pub(crate) gate: Arc<Mutex<()>>,
}

impl Keeper {
    /// Returns the key that the registration is stored under: the name, and the issuer without a
    /// slash at its end.
    ///
    /// ```no_run
    /// # fn example(keeper: ory_oidc_keeper::Keeper) {
    /// println!("{:?}", keeper.key());
    /// # }
    /// ```
    #[must_use]
    pub fn key(&self) -> &StoreKey {
        &self.inner.key
    }

    /// Returns the stored registration, or [`None`] if none is stored. Sends nothing to the server,
    /// so the token may have become invalid since the last call.
    ///
    /// # Errors
    /// - [`KeeperError::Store`] if the store fails.
    /// - [`KeeperError::Conflict`] while another keeper changes the registration.
    /// - [`KeeperError::RecoveryNeeded`] if the outcome of an update is unknown, or while this
    ///   keeper or a clone of it updates the registration.
    /// - [`KeeperError::LockedOut`] if the token is known not to work.
    ///
    /// ```no_run
    /// # async fn example(keeper: ory_oidc_keeper::Keeper) -> Result<(), ory_oidc_keeper::KeeperError> {
    /// if let Some(registration) = keeper.stored().await? {
    ///     println!("client {}", registration.client_id());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn stored(&self) -> Result<Option<Registration>, KeeperError> {
        match self.load().await? {
            Some((_, record)) if record.registration.is_some() => self.settled(&record).map(Some),
            _ => Ok(None),
        }
    }

    /// Returns the last known registration, even if its token may not work. You can
    /// use its client id and secret to log users in, even during an update and after
    /// [`KeeperError::LockedOut`].
    ///
    /// # Errors
    /// [`KeeperError::Store`].
    ///
    /// ```no_run
    /// # async fn example(keeper: ory_oidc_keeper::Keeper) -> Result<(), ory_oidc_keeper::KeeperError> {
    /// if let Some(registration) = keeper.last_known().await? {
    ///     println!("client {}", registration.client_id());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn last_known(&self) -> Result<Option<Registration>, KeeperError> {
        Ok(self
            .load()
            .await?
            .and_then(|(_, record)| record.registration))
    }

    /// Saves an existing registration in the store, for example one that was registered without a
    /// keeper or that a [`KeeperError::NotSaved`] contains. First reads it at the server (RFC 7592
    /// §2.1), to check that its token works.
    ///
    /// # Errors
    /// - [`KeeperError::Conflict`] if the store contains another client, or while another keeper
    ///   changes the registration.
    /// - [`KeeperError::Call`] if the read fails. The store is unchanged.
    /// - [`KeeperError::Store`] if the entry cannot be loaded.
    /// - [`KeeperError::NotSaved`] if saving fails. The error contains the registration: pass it to
    ///   `adopt` again.
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
    pub async fn adopt(&self, mut registration: Registration) -> Result<(), KeeperError> {
        let _gate = self.enter().await;
        let found = self.load().await?;
        if let Some((_, record)) = &found {
            let known = record.registration.as_ref().map(Registration::client_id);
            let other = known.is_some_and(|id| id != registration.client_id());
            // A new client replaces the stored one, and could not be saved.
            let replaced = matches!(record.state, State::Registering { .. });
            if (other && !replaced) || !self.may_take_over(record) {
                return Err(KeeperError::Conflict);
            }
        }
        self.inner
            .client
            .read_registration(&mut registration)
            .await?;
        let (version, record) = match found {
            Some((version, record)) => (Some(version), record),
            None => (None, Record::empty()),
        };
        self.save_or_return(version, record.settled(registration))
            .await
    }

    /// Returns the registration of a record that nobody is changing.
    pub(crate) fn settled(&self, record: &Record) -> Result<Registration, KeeperError> {
        match (&record.state, &record.registration) {
            (State::Settled, Some(registration)) => Ok(registration.clone()),
            (State::LockedOut, _) => Err(KeeperError::LockedOut),
            _ if !self.may_take_over(record) => Err(KeeperError::Conflict),
            (_, Some(_)) => Err(KeeperError::RecoveryNeeded),
            (_, None) => Err(KeeperError::NotRegistered),
        }
    }

    /// Whether no other keeper can still be changing the registration: the change is this keeper's
    /// own, or its lease has expired.
    pub(crate) fn may_take_over(&self, record: &Record) -> bool {
        record.busy_by() == Some(&self.inner.id)
            || record
                .busy_for()
                .is_none_or(|busy| busy >= self.inner.lease)
    }

    pub(crate) async fn enter(&self) -> Gate {
        Arc::clone(&self.inner.gate).lock_owned().await
    }

    pub(crate) async fn load(&self) -> Result<Option<(Version, Record)>, KeeperError> {
        let Some(entry) = self.inner.store.load(&self.inner.key).await? else {
            return Ok(None);
        };
        let record = Record::from_content(&entry.content, &self.inner.key)?;
        Ok(Some((entry.version, record)))
    }

    pub(crate) async fn save(
        &self,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Version, KeeperError> {
        let content = record.to_content()?;
        let saved = self.inner.store.save(&self.inner.key, expected, &content);
        Ok(saved.await?)
    }

    /// Saves a record whose registration may have new credentials, which are stored nowhere else.
    /// If that fails, the error holds the registration.
    pub(crate) async fn save_or_return(
        &self,
        expected: impl Into<Option<Version>>,
        record: Record,
    ) -> Result<(), KeeperError> {
        let saved = self.save(expected.into(), &record).await;
        saved.map(drop).map_err(|source| match record.registration {
            Some(registration) => KeeperError::NotSaved {
                registration: Box::new(registration),
                source: Box::new(source),
            },
            None => source,
        })
    }

    pub(crate) async fn clear(&self, version: Version) -> Result<(), KeeperError> {
        Ok(self.inner.store.clear(&self.inner.key, version).await?)
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper")
            .field("key", &self.inner.key)
            .finish_non_exhaustive()
    }
}
