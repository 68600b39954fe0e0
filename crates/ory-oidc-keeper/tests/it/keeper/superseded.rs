//! Clients that were replaced.

use super::{builder, registered, wanted};
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::{Action, Retirement};
use ory_oidc_mock::{Fault, OryMock};

#[tokio::test]
async fn a_deleted_client_is_listed_and_tried_three_times() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    let first = ory.registered_clients().remove(0);
    ory.delete_client(&first);
    let ensured = keeper.ensure_registered(&wanted()).await.expect("replaced");
    assert_eq!(ensured.action(), Action::Replaced);
    for _ in 0..5 {
        keeper.ensure_registered(&wanted()).await.expect("reused");
    }
    let path = format!("/oauth2/register/{first}");
    assert_eq!(ory.requests_to("DELETE", &path).len(), 3);
    let superseded = keeper.superseded().await.expect("loaded");
    assert_eq!(superseded[0].client_id(), first);
}

#[tokio::test]
async fn a_control_client_that_could_not_be_deleted_is_deleted_later() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    ory.delete_client(&ory.registered_clients().remove(0));
    ory.fail_next(Fault::answer(503).on("DELETE", "/oauth2/register"));
    keeper.recover().await.expect("deleted");
    assert_eq!(ory.registered_clients().len(), 1);
    assert_eq!(keeper.superseded().await.expect("loaded").len(), 1);
    let retirement = keeper.retire().await.expect("deleted before");
    assert_eq!(retirement, Retirement::AlreadyDeleted);
    assert_eq!(ory.registered_clients(), [""; 0]);
}

#[tokio::test]
async fn only_the_last_eight_are_kept() {
    let ory = OryMock::start().await;
    let store = MemoryStore::new();
    let keeper = builder(&ory, store).replace_when_key_lost(true).build();
    for _ in 0..11 {
        let ensured = keeper.ensure_registered(&wanted()).await.expect("replaced");
        let _ = ory.rotate_registration_token(ensured.registration().client_id());
    }
    let superseded = keeper.superseded().await.expect("loaded");
    assert_eq!(superseded.len(), 8);
}
