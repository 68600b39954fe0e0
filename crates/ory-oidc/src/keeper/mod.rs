//! A registration that is not lost: kept in a store through every change.

mod ensure;
mod error;
mod record;
mod recovery;
mod update;

use crate::store::{RegistrationStore, StoreError, StoreKey, Version};
use crate::{Client, InitialAccessToken, Registration};
use record::{Record, State};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, OwnedMutexGuard};

pub use ensure::{Action, Ensured};
pub use error::KeeperError;
pub use recovery::{Recovery, Retirement};

/// Keeps one registration in a store, for one process or for a fleet of them.
///
/// The registration access token is the only key to a registration, and Ory replaces it with
/// every update. A keeper writes down that an update is about to be sent before it is sent, and
/// the new token before the update is reported as done. Whatever breaks in between, the store says
/// so, and [`recover`](Self::recover) finds out what became of it. Change a registration that is
/// kept by its keeper only, never by [`Client::update_registration`].
///
/// Cheap to clone. All that share a store, an issuer and a name share the registration, be they
/// tasks, processes or machines. It needs tokio: what was sent is seen through to the store even
/// when the caller's future is dropped.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use ory_oidc::{Client, ClientMetadata, MemoryStore};
///
/// # let server = ory_oidc_mock::OryMock::start().await;
/// # let url = server.url();
/// let keeper = Client::new(url)?.keeper(MemoryStore::new(), "my-app");
/// let wanted = ClientMetadata::new(["https://app.example/callback"]).client_name("My app");
///
/// let ensured = keeper.ensure_registered(&wanted).await?; // registers
/// let again = keeper.ensure_registered(&wanted).await?; // reads, and finds all as it was
/// assert_eq!(again.registration().client_id(), ensured.registration().client_id());
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Keeper {
    inner: Arc<Inner>,
    lease: Duration,
    settling: Duration,
    initial_access_token: Option<InitialAccessToken>,
}

struct Inner {
    client: Client,
    store: Box<dyn RegistrationStore>,
    key: StoreKey,
    /// Tells this keeper's own unfinished business from that of others.
    id: String,
    /// One task of this process at a time; the store keeps processes apart.
    gate: Arc<Mutex<()>>,
}

/// The right to change the registration, as far as this process goes.
type Gate = OwnedMutexGuard<()>;

impl Client {
    /// Keeps a registration at this server in a store, under a name of the caller's. The key
    /// is the issuer without a slash at its end, so that the ways to write it are one.
    #[must_use]
    pub fn keeper(
        &self,
        store: impl RegistrationStore + 'static,
        name: impl Into<String>,
    ) -> Keeper {
        let issuer = self.issuer();
        let inner = Inner {
            client: self.clone(),
            store: Box::new(store),
            key: StoreKey::new(issuer.strip_suffix('/').unwrap_or(issuer), name),
            id: unique_id(),
            gate: Arc::default(),
        };
        Keeper {
            inner: Arc::new(inner),
            lease: Duration::from_secs(60),
            settling: Duration::from_secs(5),
            initial_access_token: None,
        }
    }
}

impl Keeper {
    /// How long another process may take for a registration or an update before it counts as
    /// dead; 60 seconds at first. Keep it well over the client's time-out, or two may act at
    /// once.
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// How long an update that got no reply may still be on its way to the server: recovery
    /// waits that long before it asks; 5 seconds at first.
    #[must_use]
    pub fn settling(mut self, settling: Duration) -> Self {
        self.settling = settling;
        self
    }

    /// The token to register with, where the server demands one (RFC 7591 §3).
    #[must_use]
    pub fn initial_access_token(mut self, token: InitialAccessToken) -> Self {
        self.initial_access_token = Some(token);
        self
    }

    /// The key that the registration is stored under.
    #[must_use]
    pub fn key(&self) -> &StoreKey {
        &self.inner.key
    }

    /// The registration as it is stored, without asking the server; its token is good as far as
    /// anybody knows.
    ///
    /// # Errors
    /// [`KeeperError::Store`]; [`KeeperError::Conflict`] while somebody changes it;
    /// [`KeeperError::RecoveryNeeded`] and [`KeeperError::LockedOut`] where the token may be, or
    /// is, dead.
    pub async fn stored(&self) -> Result<Option<Registration>, KeeperError> {
        match self.load().await? {
            Some((_, record)) if record.registration.is_some() => self.settled(&record).map(Some),
            _ => Ok(None),
        }
    }

