//! Many keepers with one registration, in one process.

use super::{keeper, registered, updates, wanted};
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_mock::OryMock;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn thirty_two_keepers_register_once() {
    let ory = OryMock::start().await;
    let store = MemoryStore::new();
    let tasks: Vec<_> = (0..32)
        .map(|_| {
            let keeper = keeper(&ory, store.clone());
            tokio::spawn(async move { keeper.ensure_registered(&wanted()).await })
        })
        .collect();
    let mut ids = Vec::new();
    for task in tasks {
        let ensured = task.await.expect("no panic").expect("ensured");
        ids.push(ensured.registration().client_id().to_owned());
    }
    ids.dedup();
    assert_eq!(ids, ory.registered_clients());
    assert_eq!(ory.requests_to("POST", "/oauth2/register").len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn sixteen_keepers_with_changed_metadata_update_once() {
    let ory = OryMock::start().await;
    let store = MemoryStore::new();
    registered(&ory, store.clone()).await;
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let keeper = keeper(&ory, store.clone());
            let other = wanted().client_name("Another name");
            tokio::spawn(async move { keeper.ensure_registered(&other).await })
        })
        .collect();
    for task in tasks {
        let ensured = task.await.expect("no panic").expect("ensured");
        let name = ensured.registration().granted().client_name.as_deref();
        assert_eq!(name, Some("Another name"));
    }
    assert_eq!(updates(&ory), 1);
    assert_eq!(ory.requests_to("POST", "/oauth2/register").len(), 1);
}
