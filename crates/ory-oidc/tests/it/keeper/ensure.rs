//! One registration for all who ask for it.

use super::{FailingStore, NAME, client, keeper, rename, wanted};
use ory_oidc::raw::models::JsonWebKeySet;
use ory_oidc::{Action, Condition, Error, KeeperError, MemoryStore};
use ory_oidc_mock::{Fault, OryMock};
use std::time::Duration;

#[tokio::test]
async fn a_second_start_makes_one_request_and_registers_nothing() {
    let ory = OryMock::start().await;
    let store = MemoryStore::new();
    let wanted = wanted().member("software_id", "dropped by the server");
    let first = keeper(&ory, store.clone())
        .ensure_registered(&wanted)
        .await
        .expect("registered");
    assert_eq!(first.action(), Action::Registered);
    let before = ory.requests().len();
    let second = keeper(&ory, store)
        .ensure_registered(&wanted)
        .await
        .expect("reused");
    assert_eq!(second.action(), Action::Reused);
    assert_eq!(
        second.registration().client_secret(),
        first.registration().client_secret()
    );
    let requests = ory.requests();
    let methods: Vec<_> = requests[before..]
        .iter()
        .map(ory_oidc_mock::RecordedRequest::method)
        .collect();
    assert_eq!(methods, ["GET"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn thirty_two_tasks_register_once() {
    let ory = OryMock::start().await;
    let store = MemoryStore::new();
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let keeper = keeper(&ory, store.clone());
            tokio::spawn(async move { keeper.ensure_registered(&wanted()).await })
        })
        .collect();
    let mut ids = Vec::new();
    for task in tasks {
        let ensured = task.await.expect("no panic").expect("a registration");
        ids.push(ensured.registration().client_id().to_owned());
    }
    ids.dedup();
    assert_eq!(ids, ory.registered_clients());
    assert_eq!(ory.requests_to("POST", "/oauth2/register").len(), 1);
}

#[tokio::test]
async fn other_metadata_is_one_update_and_then_good() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    let mut other = wanted().client_name("Another name");
    other.remove_contacts();
    let ensured = keeper.ensure_registered(&other).await.expect("updated");
    assert_eq!(ensured.action(), Action::Updated);
    let granted = ensured.registration().granted();
    assert_eq!(granted.client_name.as_deref(), Some("Another name"));
    assert_eq!(
        granted.contacts.clone().unwrap_or_default(),
        Vec::<String>::new()
    );
    let again = keeper.ensure_registered(&other).await.expect("reused");
    assert_eq!(again.action(), Action::Reused);
}

#[tokio::test]
async fn what_somebody_else_changed_is_put_right() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    keeper
        .update(rename("Changed meanwhile"))
        .await
        .expect("an update");
    let ensured = keeper.ensure_registered(&wanted()).await.expect("updated");
    assert_eq!(ensured.action(), Action::Updated);
    assert_eq!(
        ensured.registration().granted().client_name.as_deref(),
        Some("My app")
    );
}

#[tokio::test]
async fn a_client_that_is_gone_is_registered_anew() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    let first = keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    ory.delete_client(first.registration().client_id());
    let second = keeper.ensure_registered(&wanted()).await.expect("replaced");
    assert_eq!(second.action(), Action::Replaced);
    assert_eq!(
        ory.registered_clients(),
        [second.registration().client_id()]
    );
}

#[tokio::test]
async fn metadata_that_the_server_refuses_stores_and_registers_nothing() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    let refused = wanted().redirect_uris(["https://app.example/#fragment"]);
    for _ in 0..2 {
        let error = keeper
            .ensure_registered(&refused)
            .await
            .expect_err("refused");
        assert!(
            matches!(error, KeeperError::Server(Error::Server(_))),
            "{error:?}"
        );
    }
    assert_eq!(keeper.stored().await.expect("a look"), None);
    assert_eq!(ory.registered_clients(), Vec::<String>::new());
    keeper
        .ensure_registered(&wanted())
        .await
        .expect("nothing is in the way");
}

#[tokio::test]
async fn jwks_beside_jwks_uri_sends_and_stores_nothing() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    let both = wanted()
        .jwks(JsonWebKeySet::default())
        .jwks_uri("https://app.example/jwks");
    let error = keeper.ensure_registered(&both).await.expect_err("refused");
    assert!(
        matches!(error, KeeperError::Server(Error::NotSent(_))),
        "{error:?}"
    );
    assert_eq!(ory.requests().len(), 0);
    assert_eq!(keeper.stored().await.expect("a look"), None);
}

#[tokio::test]
async fn a_registration_without_an_answer_is_told_and_not_stored() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    ory.fail_next(
        Fault::drop_connection()
            .after_handling()
            .on("POST", "/oauth2/register"),
    );
    let error = keeper
        .ensure_registered(&wanted())
        .await
        .expect_err("no answer");
    let KeeperError::OutcomeUnknown { source } = error else {
        panic!("{error:?}")
    };
    assert_eq!(source.condition(), Some(Condition::OutcomeUnknown));
    assert_eq!(keeper.stored().await.expect("a look"), None);
}

#[tokio::test]
async fn a_registration_that_cannot_be_saved_is_in_the_error() {
    let ory = OryMock::start().await;
    let error = keeper(&ory, FailingStore::after(1))
        .ensure_registered(&wanted())
        .await;
    let KeeperError::NotSaved {
        mut registration, ..
    } = error.expect_err("not saved")
    else {
        panic!("another error")
    };
    client(ory.url())
        .read_registration(&mut registration)
        .await
        .expect("nothing is lost");
}

