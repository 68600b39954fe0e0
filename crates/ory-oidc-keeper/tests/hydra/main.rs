//! The keeper on a real Ory Hydra, with SQLite and with PostgreSQL.

mod administrator;
mod killed;
mod trouble;

use ory_oidc::registration::Registration;
use ory_oidc::{Client, ClientMetadata};
use ory_oidc_keeper::store::RegistrationStore;
use ory_oidc_keeper::{Action, Keeper, KeeperBuilder, MemoryStore};
use ory_oidc_test_servers::{Hydra, Postgres};
use std::time::Duration;
use tokio::sync::{Mutex, OnceCell};

const NAME: &str = "my-app";

fn wanted() -> ClientMetadata {
    ClientMetadata::new(["https://app.example/callback"]).client_name("My app")
}

fn client(hydra: &Hydra) -> Client {
    let ory = Client::builder(hydra.public_url()).issuer(hydra.issuer());
    ory.build().expect("loopback is permitted")
}

/// A builder without long pauses: no request takes long on this machine.
fn builder(hydra: &Hydra, store: impl RegistrationStore + 'static) -> KeeperBuilder {
    Keeper::builder(client(hydra), store, NAME)
        .settling_time(Duration::ZERO)
        .confirmation_interval(Duration::from_millis(100))
}

/// A keeper that has registered its client.
async fn registered(builder: KeeperBuilder, wanted: &ClientMetadata) -> (Keeper, Registration) {
    let keeper = builder.build();
    let ensured = keeper.ensure_registered(wanted).await.expect("registered");
    assert_eq!(ensured.action(), Action::Registered);
    (keeper, ensured.into_registration())
}

/// The ids of the clients at the server.
async fn client_ids(hydra: &Hydra) -> Vec<String> {
    let clients = hydra.admin().clients().await;
    let ids = clients.iter().map(|client| client["client_id"].as_str());
    ids.map(|id| id.expect("a client has an id").to_owned())
        .collect()
}

/// A Hydra that the tests of this process share, one after the other.
struct Shared {
    hydra: OnceCell<Hydra>,
    in_use: Mutex<()>,
}

impl Shared {
    const fn new() -> Self {
        Self {
            hydra: OnceCell::const_new(),
            in_use: Mutex::const_new(()),
        }
    }

    /// Runs a test on a Hydra without clients.
    async fn run(&self, postgres: Option<&Postgres>, test: impl AsyncFnOnce(&Hydra)) {
        let _in_use = self.in_use.lock().await;
        let hydra = self.hydra.get_or_init(|| async move {
            match postgres {
                Some(postgres) => Hydra::builder().postgres(postgres).start().await,
                None => Hydra::builder().start().await,
            }
        });
        let hydra = hydra.await;
        for id in client_ids(hydra).await {
            hydra.admin().delete_client(&id).await;
        }
        test(hydra).await;
    }
}

static ON_SQLITE: Shared = Shared::new();
static ON_POSTGRES: Shared = Shared::new();

/// Runs tests on both databases.
macro_rules! on_both_databases {
    ($($test:ident),*) => {
        mod sqlite {
            $(
                #[tokio::test]
                #[ignore = "needs Ory Hydra: `make test` builds it and runs this"]
                async fn $test() {
                    crate::ON_SQLITE.run(None, super::$test).await;
                }
            )*
        }

        mod postgres {
            $(
                #[tokio::test]
                #[ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"]
                async fn $test() {
                    let postgres = ory_oidc_test_servers::Postgres::shared().await;
                    crate::ON_POSTGRES.run(Some(postgres), super::$test).await;
                }
            )*
        }
    };
}

pub(crate) use on_both_databases;
