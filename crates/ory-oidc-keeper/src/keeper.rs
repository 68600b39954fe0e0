//! Saves a registration and its changes in a store.

use crate::error::KeeperError;
use crate::gate::{Gate, Pass, Sharing};
use crate::lease::Lease;
use crate::record::{Record, State, has_same_credentials};
use crate::settings::Settings;
use crate::store::{RegistrationStore, StoreKey, Version};
use crate::task::complete;
use crate::trace;
use ory_oidc::Client;
use ory_oidc::registration::Registration;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// The pause before a record is saved again.
const SAVE_PAUSE: Duration = Duration::from_millis(200);

/// A store that fails later than this is not asked again: the lease may be about to end.
const SOON: Duration = Duration::from_secs(2);

/// Manages one registration and saves it in a store, for one process or several.
///
/// Without the registration access token, a client cannot be read, updated or deleted. Ory replaces
/// that token with every update. A keeper therefore records an update in the store before it sends
/// the update, and saves the new token before it returns. If the process crashes or the response is
/// lost between these two steps, [`recover`](Self::recover) finds out whether the stored token still
/// works.
///
/// | task | method |
/// |---|---|
/// | register at the first start, and check at every other | [`ensure_registered`](Self::ensure_registered) |
/// | get the registration without a request | [`stored`](Self::stored), [`last_known`](Self::last_known) |
/// | change the metadata | [`update`](Self::update) |
/// | find out what became of an interrupted update | [`recover`](Self::recover) |
/// | report that Ory rejected the client | [`report_rejected`](Self::report_rejected) |
/// | save a client that was registered without a keeper | [`adopt`](Self::adopt) |
/// | list clients that were left behind at the server | [`superseded`](Self::superseded) |
/// | delete the client | [`retire`](Self::retire) |
/// | forget the client without deleting it | [`discard_local`](Self::discard_local) |
///
/// Use the keeper for every change of its registration. Do not call
/// [`Client::update_registration`], [`Client::replace_registration`] or
/// [`Client::delete_registration`].
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
    /// Its calls end within the lease.
    pub(crate) client: Client,
    pub(crate) store: Box<dyn RegistrationStore>,
    pub(crate) key: StoreKey,
    /// Distinguishes this keeper's own unfinished changes from those of others.
    pub(crate) id: String,
    pub(crate) settings: Settings,
    pub(crate) lease: Lease,
    pub(crate) gate: Gate,
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

    /// Returns the lease: the one that the builder set, or a longer one if a request and two calls of
    /// the store could outlast that. See [`KeeperBuilder::lease`](crate::KeeperBuilder::lease).
    ///
    /// ```
    /// # fn example(ory: ory_oidc::Client) {
    /// use ory_oidc_keeper::{Keeper, MemoryStore};
    /// use std::time::Duration;
    ///
    /// let keeper = Keeper::new(ory, MemoryStore::new(), "my-app");
    /// assert_eq!(keeper.lease(), Duration::from_secs(60));
    /// # }
    /// ```
    #[must_use]
    pub fn lease(&self) -> Duration {
        self.inner.lease.length
    }

    /// Returns the stored registration, or [`None`] if none is stored. Sends nothing to the server,
    /// so the token may have become invalid since the last call.
    ///
    /// # Errors
    /// - [`KeeperError::Store`] if the store fails.
    /// - [`KeeperError::Conflict`] while this keeper or another one changes the registration.
    /// - [`KeeperError::RecoveryNeeded`] if the outcome of an update is unknown.
    /// - [`KeeperError::KeyLost`] if the server did not accept the token when it was last asked.
    /// - [`KeeperError::Interrupted`] if the tokio runtime was shut down.
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
        let mut pass = None;
        loop {
            let loaded = self.load_in_task("stored").await?;
            let Some((_, record)) = loaded.filter(|(_, record)| record.registration.is_some())
            else {
                return Ok(None);
            };
            match self.check_settled(&record) {
                Ok(()) => return Ok(record.registration),
                Err(KeeperError::RecoveryNeeded) if pass.is_none() => {
                    // Perhaps a clone of this keeper is about to complete the update.
                    pass = Some(self.inner.gate.try_enter().ok_or(KeeperError::Conflict)?);
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Returns the last known registration, even if its token may not work. You can
    /// use its client id and secret to log users in, even during an update and after
    /// [`KeeperError::KeyLost`].
    ///
    /// # Errors
    /// [`KeeperError::Store`] and [`KeeperError::Interrupted`].
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
        let loaded = self.load_in_task("last_known").await?;
        Ok(loaded.and_then(|(_, record)| record.registration))
    }

    /// Runs the work of a method that nobody else in this process may do at the same time. It is
    /// completed even if the caller goes away.
    pub(crate) async fn exclusively<T, F>(
        &self,
        method: &'static str,
        sharing: Sharing,
        work: impl FnOnce(Self) -> F,
    ) -> Result<T, KeeperError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, KeeperError>> + Send + 'static,
    {
        let done = async {
            let pass = self.inner.gate.enter(sharing).await?;
            let (_pass, done) = self.with_pass(method, pass, sharing, work).await?;
            Ok(done)
        };
        trace::action(method, self.key(), done).await
    }

    /// Runs work for which this task has the pass, and returns the pass.
    pub(crate) async fn with_pass<T, F>(
        &self,
        method: &'static str,
        pass: Pass,
        sharing: Sharing,
        work: impl FnOnce(Self) -> F,
    ) -> Result<(Pass, T), KeeperError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, KeeperError>> + Send + 'static,
    {
        let this = self.clone();
        // Boxed, as this future would otherwise take many kilobytes.
        let work = Box::pin(work(self.clone()));
        complete(method, async move {
            let result = work.await;
            if let Err(error) = &result {
                // Before the pass is dropped, and the next one enters.
                this.inner.gate.share(sharing, error);
            }
            result.map(|done| (pass, done))
        })
        .await
    }

    /// Checks that nobody is changing the registration of a record, and that its token may work.
    pub(crate) fn check_settled(&self, record: &Record) -> Result<(), KeeperError> {
        match (&record.state, &record.registration) {
            (State::Settled, Some(_)) => Ok(()),
            (State::KeyLost { .. }, Some(_)) => Err(KeeperError::KeyLost),
            _ if !self.may_take_over(record) => Err(KeeperError::Conflict),
            (_, Some(_)) => Err(KeeperError::RecoveryNeeded),
            (_, None) => Err(KeeperError::NotRegistered),
        }
    }

    /// Whether no other keeper can still be changing the registration: the change is this keeper's
    /// own, or its lease has expired.
    pub(crate) fn may_take_over(&self, record: &Record) -> bool {
        record.busy_by() == Some(&self.inner.id) || record.is_lapsed(self.inner.lease.length)
    }

    /// Loads the record for a caller who may have no runtime.
    pub(crate) async fn load_in_task(
        &self,
        method: &'static str,
    ) -> Result<Option<(Version, Record)>, KeeperError> {
        let this = self.clone();
        complete(method, async move { this.load().await }).await
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

    /// Saves a record, and tries again once if the store fails. The first attempt may have written the
    /// record nevertheless: then the store holds its content.
    async fn save_with_retry(
        &self,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Version, KeeperError> {
        let (store, key) = (&self.inner.store, &self.inner.key);
        let content = record.to_content()?;
        let began = Instant::now();
        let error = match store.save(key, expected, &content).await {
            Err(error) if error.is_retryable() && began.elapsed() < SOON => error,
            done => return Ok(done?),
        };
        trace::event("saving failed and is tried again", &format_args!("{error}"));
        tokio::time::sleep(SAVE_PAUSE).await;
        match store.load(key).await {
            Ok(Some(entry)) if entry.content == content => return Ok(entry.version),
            Ok(found) if found.as_ref().map(|entry| entry.version) == expected => {}
            _ => return Err(error.into()),
        }
        if let Ok(version) = store.save(key, expected, &content).await {
            return Ok(version);
        }
        // The first attempt may have written only now, which is no conflict with another process.
        match store.load(key).await {
            Ok(Some(entry)) if entry.content == content => Ok(entry.version),
            _ => Err(error.into()),
        }
    }

    /// Saves a record whose registration may have new credentials, which are stored nowhere else.
    /// If that fails, the error holds the registration.
    pub(crate) async fn save_or_return(
        &self,
        expected: impl Into<Option<Version>>,
        record: Record,
    ) -> Result<Version, KeeperError> {
        let saved = self.save_with_retry(expected.into(), &record).await;
        saved.map_err(|source| match record.registration {
            Some(registration) => KeeperError::NotSaved {
                registration: Box::new(registration),
                source: Box::new(source),
            },
            None => source,
        })
    }

    /// Saves the credentials that a read brought, if they are new (RFC 7592 §3).
    pub(crate) async fn save_new_credentials(
        &self,
        version: Version,
        record: &Record,
        registration: &Registration,
    ) -> Result<Version, KeeperError> {
        let known = record.registration.as_ref();
        let same = known.is_some_and(|known| has_same_credentials(known, registration));
        if same && matches!(record.state, State::Settled) {
            return Ok(version);
        }
        self.save_or_return(version, record.settled(registration.clone()))
            .await
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
