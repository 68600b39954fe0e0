//! Trouble with Hydra's database: what its answers tell, and what they do not.

use crate::support::{Seen, all_well, registered, seen, wanted};
use ory_oidc::error::ErrorKind;
use ory_oidc::registration::ClientSecret;
use ory_oidc::{AccessToken, Client, ClientMetadata, Error, Registration, Subject};
use ory_oidc_test_servers::hydra::User;
use ory_oidc_test_servers::{Hydra, Postgres};
use std::fmt::Debug;
use std::pin::pin;
use std::time::Duration;
use tokio::time::timeout;

const CLIENTS: &str = "hydra_client";
const ACCESS_TOKENS: &str = "hydra_oauth2_access";

/// A client with an access token of its user.
struct World<'a> {
    hydra: &'a Hydra,
    ory: Client,
    client: Registration,
    token: AccessToken,
}

/// How each call failed, or [`None`] if it did not.
#[derive(Debug, PartialEq, Eq)]
struct Failures {
    userinfo: Option<ErrorKind>,
    register: Option<ErrorKind>,
    read: Option<ErrorKind>,
    update: Option<ErrorKind>,
    delete: Option<ErrorKind>,
    discover: Option<ErrorKind>,
}

impl<'a> World<'a> {
    async fn new(hydra: &'a Hydra) -> Self {
        let client = registered(hydra, "client_secret_basic").await;
        let secret = client.client_secret().map(ClientSecret::expose);
        let login = hydra.log_in(client.client_id(), secret);
        let tokens = login.user(User::new("zoe")).tokens().await;
        let world = Self {
            hydra,
            ory: crate::support::client(hydra),
            client,
            token: AccessToken::new(tokens.access_token),
        };
        world.is_unharmed().await;
        world
    }

    /// Checks that the client and its tokens work.
    async fn is_unharmed(&self) {
        self.userinfo().await.expect("the access token works");
        assert_eq!(seen(self.hydra, &self.client).await, all_well());
    }

    async fn userinfo(&self) -> Result<(), Error> {
        let user = self.ory.userinfo(&self.token, Subject::Expect("zoe"));
        user.await.map(drop)
    }

    /// Makes each call, one at a time: SQLite lets one query wait, and the others queue behind it.
    async fn failures(&self) -> Failures {
        let wanted = wanted("none");
        let rename = |m: &mut ClientMetadata| m.set_client_name("Other");
        let mut client = self.client.clone();
        Failures {
            userinfo: failure(self.userinfo().await),
            register: failure(self.ory.register(&wanted).await),
            read: failure(self.ory.read_registration(&mut client).await),
            update: failure(self.ory.update_registration(&mut client, rename).await),
            delete: failure(self.ory.delete_registration(&client).await),
            discover: failure(self.ory.discover().refresh().await),
        }
    }
}

/// Returns the kind of an error. An error of a call that changes nothing must be retryable, unless it
/// is a refusal.
fn failure<T: Debug>(outcome: Result<T, Error>) -> Option<ErrorKind> {
    let error = outcome.err()?;
    let final_one = [ErrorKind::Unauthorized, ErrorKind::OutcomeUnknown];
    let retryable = !final_one.contains(&error.kind());
    assert_eq!(error.is_retryable(), retryable, "{error:?}");
    Some(error.kind())
}

/// What a client sees that has been deleted.
fn as_if_deleted() -> Seen {
    Seen {
        read: Some(401),
        revocation: Some(401),
        authorization: Some("invalid_client".to_owned()),
        ..all_well()
    }
}

/// Hides the table of clients, then that of access tokens.
async fn without_a_table(hydra: &Hydra) {
    let world = World::new(hydra).await;
    let database = hydra.database();

    database.hide_table(CLIENTS).await;
    let failures = world.failures().await;
    let seen_by_client = seen(hydra, &world.client).await;
    database.restore_table(CLIENTS).await;
    let refused = Some(ErrorKind::Unauthorized);
    let expected = Failures {
        userinfo: Some(ErrorKind::Unavailable),
        register: Some(ErrorKind::OutcomeUnknown),
        read: refused,
        update: refused,
        delete: refused,
        discover: None,
    };
    assert_eq!(failures, expected);
    assert_eq!(seen_by_client, as_if_deleted());
    world.is_unharmed().await;

    database.hide_table(ACCESS_TOKENS).await;
    let userinfo = failure(world.userinfo().await);
    let seen_by_client = seen(hydra, &world.client).await;
    database.restore_table(ACCESS_TOKENS).await;
    assert_eq!(userinfo, Some(ErrorKind::Unavailable));
    assert_eq!(seen_by_client, all_well());
    world.is_unharmed().await;
}

#[tokio::test]
#[ignore = "needs Ory Hydra: `make test` builds it and runs this"]
async fn without_its_table_in_sqlite_a_client_seems_deleted_but_userinfo_tells_the_failure() {
    without_a_table(&Hydra::builder().start().await).await;
}

#[tokio::test]
#[ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"]
async fn without_its_table_in_postgres_a_client_seems_deleted_but_userinfo_tells_the_failure() {
    let postgres = Postgres::shared().await;
    without_a_table(&Hydra::builder().postgres(postgres).start().await).await;
}

