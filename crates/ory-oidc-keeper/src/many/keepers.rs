//! Keepers that share a client and a store.

use crate::builder::KeeperBuilder;
use crate::keeper::{Inner as KeeperInner, Keeper};
use crate::store::RegistrationStore;
use ory_oidc::Client;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError, Weak};

/// The keepers of many registrations, for example of an app with a client for each tenant. They share
/// a client and a store, and so their connections.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use ory_oidc::{Client, ClientMetadata};
/// use ory_oidc_keeper::{Keepers, MemoryStore};
///
/// # let server = ory_oidc_mock::OryMock::start().await;
/// # let url = server.url();
/// let keepers = Keepers::new(Client::new(url)?, MemoryStore::new());
///
/// // When the app starts: one client for each tenant.
/// let tenants = ["red", "blue"].map(|tenant| {
///     let callback = format!("https://{tenant}.app.example/callback");
///     (tenant, ClientMetadata::new([callback]))
/// });
/// let mut all = keepers.ensure_all(tenants);
/// while let Some(ensured) = all.next().await {
///     println!("{}: {}", ensured.name, ensured.result?.registration().client_id());
/// }
///
/// // Later: the keeper of one tenant.
/// let registration = keepers.keeper("red").stored().await?.expect("it was registered");
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Keepers {
    inner: Arc<Inner>,
}

struct Inner {
    client: Client,
    store: Arc<dyn RegistrationStore>,
    configure: Box<dyn Fn(KeeperBuilder) -> KeeperBuilder + Send + Sync>,
    in_use: Mutex<InUse>,
}

/// The keepers that somebody holds.
#[derive(Default)]
struct InUse {
    keepers: HashMap<String, Weak<KeeperInner>>,
    /// The length at which those that nobody holds any more are removed.
    clean_up_at: usize,
}

impl Keepers {
    /// Creates keepers with the default settings.
    ///
    /// ```
    /// # fn example(ory: ory_oidc::Client) {
    /// use ory_oidc_keeper::{Keepers, MemoryStore};
    ///
    /// let keepers = Keepers::new(ory, MemoryStore::new());
    /// # }
    /// ```
    #[must_use]
    pub fn new(client: Client, store: impl RegistrationStore + 'static) -> Self {
        Self::with_options(client, store, |builder| builder)
    }

    /// Creates keepers with other settings: the function configures the builder of each.
    ///
    /// ```
    /// # fn example(ory: ory_oidc::Client) {
    /// use ory_oidc_keeper::{Keepers, MemoryStore};
    /// use std::time::Duration;
    ///
    /// let keepers = Keepers::with_options(ory, MemoryStore::new(), |builder| {
    ///     builder.lease(Duration::from_secs(120))
    /// });
    /// # }
    /// ```
    #[must_use]
    pub fn with_options(
        client: Client,
        store: impl RegistrationStore + 'static,
        configure: impl Fn(KeeperBuilder) -> KeeperBuilder + Send + Sync + 'static,
    ) -> Self {
        let inner = Inner {
            client,
            store: Arc::new(store),
            configure: Box::new(configure),
            in_use: Mutex::default(),
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Returns the keeper of a name. This is cheap: it reads nothing and opens no connection.
    ///
    /// Keepers of the same name that are in use at the same time are clones of each other, so their
    /// changes wait for one another.
    ///
    /// ```
    /// # fn example(keepers: ory_oidc_keeper::Keepers) {
    /// let keeper = keepers.keeper("tenant-4711");
    /// assert_eq!(keeper.key().name(), "tenant-4711");
    /// # }
    /// ```
    #[must_use]
    pub fn keeper(&self, name: impl Into<String>) -> Keeper {
        let name = name.into();
        let in_use = &self.inner.in_use;
        let mut in_use = in_use.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(inner) = in_use.keepers.get(&name).and_then(Weak::upgrade) {
            return Keeper { inner };
        }
        if in_use.keepers.len() >= in_use.clean_up_at {
            in_use.keepers.retain(|_, keeper| keeper.strong_count() > 0);
            in_use.clean_up_at = (2 * in_use.keepers.len()).max(64);
        }
        let keeper = self.create(&name);
        in_use.keepers.insert(name, Arc::downgrade(&keeper.inner));
        keeper
    }

    fn create(&self, name: &str) -> Keeper {
        let (client, store) = (self.inner.client.clone(), self.store());
        (self.inner.configure)(Keeper::builder(client, store, name)).build()
    }

    pub(super) fn store(&self) -> Arc<dyn RegistrationStore> {
        Arc::clone(&self.inner.store)
    }

    /// Returns the issuer of the keys, and an id that is unique among all processes.
    pub(super) fn identity(&self) -> (String, String) {
        let any = self.create("");
        (any.key().issuer().to_owned(), any.inner.id.clone())
    }
}

impl fmt::Debug for Keepers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Keepers").finish_non_exhaustive()
    }
}
