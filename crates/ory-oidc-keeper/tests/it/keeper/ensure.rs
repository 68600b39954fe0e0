//! `ensure_registered` of one keeper.

use super::{FailingStore, NAME, builder, client, keeper, registered, rename, wanted};
use ory_oidc::error::{Error, ErrorKind};
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::{Action, Keeper, KeeperError};
use ory_oidc_mock::{Fault, OryMock, RecordedRequest};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_second_start_sends_one_read_and_registers_nothing() {
    let ory = OryMock::start().await;
    let store = MemoryStore::new();
    let wanted = wanted().member("software_id", "dropped by the server");
    let first = keeper(&ory, store.clone()).ensure_registered(&wanted).await;
    let first = first.expect("registered");
    assert_eq!(first.action(), Action::Registered);
    let before = ory.requests().len();
    let second = keeper(&ory, store).ensure_registered(&wanted).await;
    let second = second.expect("reused");
    assert_eq!(second.action(), Action::Reused);
    assert_eq!(
        second.registration().client_secret(),
        first.registration().client_secret()
    );
    let requests = ory.requests();
    let methods: Vec<_> = requests[before..]
        .iter()
        .map(RecordedRequest::method)
        .collect();
    assert_eq!(methods, ["GET"]);
}

#[tokio::test]
async fn changed_metadata_is_updated_once_and_then_reused() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
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
async fn metadata_that_somebody_else_changed_is_restored() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    keeper
        .update(rename("Changed meanwhile"))
        .await
        .expect("updated");
    let ensured = keeper.ensure_registered(&wanted()).await.expect("updated");
    assert_eq!(ensured.action(), Action::Updated);
    assert_eq!(
        ensured.registration().granted().client_name.as_deref(),
        Some("My app")
    );
}

#[tokio::test]
async fn a_deleted_client_is_replaced() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    ory.delete_client(&ory.registered_clients().remove(0));
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
        let error = keeper.ensure_registered(&refused).await;
        let error = error.expect_err("refused");
        assert!(
            matches!(error, KeeperError::Call(Error::Server(_))),
            "{error:?}"
        );
    }
    assert_eq!(keeper.stored().await.expect("stored"), None);
    assert_eq!(ory.registered_clients(), Vec::<String>::new());
    keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
}

#[tokio::test]
async fn jwks_together_with_jwks_uri_sends_and_stores_nothing() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    let both = wanted()
        .member("jwks", json!({"keys": []}))
        .jwks_uri("https://app.example/jwks");
    let error = keeper.ensure_registered(&both).await.expect_err("refused");
    assert!(
        matches!(error, KeeperError::Call(Error::Request(_))),
        "{error:?}"
    );
    assert_eq!(ory.requests().len(), 0);
    assert_eq!(keeper.stored().await.expect("stored"), None);
}

#[tokio::test]
async fn a_registration_without_a_reply_has_an_unknown_outcome_and_stores_nothing() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    let lost_reply = Fault::drop_connection().after_handling();
    ory.fail_next(lost_reply.on("POST", "/oauth2/register"));
    let error = keeper.ensure_registered(&wanted()).await;
    let error = error.expect_err("no reply");
    let KeeperError::OutcomeUnknown { source } = error else {
        panic!("{error:?}")
    };
    assert_eq!(source.kind(), ErrorKind::OutcomeUnknown);
    assert_eq!(keeper.stored().await.expect("stored"), None);
}

#[tokio::test]
async fn a_registration_that_cannot_be_saved_is_returned_in_the_error() {
    let ory = OryMock::start().await;
    let error = keeper(&ory, FailingStore::after(1))
        .ensure_registered(&wanted())
        .await;
    let KeeperError::NotSaved {
        mut registration, ..
    } = error.expect_err("no store")
    else {
        panic!("another error")
    };
    client(ory.url())
        .read_registration(&mut registration)
        .await
        .expect("the token works");
}

#[tokio::test]
async fn an_unavailable_server_changes_nothing() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    let before = keeper.stored().await.expect("stored");
    ory.fail_next(Fault::answer(503).on("GET", "/oauth2/register"));
    let error = keeper.ensure_registered(&wanted()).await;
    let error = error.expect_err("the server is unavailable");
    assert!(matches!(error, KeeperError::Call(_)), "{error:?}");
    assert_eq!(keeper.stored().await.expect("stored"), before);
    assert_eq!(ory.requests_to("POST", "/oauth2/register").len(), 1);
}

#[tokio::test]
async fn a_keeper_that_died_while_registering_blocks_the_others_for_one_lease() {
    let ory = OryMock::start().await;
    let store = MemoryStore::new();
    ory.fail_next(Fault::delay(Duration::from_secs(60)).on("POST", "/oauth2/register"));
    let dead = keeper(&ory, store.clone());
    let registering = tokio::spawn(async move { dead.ensure_registered(&wanted()).await });
    while ory.requests_to("POST", "/oauth2/register").is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    registering.abort();
    let waiting = builder(&ory, store).lease(Duration::from_secs(1)).build();
    let ensured = waiting.ensure_registered(&wanted()).await;
    assert_eq!(ensured.expect("taken over").action(), Action::Registered);
}

#[tokio::test]
async fn a_client_that_cannot_be_replaced_is_not_forgotten() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    let first = keeper.stored().await.expect("stored").expect("an entry");
    ory.delete_client(first.client_id());
    ory.fail_next(Fault::answer(503).on("POST", "/oauth2/register"));
    keeper
        .ensure_registered(&wanted())
        .await
        .expect_err("the server is unavailable");
    let known = keeper.last_known().await.expect("load").expect("an entry");
    assert_eq!(known.client_id(), first.client_id());
    assert_eq!(known.client_secret(), first.client_secret());
}

#[tokio::test]
async fn an_empty_text_is_not_a_difference() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    let wanted = wanted().client_uri("").scope(Vec::<String>::new());
    keeper.ensure_registered(&wanted).await.expect("registered");
    let again = keeper.ensure_registered(&wanted).await.expect("reused");
    assert_eq!(again.action(), Action::Reused);
}

#[tokio::test]
async fn a_trailing_slash_of_the_base_url_does_not_change_the_key() {
    let ory = OryMock::start().await;
    let store = MemoryStore::new();
    registered(&ory, store.clone()).await;
    let with_slash = client(&format!("{}/", ory.url()));
    let again = Keeper::new(with_slash, store, NAME);
    let again = again.ensure_registered(&wanted()).await.expect("reused");
    assert_eq!(again.action(), Action::Reused);
}

#[tokio::test]
async fn a_dropped_registration_is_completed_and_stored() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    ory.fail_next(Fault::delay(Duration::from_millis(200)).on("POST", "/oauth2/register"));
    let wanted = wanted();
    let impatient = keeper.ensure_registered(&wanted);
    tokio::time::timeout(Duration::from_millis(50), impatient)
        .await
        .expect_err("too slow");
    let ensured = keeper.ensure_registered(&wanted).await.expect("reused");
    assert_eq!(ensured.action(), Action::Reused);
    assert_eq!(ory.requests_to("POST", "/oauth2/register").len(), 1);
}

#[tokio::test]
async fn an_initial_access_token_is_sent() {
    let ory = OryMock::builder()
        .initial_access_token("let-me-in")
        .start()
        .await;
    let store = MemoryStore::new();
    keeper(&ory, store.clone())
        .ensure_registered(&wanted())
        .await
        .expect_err("no token");
    builder(&ory, store)
        .initial_access_token("let-me-in")
        .build()
        .ensure_registered(&wanted())
        .await
        .expect("registered");
}
