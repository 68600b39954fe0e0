//! The format of what a keeper stores.

use super::{keeper, registered, wanted};
use ory_oidc::registration::{ClientSecret, RegistrationAccessToken};
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::store::{Content, RegistrationStore as _, StoreError};
use ory_oidc_keeper::{Action, KeeperError};
use ory_oidc_mock::OryMock;

const RECORD: &str = include_str!("../../fixtures/record-0.1.json");

#[tokio::test]
async fn a_record_of_version_0_1_is_read() {
    let (ory, store) = (OryMock::start().await, MemoryStore::new());
    let keeper = keeper(&ory, store.clone());
    store
        .save(keeper.key(), None, &Content::new(RECORD))
        .await
        .expect("saved");
    let stored = keeper.stored().await.expect("stored").expect("an entry");
    assert_eq!(stored.client_id(), "example-client");
    assert_eq!(
        stored.client_secret().map(ClientSecret::expose),
        Some("EXAMPLE-SECRET")
    );
    let token = stored
        .registration_access_token()
        .map(RegistrationAccessToken::expose);
    assert_eq!(token, Some("ory_at_EXAMPLE"));
    assert_eq!(stored.granted().client_name.as_deref(), Some("My app"));
}

#[tokio::test]
async fn a_record_that_cannot_be_read_is_refused_and_left_unchanged() {
    let (ory, store) = (OryMock::start().await, MemoryStore::new());
    let keeper = keeper(&ory, store.clone());
    let newer = RECORD.replacen(": 1,", ": 2,", 1);
    for text in [newer.as_str(), "", "{}", "[]", "{\"format\": 1"] {
        let content = Content::new(text);
        let version = store
            .save(keeper.key(), None, &content)
            .await
            .expect("saved");
        let error = keeper
            .ensure_registered(&wanted())
            .await
            .expect_err("not readable");
        let damaged = matches!(error, KeeperError::Store(StoreError::Damaged { .. }));
        assert!(damaged, "{text}: {error:?}");
        let entry = store.load(keeper.key()).await;
        let entry = entry.expect("load").expect("an entry");
        assert_eq!(entry.content, content);
        store.clear(keeper.key(), version).await.expect("cleared");
    }
    assert_eq!(ory.requests().len(), 0);
}

#[tokio::test]
async fn a_lock_out_that_version_0_1_wrote_down_is_not_final() {
    let (ory, store) = (OryMock::start().await, MemoryStore::new());
    let keeper = registered(&ory, store.clone()).await;
    let entry = store.load(keeper.key()).await.expect("loaded");
    let entry = entry.expect("an entry");
    let mut record: serde_json::Value = serde_json::from_str(entry.content.expose()).expect("JSON");
    record["state"] = serde_json::json!({"is": "locked_out"});
    let content = Content::new(record.to_string());
    let saved = store.save(keeper.key(), Some(entry.version), &content);
    saved.await.expect("saved");
    let error = keeper.stored().await.expect_err("the key was lost");
    assert!(matches!(error, KeeperError::KeyLost), "{error:?}");
    let ensured = keeper.ensure_registered(&wanted()).await;
    let ensured = ensured.expect("the token works");
    assert_eq!(ensured.action(), Action::Reused);
    assert!(keeper.stored().await.expect("settled again").is_some());
}
