//! NUL characters, which PostgreSQL cannot store.

use ory_oidc_keeper::store::{RegistrationStore, StoreError, StoreKey};

use crate::database::{Database, content, key, loaded, saved, shown};

#[track_caller]
fn check_refused<T: std::fmt::Debug>(outcome: Result<T, StoreError>, what: &str) {
    let error = outcome.unwrap_err();
    assert!(matches!(error, StoreError::Refused { .. }), "{error:?}");
    let shown = shown(&error);
    let expected = format!("the {what} contains a NUL character");
    assert!(shown.contains(&expected), "{shown}");
    assert!(!shown.contains("zebra"), "{shown}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_nul_character_is_refused_by_name_before_anything_is_sent() {
    let database = Database::new().await;
    let store = database.store().await;
    let version = saved(&store, &key("app"), None, "1").await;
    let name = key("zebra\0");
    check_refused(store.load(&name).await, "name");
    check_refused(store.save(&name, None, &content("1")).await, "name");
    check_refused(store.clear(&name, version).await, "name");
    let issuer = StoreKey::new("zebra\0", "app");
    check_refused(store.load(&issuer).await, "issuer");
    let text = content("zebra\0");
    let saved = store.save(&key("app"), Some(version), &text).await;
    check_refused(saved, "content");
    assert_eq!(loaded(&store, &key("app")).await.version, version);
}
