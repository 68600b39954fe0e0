//! Updates through a keeper.

use super::{FailingStore, client, keeper, registered, registration_path, rename, updates, wanted};
use ory_oidc::error::Error;
use ory_oidc::registration::ClientMetadata;
use ory_oidc_keeper::KeeperError;
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_mock::{Fault, OryMock};
use std::time::Duration;

#[tokio::test]
async fn the_new_token_is_stored_before_the_update_returns() {
    let ory = OryMock::start().await;
    let store = MemoryStore::new();
    let keeper = registered(&ory, store.clone()).await;
    let before = keeper.stored().await.expect("stored").expect("an entry");
    let updated = keeper.update(rename("Renamed")).await.expect("updated");
    assert_ne!(
        updated.registration_access_token(),
        before.registration_access_token()
    );
    let stored = super::keeper(&ory, store).stored().await;
    let mut stored = stored.expect("stored").expect("an entry");
    assert_eq!(
        stored.registration_access_token(),
        updated.registration_access_token()
    );
    assert_eq!(stored.client_secret(), before.client_secret());
    client(ory.url())
        .read_registration(&mut stored)
        .await
        .expect("the token works");
}

#[tokio::test]
async fn a_refused_update_keeps_token_and_entry() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    let before = keeper.stored().await.expect("stored").expect("an entry");
    let refused = keeper
        .update(|m| m.set_redirect_uris(["https://app.example/#f"]))
        .await;
    assert!(
        matches!(refused, Err(KeeperError::Call(Error::Server(_)))),
        "{refused:?}"
    );
    let after = keeper.stored().await.expect("stored").expect("an entry");
    assert_eq!(
        after.registration_access_token(),
        before.registration_access_token()
    );
    assert_eq!(after.differences(&wanted()), before.differences(&wanted()));
    keeper
        .update(rename("Renamed"))
        .await
        .expect("the token works");
}

#[tokio::test]
async fn without_a_registration_an_update_is_refused() {
    let ory = OryMock::start().await;
    let error = keeper(&ory, MemoryStore::new())
        .update(rename("Renamed"))
        .await
        .expect_err("no entry");
    assert!(matches!(error, KeeperError::NotRegistered), "{error:?}");
    assert_eq!(ory.requests().len(), 0);
}

#[tokio::test]
async fn an_update_that_cannot_be_saved_is_returned_in_the_error() {
    let ory = OryMock::start().await;
    // Registering writes twice; the first write of an update records the intent.
    let keeper = registered(&ory, FailingStore::after(3)).await;
    let error = keeper
        .update(rename("Renamed"))
        .await
        .expect_err("no store");
    let KeeperError::NotSaved {
        mut registration,
        source,
    } = error
    else {
        panic!("{error:?}")
    };
    assert!(matches!(*source, KeeperError::Store(_)), "{source:?}");
    client(ory.url())
        .read_registration(&mut registration)
        .await
        .expect("the token works");
    let stored = keeper.stored().await.expect_err("the stored token is dead");
    assert!(matches!(stored, KeeperError::RecoveryNeeded), "{stored:?}");
}

#[tokio::test]
async fn an_update_whose_intent_cannot_be_saved_is_not_sent() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, FailingStore::after(2)).await;
    let error = keeper
        .update(rename("Renamed"))
        .await
        .expect_err("no store");
    assert!(matches!(error, KeeperError::Store(_)), "{error:?}");
    assert_eq!(updates(&ory), 0);
}

#[tokio::test]
async fn of_two_concurrent_updates_the_slower_is_refused_and_not_sent() {
    let ory = OryMock::start().await;
    let store = MemoryStore::new();
    let one = registered(&ory, store.clone()).await;
    let other = keeper(&ory, store);
    ory.fail_next(Fault::delay(Duration::from_millis(300)).on("PUT", "/oauth2/register"));
    let first = tokio::spawn(async move { one.update(rename("One")).await });
    while updates(&ory) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let error = other.update(rename("Other")).await.expect_err("too late");
    assert!(matches!(error, KeeperError::Conflict), "{error:?}");
    first.await.expect("no panic").expect("the first update");
    let stored = other.stored().await.expect("stored").expect("an entry");
    assert_eq!(stored.granted().client_name.as_deref(), Some("One"));
    assert_eq!(updates(&ory), 1);
}

#[tokio::test]
async fn a_token_that_another_keeper_has_just_replaced_is_a_conflict() {
    let ory = OryMock::start().await;
    let store = MemoryStore::new();
    let one = registered(&ory, store.clone()).await;
    let other = keeper(&ory, store);
    let path = registration_path(&ory);
    ory.fail_next(Fault::delay(Duration::from_millis(300)).on("GET", "/oauth2/register"));
    let late = tokio::spawn(async move { one.update(rename("Late")).await });
    while ory.requests_to("GET", &path).is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    other.update(rename("Early")).await.expect("updated");
    let error = late.await.expect("no panic").expect_err("too late");
    assert!(matches!(error, KeeperError::Conflict), "{error:?}");
}

#[tokio::test]
async fn a_dropped_update_is_completed_and_its_token_stored() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    let slow = Fault::delay(Duration::from_millis(200)).on("PUT", "/oauth2/register");
    ory.fail_next(slow);
    let impatient = keeper.clone();
    let impatient = tokio::spawn(async move { impatient.update(rename("Renamed")).await });
    while updates(&ory) == 0 {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    impatient.abort();
    // The next update waits for the one that was begun.
    let updated = keeper.update(ClientMetadata::remove_contacts).await;
    let updated = updated.expect("the new token is stored");
    assert_eq!(updated.granted().client_name.as_deref(), Some("Renamed"));
}
