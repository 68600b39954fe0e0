//! No secret shows in what a keeper prints.

use super::{FailingStore, builder, client, keeper, registered, rename, wanted};
use ory_oidc::ClientMetadata;
use ory_oidc::registration::Registration;
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::store::{Content, RegistrationStore as _};
use ory_oidc_keeper::{KeeperError, Keepers};
use ory_oidc_mock::{Fault, OryMock};
use serde_json::json;

fn check_hidden(registration: &Registration, shown: &str) {
    let secret = registration.client_secret().expect("a secret");
    let token = registration.registration_access_token().expect("a token");
    for secret in [secret.expose(), token.expose()] {
        assert!(!shown.contains(secret), "{shown}");
    }
}

#[tokio::test]
async fn debug_of_keepers_outcomes_and_stores_shows_no_secret() {
    let ory = OryMock::start().await;
    let store = MemoryStore::new();
    let keeper = registered(&ory, store.clone()).await;
    let ensured = keeper.ensure_registered(&wanted()).await.expect("reused");
    let recovery = keeper.recover().await;
    let builder = builder(&ory, store.clone()).initial_access_token("INITIAL-SECRET");
    let shown = format!(
        "{keeper:?} {:?} {builder:?} {ensured:?} {store:?} {recovery:?}",
        keeper.key()
    );
    check_hidden(ensured.registration(), &shown);
    assert!(!shown.contains("INITIAL-SECRET"), "{shown}");
}

#[tokio::test]
async fn an_error_that_holds_a_registration_shows_no_secret() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, FailingStore::after(3)).await;
    let error = keeper
        .update(rename("Renamed"))
        .await
        .expect_err("no store");
    let KeeperError::NotSaved { registration, .. } = &error else {
        panic!("{error:?}")
    };
    check_hidden(registration, &format!("{error} {error:?} {error:#?}"));
}

/// The value of a member that may be a secret, wherever the caller or the server puts it.
const SECRET: &str = "MEMBER-SECRET";

#[track_caller]
fn check_shows_no_secret(shown: &str) {
    assert!(!shown.contains(SECRET), "{shown}");
}

/// Checks an error and its sources.
#[track_caller]
fn check_error(error: &KeeperError) {
    let mut next: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = next {
        check_shows_no_secret(&format!("{error} {error:#} {error:?} {error:#?}"));
        next = error.source();
    }
}

/// Metadata with members that Ory does not know.
fn wanted_with_secrets() -> ClientMetadata {
    wanted()
        .member("my_api_key", SECRET)
        .member("x_deep", json!({"a": [SECRET]}))
        .member("jwks#x", json!({"keys": [{"k": SECRET}]}))
}

#[tokio::test]
async fn the_value_of_an_unknown_member_is_not_shown_if_it_was_dropped() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    for _ in 0..2 {
        let ensured = keeper.ensure_registered(&wanted_with_secrets()).await;
        let ensured = ensured.expect("ensured");
        let dropped = |name| ensured.differences().iter().any(|one| one.member() == name);
        assert!(dropped("my_api_key") && dropped("x_deep"));
        check_shows_no_secret(&format!("{ensured:?} {ensured:#?}"));
        for difference in ensured.differences() {
            check_shows_no_secret(&format!("{difference} {difference:?} {difference:#?}"));
        }
    }
    let recovery = keeper.recover().await;
    check_shows_no_secret(&format!("{recovery:?}"));

    let keepers = Keepers::new(client(ory.url()), MemoryStore::new());
    let mut all = keepers.ensure_all([("one".to_owned(), wanted_with_secrets())]);
    check_shows_no_secret(&format!("{keepers:?} {all:?} {all:#?}"));
    let one = all.next().await.expect("one name");
    check_shows_no_secret(&format!("{one:?} {all:?}"));
}

#[tokio::test]
async fn the_value_of_an_unknown_member_is_in_no_error() {
    let ory = OryMock::start().await;
    let body = json!({
        "client_id": 7, "client_secret": SECRET, "registration_access_token": SECRET,
        "my_api_key": SECRET, "jwks": {"keys": [{"kty": "oct", "k": SECRET}]},
    });
    for status in [200, 201, 204, 302, 400, 401, 403, 404, 429, 500, 999] {
        for method in ["POST", "GET", "PUT", "DELETE"] {
            let keeper = keeper(&ory, MemoryStore::new());
            let fault = Fault::answer(status).body(body.to_string());
            let fault = fault.on(method, "/oauth2/register").until_cleared();
            if method != "POST" {
                let ensured = keeper.ensure_registered(&wanted_with_secrets()).await;
                ensured.expect("registered");
            }
            ory.fail_next(fault);
            let ensured = keeper.ensure_registered(&wanted_with_secrets()).await;
            let change = |metadata: &mut ClientMetadata| metadata.set_member("other", SECRET);
            let updated = keeper.update(change).await;
            let results = [
                ensured.map(drop),
                updated.map(drop),
                keeper.recover().await.map(drop),
                keeper.retire().await.map(drop),
            ];
            ory.clear_faults();
            let errors: Vec<_> = results.into_iter().filter_map(Result::err).collect();
            let certain = status == 204 && method == "DELETE";
            assert!(certain || !errors.is_empty(), "{status} {method}");
            errors.iter().for_each(check_error);
        }
    }
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_not_quoted() {
    let (ory, store) = (OryMock::start().await, MemoryStore::new());
    let keeper = keeper(&ory, store.clone());
    for text in [
        SECRET.to_owned(),
        json!({"format": SECRET}).to_string(),
        json!({"format": 1, "state": {"is": SECRET}}).to_string(),
        json!({"format": 1, SECRET: 1, "state": {"is": "settled"}}).to_string(),
    ] {
        let content = Content::new(text);
        let saved = store.save(keeper.key(), None, &content).await;
        let version = saved.expect("saved");
        check_error(&keeper.stored().await.expect_err("it is damaged"));
        check_error(&keeper.recover().await.expect_err("it is damaged"));
        store.clear(keeper.key(), version).await.expect("cleared");
    }
}
