//! The builder of a keeper.

use crate::keeper::{Inner, Keeper};
use crate::store::{RegistrationStore, StoreKey};
use ory_oidc::Client;
use ory_oidc::registration::InitialAccessToken;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DEFAULT_LEASE: Duration = Duration::from_secs(60);
const DEFAULT_SETTLING_TIME: Duration = Duration::from_secs(5);

/// Configures a [`Keeper`]; see [`Keeper::builder`].
pub struct KeeperBuilder {
    client: Client,
    store: Box<dyn RegistrationStore>,
    name: String,
    lease: Duration,
    settling_time: Duration,
    initial_access_token: Option<InitialAccessToken>,
}

impl Keeper {
    /// Creates a keeper with the default settings. `client` sends its requests. It saves the
    /// registration in `store` under `name`. Use a different name for each registration.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use ory_oidc::Client;
    /// use ory_oidc_keeper::{Keeper, MemoryStore};
    ///
    /// let ory = Client::new("https://slug.projects.oryapis.com")?;
    /// let keeper = Keeper::new(ory, MemoryStore::new(), "my-app");
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn new(
        client: Client,
        store: impl RegistrationStore + 'static,
        name: impl Into<String>,
    ) -> Self {
        Self::builder(client, store, name).build()
    }

    /// Returns a builder with the default settings. The arguments are those of [`new`](Self::new).
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use ory_oidc::Client;
    /// use ory_oidc_keeper::{Keeper, MemoryStore};
    /// use std::time::Duration;
    ///
    /// let ory = Client::new("https://slug.projects.oryapis.com")?;
    /// let keeper = Keeper::builder(ory, MemoryStore::new(), "my-app")
    ///     .lease(Duration::from_secs(120))
    ///     .build();
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn builder(
        client: Client,
        store: impl RegistrationStore + 'static,
        name: impl Into<String>,
    ) -> KeeperBuilder {
        KeeperBuilder {
            client,
            store: Box::new(store),
            name: name.into(),
            lease: DEFAULT_LEASE,
            settling_time: DEFAULT_SETTLING_TIME,
            initial_access_token: None,
        }
    }
}

impl KeeperBuilder {
    /// Sets the lease (default: 60 seconds). If another process does not finish a registration or
    /// an update within the lease, this keeper assumes that the process has crashed, and takes
    /// over.
    ///
    /// The lease must be much longer than the client's time-out (default: 30 seconds). Otherwise
    /// two processes may change the registration at the same time.
    ///
    /// ```
    /// # fn example(ory: ory_oidc::Client) {
    /// use ory_oidc_keeper::{Keeper, MemoryStore};
    /// use std::time::Duration;
    ///
    /// let keeper = Keeper::builder(ory, MemoryStore::new(), "my-app")
    ///     .lease(Duration::from_secs(120))
    ///     .build();
    /// # }
    /// ```
    #[must_use]
    pub fn lease(mut self, lease: Duration) -> Self {
        self.lease = lease;
        self
    }

    /// Sets how long [`Keeper::recover`] waits before it reads the registration (default: 5
    /// seconds), so that an update that is still in transit reaches the server first.
    ///
    /// ```
    /// # fn example(ory: ory_oidc::Client) {
    /// use ory_oidc_keeper::{Keeper, MemoryStore};
    /// use std::time::Duration;
    ///
    /// let keeper = Keeper::builder(ory, MemoryStore::new(), "my-app")
    ///     .settling_time(Duration::from_secs(10))
    ///     .build();
    /// # }
    /// ```
    #[must_use]
    pub fn settling_time(mut self, settling_time: Duration) -> Self {
        self.settling_time = settling_time;
        self
    }

    /// Sets the initial access token, for a server that requires one to register (RFC 7591 §3).
    ///
    /// ```
    /// # fn example(ory: ory_oidc::Client) {
    /// use ory_oidc_keeper::{Keeper, MemoryStore};
    ///
    /// let keeper = Keeper::builder(ory, MemoryStore::new(), "my-app")
    ///     .initial_access_token("example")
    ///     .build();
    /// # }
    /// ```
    #[must_use]
    pub fn initial_access_token(mut self, token: impl Into<InitialAccessToken>) -> Self {
        self.initial_access_token = Some(token.into());
        self
    }

    /// Builds the keeper.
    ///
    /// ```
    /// # fn example(ory: ory_oidc::Client) {
    /// use ory_oidc_keeper::{Keeper, MemoryStore};
    ///
    /// let keeper = Keeper::builder(ory, MemoryStore::new(), "my-app").build();
    /// # }
    /// ```
    #[must_use]
    pub fn build(self) -> Keeper {
        // The ways to write one issuer must be one key.
        let issuer = self.client.issuer();
        let issuer = issuer.strip_suffix('/').unwrap_or(issuer);
        let key = StoreKey::new(issuer, self.name);
        Keeper {
            inner: Arc::new(Inner {
                client: self.client,
                store: self.store,
                key,
                id: unique_id(),
                lease: self.lease,
                settling_time: self.settling_time,
                initial_access_token: self.initial_access_token,
                gate: Arc::default(),
            }),
        }
    }
}

impl fmt::Debug for KeeperBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeeperBuilder")
            .field("name", &self.name)
            .field("lease", &self.lease)
            .field("settling_time", &self.settling_time)
            .finish_non_exhaustive()
    }
}

/// Returns an id that is unique among the keepers of this machine. The store's versions protect
/// against equal ids of two machines.
fn unique_id() -> String {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let count = COUNT.fetch_add(1, Ordering::Relaxed);
    format!("{}-{}-{count}", std::process::id(), since.as_nanos())
}
