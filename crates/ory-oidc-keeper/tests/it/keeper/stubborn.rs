//! A server whose response to an update differs from what it stores.

use super::{client, registered, registration_path, rename, updates, wanted};
use ory_oidc::registration::{Difference, Registration};
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::{Action, Ensured, Keeper};
use ory_oidc_mock::{Fault, OryMock};
use serde_json::json;

/// A response to a read in which the client has this name.
fn read_with_name(ory: &OryMock, registration: &Registration, name: &str) -> Fault {
    let mut shown = registration.granted().to_members();
    shown.insert("client_id".to_owned(), json!(registration.client_id()));
    shown.insert("client_name".to_owned(), json!(name));
    Fault::answer(200)
        .header("content-type", "application/json")
        .body(json!(shown).to_string())
        .on("GET", &registration_path(ory))
}

/// From now on, reads show this name, whatever updates set.
fn show_name(ory: &OryMock, registration: &Registration, name: &str) {
    ory.clear_faults();
    ory.fail_next(read_with_name(ory, registration, name).until_cleared());
}

async fn ensure(keeper: &Keeper) -> Ensured {
    let ensured = keeper.ensure_registered(&wanted()).await;
    ensured.expect("the token works")
}

fn names(ensured: &Ensured) -> Vec<&str> {
    let differences = ensured.differences().iter();
    differences.map(Difference::member).collect()
}

#[tokio::test]
async fn what_an_update_does_not_change_is_updated_once_and_reported_at_every_start() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    let stored = keeper.stored().await.expect("stored").expect("an entry");
    show_name(&ory, &stored, "Of the server");
    let first = ensure(&keeper).await;
    assert_eq!(first.action(), Action::Updated);
    assert!(names(&first).contains(&"client_name"), "{first:?}");
    for _ in 0..3 {
        let next = ensure(&keeper).await;
        assert_eq!(next.action(), Action::Reused);
        assert!(names(&next).contains(&"client_name"), "{next:?}");
    }
    assert_eq!(updates(&ory), 1);
    // Another value is another change, which the keeper tries to undo.
    let stored = keeper.stored().await.expect("stored").expect("an entry");
    show_name(&ory, &stored, "Of somebody else");
    assert_eq!(ensure(&keeper).await.action(), Action::Updated);
    assert_eq!(ensure(&keeper).await.action(), Action::Reused);
    assert_eq!(updates(&ory), 2);
    // The stored token works.
    ory.clear_faults();
    let mut stored = keeper.stored().await.expect("stored").expect("an entry");
    let read = client(ory.url()).read_registration(&mut stored).await;
    read.expect("the token works");
}

#[tokio::test]
async fn other_wanted_metadata_is_sent_although_the_server_did_not_change_the_last_one() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    let stored = keeper.stored().await.expect("stored").expect("an entry");
    show_name(&ory, &stored, "Of the server");
    assert_eq!(ensure(&keeper).await.action(), Action::Updated);
    let other = wanted().client_name("Another name");
    let ensured = keeper.ensure_registered(&other).await;
    let ensured = ensured.expect("the token works");
    assert_eq!(ensured.action(), Action::Updated);
    assert_eq!(updates(&ory), 2);
}

#[tokio::test]
async fn member_that_the_server_did_not_grant_is_sent_again_by_an_update() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    let stored = keeper.stored().await.expect("stored").expect("an entry");
    show_name(&ory, &stored, "Of the server");
    assert_eq!(ensure(&keeper).await.action(), Action::Updated);
    // Now the server has that name, and would grant another one.
    let renamed = keeper.update(rename("Of the server")).await;
    renamed.expect("the token works");
    ory.clear_faults();
    let before = updates(&ory);
    let ensured = ensure(&keeper).await;
    assert_eq!(ensured.action(), Action::Reused);
    assert!(names(&ensured).contains(&"client_name"), "{ensured:?}");
    assert_eq!(updates(&ory), before);

    let updated = keeper.update(rename("My app")).await;
    updated.expect("the token works");
    let ensured = ensure(&keeper).await;
    assert_eq!(ensured.action(), Action::Reused);
    assert!(!names(&ensured).contains(&"client_name"), "{ensured:?}");
    assert_eq!(updates(&ory), before + 1);
}

#[tokio::test]
async fn registration_that_cannot_be_read_after_an_update_is_updated() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    let stored = keeper.stored().await.expect("stored").expect("an entry");
    ory.fail_next(read_with_name(&ory, &stored, "Of the server"));
    ory.fail_next(Fault::answer(503).on("GET", &registration_path(&ory)));
    assert_eq!(ensure(&keeper).await.action(), Action::Updated);
    assert_eq!(ensure(&keeper).await.action(), Action::Reused);
    assert_eq!(updates(&ory), 1);
}