/// What the calls return while Hydra refuses every token and cannot discover either.
fn all_refused_but_discovery() -> Failures {
    let refused = Some(ErrorKind::Unauthorized);
    Failures {
        userinfo: refused,
        register: Some(ErrorKind::OutcomeUnknown),
        read: refused,
        update: refused,
        delete: refused,
        discover: Some(ErrorKind::Unavailable),
    }
}

#[tokio::test]
#[ignore = "needs Ory Hydra: `make test` builds it and runs this"]
async fn a_locked_sqlite_refuses_every_token_but_fails_discovery() {
    let hydra = Hydra::builder().sqlite_busy_timeout(Duration::from_millis(100));
    let hydra = hydra.start().await;
    let world = World::new(&hydra).await;
    let lock = hydra.database().lock().await;
    let (failures, seen) = (world.failures().await, seen(&hydra, &world.client).await);
    lock.release().await;
    assert_eq!(failures, all_refused_but_discovery());
    let expected = Seen {
        discovery: Some(500),
        keys: Some(500),
        ..as_if_deleted()
    };
    assert_eq!(seen, expected);
    world.is_unharmed().await;
}

#[tokio::test]
#[ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"]
async fn a_killed_postgres_refuses_every_token_but_fails_discovery() {
    let postgres = Postgres::start().await;
    let hydra = Hydra::builder().postgres(&postgres).start().await;
    let world = World::new(&hydra).await;
    postgres.kill().await;
    assert_eq!(world.failures().await, all_refused_but_discovery());
    // Revocation succeeds, as it does for a client that exists.
    let expected = Seen {
        revocation: Some(200),
        discovery: Some(500),
        keys: Some(500),
        ..as_if_deleted()
    };
    assert_eq!(seen(&hydra, &world.client).await, expected);
}

#[tokio::test]
#[ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"]
async fn a_locked_or_stopped_postgres_delays_every_answer() {
    const WHILE: Duration = Duration::from_secs(1);
    let postgres = Postgres::start().await;
    let hydra = Hydra::builder().postgres(&postgres).start().await;
    let mut world = World::new(&hydra).await;

    let lock = hydra.database().lock().await;
    let mut waiting = pin!(seen(&hydra, &world.client));
    assert!(timeout(WHILE, &mut waiting).await.is_err());
    lock.release().await;
    assert_eq!(waiting.await, all_well());

    let paused = postgres.pause().await;
    let mut waiting = pin!(seen(&hydra, &world.client));
    assert!(timeout(WHILE, &mut waiting).await.is_err());
    paused.resume();
    assert_eq!(waiting.await, all_well());

    let ory = Client::builder(hydra.public_url()).timeout(WHILE);
    world.ory = ory.build().expect("loopback is permitted");
    let paused = postgres.pause().await;
    let expected = Failures {
        userinfo: Some(ErrorKind::Timeout),
        register: Some(ErrorKind::OutcomeUnknown),
        read: Some(ErrorKind::Timeout),
        // The update reads first.
        update: Some(ErrorKind::Timeout),
        delete: Some(ErrorKind::OutcomeUnknown),
        discover: Some(ErrorKind::Timeout),
    };
    assert_eq!(world.failures().await, expected);
    paused.resume();
    let user = world.ory.userinfo(&world.token, Subject::Expect("zoe"));
    let user = user.timeout(10 * WHILE).await;
    assert_eq!(user.expect("PostgreSQL continues").sub(), "zoe");
}

/// As on `CockroachDB`, where such conflicts are common.
#[tokio::test]
#[ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"]
async fn conflicts_of_transactions_are_told_by_userinfo_and_by_a_registration() {
    let postgres = Postgres::shared().await;
    let hydra = Hydra::builder().postgres(postgres).serializable(true);
    let hydra = hydra.start().await;
    let world = World::new(&hydra).await;
    let database = hydra.database();

    let conflict = database.conflict(ACCESS_TOKENS).await;
    let userinfo = world.userinfo().await.expect_err("PostgreSQL aborts it");
    conflict.resolve().await;
    assert_eq!(userinfo.kind(), ErrorKind::Unavailable);
    assert!(userinfo.is_retryable());
    let said = userinfo.to_string();
    assert!(said.contains("Unable to serialize access"), "{said}");
    world.is_unharmed().await;

    let conflict = database.conflict(CLIENTS).await;
    let failures = world.failures().await;
    let seen = seen(&hydra, &world.client).await;
    conflict.resolve().await;
    let refused = Some(ErrorKind::Unauthorized);
    let expected = Failures {
        userinfo: Some(ErrorKind::Unavailable),
        register: None,
        read: refused,
        update: refused,
        delete: refused,
        discover: None,
    };
    assert_eq!(failures, expected);
    assert_eq!(seen, as_if_deleted());
    world.is_unharmed().await;

    let before = hydra.admin().clients().await.len();
    let conflict = database.conflict_of_insertions(CLIENTS).await;
    let register = world.ory.register(&wanted("none")).await;
    conflict.resolve().await;
    let register = register.expect_err("PostgreSQL aborts it");
    assert_eq!(register.status().map(|status| status.as_u16()), Some(400));
    assert_eq!(register.kind(), ErrorKind::Unavailable);
    assert!(register.is_retryable());
    assert_eq!(hydra.admin().clients().await.len(), before);
}
