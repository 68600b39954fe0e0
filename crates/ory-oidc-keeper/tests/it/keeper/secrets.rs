//! No secret shows in what a keeper prints.

use super::{FailingStore, builder, registered, rename, wanted};
use ory_oidc::registration::Registration;
use ory_oidc_keeper::KeeperError;
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_mock::OryMock;

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
