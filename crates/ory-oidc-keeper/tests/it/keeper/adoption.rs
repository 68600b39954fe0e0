//! Registrations that were made elsewhere, or that could not be saved.

use super::{FailingStore, client, keeper, registered, rename, wanted};
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::{Action, KeeperError};
use ory_oidc_mock::OryMock;

#[tokio::test]
async fn a_registration_that_could_not_be_saved_can_be_adopted() {
    let ory = OryMock::start().await;
    // Registering writes twice; the first write of an update records the intent.
    let store = FailingStore::after(3);
    let keeper = registered(&ory, store.clone()).await;
    let error = keeper
        .update(rename("Renamed"))
        .await
        .expect_err("no store");
    let KeeperError::NotSaved { registration, .. } = error else {
        panic!("{error:?}")
    };
    store.repair();
    keeper
        .adopt(*registration.clone())
        .await
        .expect("the store works again");
    let stored = keeper.stored().await.expect("stored").expect("an entry");
    assert_eq!(
        stored.registration_access_token(),
        registration.registration_access_token()
    );
    let ensured = keeper.ensure_registered(&wanted()).await;
    let ensured = ensured.expect("the same client");
    assert_eq!(ensured.action(), Action::Updated);
}

#[tokio::test]
async fn a_replacement_that_could_not_be_saved_can_be_adopted() {
    let ory = OryMock::start().await;
    // Registering writes twice, and replacing three times.
    let store = FailingStore::after(4);
    let keeper = registered(&ory, store.clone()).await;
    ory.delete_client(&ory.registered_clients().remove(0));
    let error = keeper.ensure_registered(&wanted()).await;
    let KeeperError::NotSaved { registration, .. } = error.expect_err("no store") else {
        panic!("another error")
    };
    store.repair();
    let adopted = keeper.adopt(*registration.clone()).await;
    adopted.expect("the store works again");
    let stored = keeper.stored().await.expect("stored").expect("an entry");
    assert_eq!(stored.client_id(), registration.client_id());
    let ensured = keeper.ensure_registered(&wanted()).await;
    ensured.expect("the same client");
    assert_eq!(ory.registered_clients(), [registration.client_id()]);
}

#[tokio::test]
async fn a_registration_made_elsewhere_can_be_adopted() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    let other = client(ory.url()).register(&wanted()).await;
    let other = other.expect("registered");
    keeper.adopt(other.clone()).await.expect("adopted");
    let stored = keeper.stored().await.expect("stored").expect("an entry");
    assert_eq!(stored.client_id(), other.client_id());
    assert_eq!(stored.client_secret(), other.client_secret());
}

#[tokio::test]
async fn a_registration_whose_token_does_not_work_is_not_adopted() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    let other = client(ory.url()).register(&wanted()).await;
    let other = other.expect("registered");
    ory.delete_client(other.client_id());
    let error = keeper.adopt(other).await.expect_err("deleted");
    assert!(matches!(error, KeeperError::Unverified { .. }), "{error:?}");
    assert_eq!(keeper.last_known().await.expect("load"), None);
}

#[tokio::test]
async fn a_registration_of_another_client_is_not_adopted() {
    let ory = OryMock::start().await;
    let other = client(ory.url()).register(&wanted()).await;
    let other = other.expect("registered");
    let keeper = registered(&ory, MemoryStore::new()).await;
    let error = keeper
        .adopt(other)
        .await
        .expect_err("another client is stored");
    assert!(matches!(error, KeeperError::OtherClientStored), "{error:?}");
    assert!(!error.is_retryable());
}
