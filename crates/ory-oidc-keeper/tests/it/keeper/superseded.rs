//! Clients that were replaced.

use super::{builder, keeper, registered, wanted};
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::{Action, Keeper, Recovery, Retirement};
use ory_oidc_mock::{Fault, OryMock};
use serde_json::json;

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

/// A keeper without a registration. The client of its failed attempt exists, and its secret did not
/// arrive.
async fn with_unusable_client(ory: &OryMock) -> Keeper {
    let id = ory.create_client(json!({}));
    let token = ory.rotate_registration_token(&id);
    let reply = json!({"client_id": id, "registration_access_token": token}).to_string();
    let cut = Fault::answer(201).body(reply.replace('}', ","));
    ory.fail_next(cut.on("POST", "/oauth2/register"));
    let keeper = keeper(ory, MemoryStore::new());
    let error = keeper.ensure_registered(&wanted()).await;
    error.expect_err("the secret did not arrive");
    keeper
}

#[tokio::test]
async fn a_client_without_a_secret_is_deleted_by_every_method_that_could_forget_it() {
    for refused in [0, 1] {
        for method in ["recover", "retire"] {
            let ory = OryMock::start().await;
            let keeper = with_unusable_client(&ory).await;
            ory.fail_next(
                Fault::answer(401)
                    .on("DELETE", "/oauth2/register")
                    .times(refused),
            );
            for calls in 0..=refused {
                let listed = keeper.superseded().await.expect("loaded").len();
                assert_eq!(listed, 1, "{method} {calls}");
                if method == "recover" {
                    let recovery = keeper.recover().await.expect("nothing to recover");
                    assert!(matches!(recovery, Recovery::NotRegistered), "{recovery:?}");
                } else {
                    let retirement = keeper.retire().await.expect("nothing to retire");
                    assert_eq!(retirement, Retirement::NotRegistered);
                }
            }
            assert_eq!(ory.registered_clients(), [""; 0], "{method}");
            assert_eq!(keeper.superseded().await.expect("loaded").len(), 0);
        }
    }
}

#[tokio::test]
async fn a_superseded_client_that_was_refused_in_trouble_is_deleted_with_the_last_one() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    ory.delete_client(&ory.registered_clients().remove(0));
    ory.fail_next(Fault::answer(503).on("DELETE", "/oauth2/register"));
    keeper.recover().await.expect("deleted");
    // The control client could not be deleted. Another one is in use.
    keeper.ensure_registered(&wanted()).await.expect("replaced");
    ory.fail_next(Fault::answer(401).on("DELETE", "/oauth2/register").times(2));
    let retirement = keeper.retire().await.expect("deleted");
    assert_eq!(retirement, Retirement::Deleted);
    assert_eq!(ory.registered_clients(), [""; 0]);
}
