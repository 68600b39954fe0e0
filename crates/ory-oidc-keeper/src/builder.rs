//! The builder of a keeper.

use crate::gate::Gate;
use crate::keeper::{Inner, Keeper};
use crate::lease::Lease;
use crate::settings::Settings;
use crate::store::{RegistrationStore, StoreKey};
use crate::unique::unique_id;
use ory_oidc::Client;
use ory_oidc::registration::InitialAccessToken;
use ory_oidc::retry::RetryPolicy;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// Configures a [`Keeper`]; see [`Keeper::builder`].
pub struct KeeperBuilder {
    client: Client,
    store: Box<dyn RegistrationStore>,
    name: String,
    settings: Settings,
}

impl Keeper {
    /// Creates a keeper with the default settings. The keeper sends its requests with `client`, and
    /// saves the registration in `store` under `name`. Use a different name for each registration.
    /// The retry policy of `client` does not apply: the keeper repeats its own calls where that is
    /// safe.
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
            settings: Settings::default(),
        }
    }
}

impl KeeperBuilder {
    /// Sets the lease (default: 60 seconds). If another process does not finish a registration or
    /// an update within the lease, this keeper assumes that the process has crashed, and takes
    /// over.
    ///
    /// Each request of the keeper times out after three quarters of this lease, even if the HTTP
    /// client has no time-out. If such a request and two calls of the store could outlast the lease,
    /// it is extended to their time, so that nobody takes over a change that is still being saved.
    /// With the default settings it is then 65 seconds for a `FileStore`, and 95 for a
    /// `PostgresStore` or a `SqliteStore`. [`Keeper::lease`] returns it.
    ///
    /// With a lease of zero, the keeper takes over at once, and its requests time out as with the
    /// default lease. Use zero only if no other process runs.
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
        self.settings.lease = lease;
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
        self.settings.settling_time = settling_time;
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
        self.settings.initial_access_token = Some(token.into());
        self
    }

    /// Sets how many times the keeper collects evidence before it decides that a client was deleted, or
    /// that its token is lost (default: 3). Zero counts as one.
    ///
    /// ```
    /// # fn example(ory: ory_oidc::Client) {
    /// use ory_oidc_keeper::{Keeper, MemoryStore};
    ///
    /// let keeper = Keeper::builder(ory, MemoryStore::new(), "my-app").confirmations(5).build();
    /// # }
    /// ```
    #[must_use]
    pub fn confirmations(mut self, confirmations: u32) -> Self {
        self.settings.confirmations = confirmations;
        self
    }

    /// Sets the pause between two [confirmations](Self::confirmations) (default: 1 second).
    ///
    /// ```
    /// # fn example(ory: ory_oidc::Client) {
    /// use ory_oidc_keeper::{Keeper, MemoryStore};
    /// use std::time::Duration;
    ///
    /// let keeper = Keeper::builder(ory, MemoryStore::new(), "my-app")
    ///     .confirmation_interval(Duration::from_secs(5))
    ///     .build();
    /// # }
    /// ```
    #[must_use]
    pub fn confirmation_interval(mut self, interval: Duration) -> Self {
        self.settings.confirmation_interval = interval;
        self
    }

    /// Sets whether [`Keeper::ensure_registered`] replaces a client that exists, but whose
    /// registration access token is lost (default: `false`). The old client is left behind at the
    /// server, with its users' consents and refresh tokens; [`Keeper::superseded`] lists it.
    ///
    /// ```
    /// # fn example(ory: ory_oidc::Client) {
    /// use ory_oidc_keeper::{Keeper, MemoryStore};
    ///
    /// let keeper = Keeper::builder(ory, MemoryStore::new(), "my-app")
    ///     .replace_when_key_lost(true)
    ///     .build();
    /// # }
    /// ```
    #[must_use]
    pub fn replace_when_key_lost(mut self, replace: bool) -> Self {
        self.settings.replace_when_key_lost = replace;
        self
    }

    /// Sets whether a stored client is never replaced, even if it was deleted at the server
    /// (default: `false`). Takes precedence over
    /// [`replace_when_key_lost`](Self::replace_when_key_lost). [`Keeper::ensure_registered`] then
    /// returns [`KeeperError::ClientDeleted`](crate::KeeperError::ClientDeleted) for a deleted
    /// client, until [`Keeper::discard_local`] removes its entry.
    ///
    /// ```
    /// # fn example(ory: ory_oidc::Client) {
    /// use ory_oidc_keeper::{Keeper, MemoryStore};
    ///
    /// let keeper = Keeper::builder(ory, MemoryStore::new(), "my-app").never_replace(true).build();
    /// # }
    /// ```
    #[must_use]
    pub fn never_replace(mut self, never: bool) -> Self {
        self.settings.never_replace = never;
        self
    }

    /// Sets whether updates may reset the members that an administrator has set, such as
    /// `skip_consent` (default: `false`). See
    /// [`Registration::administrator_members`](ory_oidc::Registration::administrator_members).
    ///
    /// ```
    /// # fn example(ory: ory_oidc::Client) {
    /// use ory_oidc_keeper::{Keeper, MemoryStore};
    ///
    /// let keeper = Keeper::builder(ory, MemoryStore::new(), "my-app").allow_reset(true).build();
    /// # }
    /// ```
    #[must_use]
    pub fn allow_reset(mut self, allow: bool) -> Self {
        self.settings.allow_reset = allow;
        self
    }

    /// Sets how long before its expiry a client secret is renewed (default: 1 day), by an update
    /// (RFC 7592 §2.2), when [`Keeper::ensure_registered`] is called. A secret is not renewed in the
    /// first half of its life.
    ///
    /// Secrets of Ory Hydra never expire.
    ///
    /// ```
    /// # fn example(ory: ory_oidc::Client) {
    /// use ory_oidc_keeper::{Keeper, MemoryStore};
    /// use std::time::Duration;
    ///
    /// let keeper = Keeper::builder(ory, MemoryStore::new(), "my-app")
    ///     .secret_renewal_margin(Duration::from_secs(7 * 24 * 60 * 60))
    ///     .build();
    /// # }
    /// ```
    #[must_use]
    pub fn secret_renewal_margin(mut self, margin: Duration) -> Self {
        self.settings.secret_renewal_margin = margin;
        self
    }

    /// Sets a function that returns whether the client with a `client_id` exists: `Some(true)`,
    /// `Some(false)`, or [`None`] if it does not know. By default, the keeper calls the authorization
    /// endpoint, which works with Ory.
    ///
    /// Set it for a server whose authorization endpoint responds with HTML pages. Otherwise the
    /// keeper cannot prove there that a client was deleted, and does not replace it. The function is
    /// also asked about clients that do not exist, and about clients that were just registered.
    ///
    /// ```
    /// # fn example(ory: ory_oidc::Client) {
    /// use ory_oidc_keeper::{Keeper, MemoryStore};
    ///
    /// async fn ask_admin_api(client_id: String) -> Option<bool> {
    ///     // …
    /// #   None
    /// }
    ///
    /// let keeper = Keeper::builder(ory, MemoryStore::new(), "my-app")
    ///     .client_exists(ask_admin_api)
    ///     .build();
    /// # }
    /// ```
    #[must_use]
    pub fn client_exists<F>(mut self, exists: impl Fn(String) -> F + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Option<bool>> + Send + 'static,
    {
        self.settings.client_exists = Some(Box::new(move |id| Box::pin(exists(id))));
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
        let lease = Lease::new(self.settings.lease, self.store.timeout());
        Keeper {
            inner: Arc::new(Inner {
                client: self
                    .client
                    .with_retry(RetryPolicy::off())
                    .with_time_limit(lease.request),
                store: self.store,
                key,
                id: unique_id(),
                settings: self.settings,
                lease,
                gate: Gate::default(),
            }),
        }
    }
}

impl fmt::Debug for KeeperBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeeperBuilder")
            .field("name", &self.name)
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}