#[tokio::test]
async fn a_server_that_is_away_changes_nothing() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    let before = keeper.stored().await.expect("a look");
    ory.fail_next(Fault::answer(503).on("GET", "/oauth2/register"));
    let error = keeper
        .ensure_registered(&wanted())
        .await
        .expect_err("no server");
    assert!(matches!(error, KeeperError::Server(_)), "{error:?}");
    assert_eq!(keeper.stored().await.expect("a look"), before);
    assert_eq!(ory.requests_to("POST", "/oauth2/register").len(), 1);
}

#[tokio::test]
async fn one_that_died_while_registering_holds_the_others_up_for_a_lease() {
    let ory = OryMock::start().await;
    let store = MemoryStore::new();
    ory.fail_next(Fault::delay(Duration::from_secs(60)).on("POST", "/oauth2/register"));
    let dead = keeper(&ory, store.clone());
    let registering = tokio::spawn(async move { dead.ensure_registered(&wanted()).await });
    while ory.requests_to("POST", "/oauth2/register").is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    registering.abort();
    let waiting = client(ory.url())
        .keeper(store.clone(), NAME)
        .lease(Duration::from_millis(100));
    let ensured = waiting
        .ensure_registered(&wanted())
        .await
        .expect("taken over");
    assert_eq!(ensured.action(), Action::Registered);
}

#[tokio::test]
async fn a_client_that_cannot_be_replaced_is_not_forgotten() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    let first = keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered")
        .into_registration();
    ory.delete_client(first.client_id());
    ory.fail_next(Fault::answer(503).on("POST", "/oauth2/register"));
    keeper
        .ensure_registered(&wanted())
        .await
        .expect_err("the server is away");
    let known = keeper
        .last_known()
        .await
        .expect("a look")
        .expect("an entry");
    assert_eq!(known.client_id(), first.client_id());
    assert_eq!(known.client_secret(), first.client_secret());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_fleet_that_wants_something_new_updates_once() {
    let ory = OryMock::start().await;
    let store = MemoryStore::new();
    keeper(&ory, store.clone())
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let keeper = keeper(&ory, store.clone());
            let other = wanted().client_name("Another name");
            tokio::spawn(async move { keeper.ensure_registered(&other).await })
        })
        .collect();
    for task in tasks {
        let ensured = task.await.expect("no panic").expect("a registration");
        let name = ensured.registration().granted().client_name.as_deref();
        assert_eq!(name, Some("Another name"));
    }
    let id = ory.registered_clients().remove(0);
    assert_eq!(
        ory.requests_to("PUT", &format!("/oauth2/register/{id}"))
            .len(),
        1
    );
    assert_eq!(ory.requests_to("POST", "/oauth2/register").len(), 1);
}

#[tokio::test]
async fn an_empty_text_is_no_drift() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    let wanted = wanted().client_uri("").scope(Vec::<String>::new());
    keeper.ensure_registered(&wanted).await.expect("registered");
    let again = keeper.ensure_registered(&wanted).await.expect("reused");
    assert_eq!(again.action(), Action::Reused);
}

#[tokio::test]
async fn a_slash_at_the_end_of_the_base_url_is_no_other_registration() {
    let ory = OryMock::start().await;
    let store = MemoryStore::new();
    keeper(&ory, store.clone())
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    let slashed = client(&format!("{}/", ory.url())).keeper(store, NAME);
    let again = slashed.ensure_registered(&wanted()).await.expect("reused");
    assert_eq!(again.action(), Action::Reused);
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_lose_the_registration() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    ory.fail_next(Fault::delay(Duration::from_millis(200)).on("POST", "/oauth2/register"));
    let wanted = wanted();
    let impatient = keeper.ensure_registered(&wanted);
    tokio::time::timeout(Duration::from_millis(50), impatient)
        .await
        .expect_err("too slow");
    let ensured = keeper
        .ensure_registered(&wanted)
        .await
        .expect("what was begun is done");
    assert_eq!(ensured.action(), Action::Reused);
    assert_eq!(ory.requests_to("POST", "/oauth2/register").len(), 1);
}

#[tokio::test]
async fn an_initial_access_token_is_presented() {
    let ory = OryMock::builder()
        .initial_access_token("let-me-in")
        .start()
        .await;
    let keeper = keeper(&ory, MemoryStore::new());
    keeper
        .ensure_registered(&wanted())
        .await
        .expect_err("no token");
    let keeper = keeper.initial_access_token("let-me-in".into());
    keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
}

#[tokio::test]
async fn no_secret_shows_in_what_a_keeper_says() {
    let ory = OryMock::start().await;
    let store = MemoryStore::new();
    let keeper = keeper(&ory, store.clone());
    let ensured = keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    let registration = ensured.registration().clone();
    let secrets = [
        registration
            .client_secret()
            .expect("a secret")
            .expose()
            .to_owned(),
        registration
            .registration_access_token()
            .expect("a token")
            .expose()
            .to_owned(),
    ];
    let said = format!(
        "{keeper:?} {ensured:?} {store:?} {:?}",
        keeper.recover().await
    );
    for secret in secrets {
        assert!(!said.contains(&secret), "{said}");
    }
}
