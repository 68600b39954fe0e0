//! An app whose client was rejected.

use super::{keeper, registered, wanted};
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::{Action, KeeperError};
use ory_oidc_mock::{Fault, OryMock};
use serde_json::json;

#[tokio::test]
async fn the_credentials_of_another_process_are_returned() {
    let ory = OryMock::start().await;
    let store = MemoryStore::new();
    let one = registered(&ory, store.clone()).await;
    let old = one.stored().await.expect("stored").expect("an entry");
    ory.delete_client(old.client_id());
    let other = keeper(&ory, store);
    let new = other.ensure_registered(&wanted()).await.expect("replaced");
    let requests = ory.requests().len();
    let healed = one.report_rejected(&old).await.expect("healed");
    assert_eq!(healed.action(), Action::Reused);
    let (healed, new) = (healed.registration(), new.registration());
    assert_eq!(healed.client_id(), new.client_id());
    assert_eq!(healed.client_secret(), new.client_secret());
    assert_eq!(ory.requests().len(), requests);
}

#[tokio::test]
async fn a_client_that_the_server_accepts_is_returned_unchanged() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    let known = keeper.stored().await.expect("stored").expect("an entry");
    let healed = keeper.report_rejected(&known).await.expect("accepted");
    assert_eq!(healed.action(), Action::Reused);
    assert_eq!(healed.registration().client_id(), known.client_id());
    assert_eq!(healed.registration().client_secret(), known.client_secret());
}

#[tokio::test]
async fn a_deleted_client_is_replaced() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    let known = keeper.stored().await.expect("stored").expect("an entry");
    ory.delete_client(known.client_id());
    let healed = keeper.report_rejected(&known).await.expect("replaced");
    assert_eq!(healed.action(), Action::Replaced);
    let granted = healed.registration().granted();
    assert_eq!(granted.client_name.as_deref(), Some("My app"));
    assert_eq!(
        ory.registered_clients(),
        [healed.registration().client_id()]
    );
}

#[tokio::test]
async fn a_secret_that_was_changed_is_an_error_of_its_own() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    let known = keeper.stored().await.expect("stored").expect("an entry");
    let patch = json!([{"op": "replace", "path": "/client_secret", "value": "changed-secret"}]);
    let _ = ory.patch_client(known.client_id(), patch);
    let error = keeper.report_rejected(&known).await;
    let error = error.expect_err("the secret was changed");
    assert!(matches!(error, KeeperError::SecretRejected), "{error:?}");
    assert_eq!(ory.registered_clients(), [known.client_id()]);
}

#[tokio::test]
async fn a_database_outage_is_not_a_rejection() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    let known = keeper.stored().await.expect("stored").expect("an entry");
    ory.fail_next(Fault::database_outage().until_cleared());
    let error = keeper.report_rejected(&known).await;
    let error = error.expect_err("the database is unavailable");
    assert!(error.is_retryable(), "{error:?}");
    ory.clear_faults();
    keeper.report_rejected(&known).await.expect("accepted");
}

#[tokio::test]
async fn without_a_registration_nothing_is_sent() {
    let ory = OryMock::start().await;
    let other = registered(&ory, MemoryStore::new()).await;
    let known = other.stored().await.expect("stored").expect("an entry");
    let requests = ory.requests().len();
    let error = keeper(&ory, MemoryStore::new())
        .report_rejected(&known)
        .await;
    let error = error.expect_err("nothing is stored");
    assert!(matches!(error, KeeperError::NotRegistered), "{error:?}");
    assert_eq!(ory.requests().len(), requests);
}