    /// The registration as it was last known, whatever became of its token: client id and secret
    /// still log users in while an update is open, and after a lock-out.
    ///
    /// # Errors
    /// [`KeeperError::Store`].
    pub async fn last_known(&self) -> Result<Option<Registration>, KeeperError> {
        Ok(self
            .load()
            .await?
            .and_then(|(_, record)| record.registration))
    }

    /// Takes a registration into the store that was made elsewhere, or that a
    /// [`KeeperError::NotSaved`] carried, once a read shows that its token works.
    ///
    /// # Errors
    /// [`KeeperError::Conflict`] when the store holds another client, or somebody is changing it;
    /// [`KeeperError::Server`] when the read fails.
    pub async fn adopt(&self, mut registration: Registration) -> Result<(), KeeperError> {
        let _gate = self.enter().await;
        let found = self.load().await?;
        if let Some((_, record)) = &found {
            let known = record.registration.as_ref().map(Registration::client_id);
            let other = known.is_some_and(|id| id != registration.client_id());
            if other || !self.may_take_over(record) {
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
        self.save(version, &record.settled(registration)).await?;
        Ok(())
    }

    /// The registration of a record that nobody is busy with.
    fn settled(&self, record: &Record) -> Result<Registration, KeeperError> {
        match (&record.state, &record.registration) {
            (State::Settled, Some(registration)) => Ok(registration.clone()),
            (State::LockedOut, _) => Err(KeeperError::LockedOut),
            _ if !self.may_take_over(record) => Err(KeeperError::Conflict),
            (_, Some(_)) => Err(KeeperError::RecoveryNeeded),
            (_, None) => Err(KeeperError::NotRegistered),
        }
    }

    /// Whether nobody else can still be at it: it is this keeper's own, or too long ago.
    fn may_take_over(&self, record: &Record) -> bool {
        record.busy_by() == Some(&self.inner.id)
            || record.busy_for().is_none_or(|busy| busy >= self.lease)
    }

    async fn enter(&self) -> Gate {
        Arc::clone(&self.inner.gate).lock_owned().await
    }

    async fn load(&self) -> Result<Option<(Version, Record)>, KeeperError> {
        let Some(entry) = self.inner.store.load(&self.inner.key).await? else {
            return Ok(None);
        };
        let record = Record::from_content(&entry.content, &self.inner.key)?;
        Ok(Some((entry.version, record)))
    }

    async fn save(
        &self,
        expected: Option<Version>,
        record: &Record,
    ) -> Result<Version, KeeperError> {
        let content = record.to_content()?;
        swapped(
            self.inner
                .store
                .save(&self.inner.key, expected, &content)
                .await,
        )
    }

    async fn clear(&self, version: Version) -> Result<(), KeeperError> {
        swapped(self.inner.store.clear(&self.inner.key, version).await)
    }
}

fn swapped<T>(result: Result<T, StoreError>) -> Result<T, KeeperError> {
    result.map_err(|error| match error {
        StoreError::Conflict => KeeperError::Conflict,
        error => error.into(),
    })
}

/// Does something to its end, even if the caller is dropped while it waits: a new token that is on
/// its way must reach the store. The gate stays shut that long.
async fn to_the_end<T: Send + 'static>(
    gate: Gate,
    work: Pin<Box<dyn Future<Output = T> + Send>>,
) -> (Gate, T) {
    let task = tokio::spawn(async move {
        let done = work.await;
        (gate, done)
    });
    match task.await.map_err(tokio::task::JoinError::try_into_panic) {
        Ok(done) => done,
        Err(Ok(panic)) => std::panic::resume_unwind(panic),
        // The runtime shuts down, and this future with it.
        Err(Err(_)) => std::future::pending().await,
    }
}

impl fmt::Debug for Keeper {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keeper")
            .field("key", &self.inner.key)
            .finish_non_exhaustive()
    }
}

/// Unique among the keepers of this machine; the store's versions settle the rest.
fn unique_id() -> String {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::{SystemTime, UNIX_EPOCH};

    static COUNT: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{}-{}-{count}", std::process::id(), since.as_nanos())
}
