//! The end of a registration.

use super::{keeper, lose_reply, registered};
use ory_oidc_keeper::Retirement;
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_mock::{Fault, OryMock};

#[tokio::test]
async fn retire_deletes_the_client_and_then_the_entry() {
    let ory = OryMock::start().await;
    let store = MemoryStore::new();
    let retirement = keeper(&ory, store.clone()).retire().await;
    assert_eq!(retirement.expect("no entry"), Retirement::NotRegistered);

    let keeper = registered(&ory, store).await;
    ory.fail_next(Fault::answer(503).on("DELETE", "/oauth2/register"));
    keeper
        .retire()
        .await
        .expect_err("the server is unavailable");
    assert!(
        keeper.stored().await.expect("stored").is_some(),
        "the token must be kept while the client exists"
    );
    assert_eq!(keeper.retire().await.expect("deleted"), Retirement::Deleted);
    assert_eq!(keeper.stored().await.expect("stored"), None);
    assert_eq!(ory.registered_clients(), Vec::<String>::new());
}

#[tokio::test]
async fn retire_clears_the_entry_of_a_client_that_was_deleted_before() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    ory.delete_client(&ory.registered_clients().remove(0));
    assert_eq!(
        keeper.retire().await.expect("deleted"),
        Retirement::AlreadyDeleted
    );
    assert_eq!(keeper.stored().await.expect("stored"), None);
}

#[tokio::test]
async fn retire_keeps_an_entry_whose_key_is_lost_until_it_is_discarded() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    lose_reply(&ory, &keeper).await;
    keeper.recover().await.expect("key lost");
    assert_eq!(
        keeper.retire().await.expect("key lost"),
        Retirement::KeyLost
    );
    assert!(keeper.last_known().await.expect("load").is_some());
    keeper.discard_local().await.expect("discarded");
    assert_eq!(keeper.stored().await.expect("stored"), None);
}
