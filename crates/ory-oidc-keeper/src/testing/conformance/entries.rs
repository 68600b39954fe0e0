//! What is saved is what is loaded.

use crate::store::{Content, RegistrationStore as _};
use crate::testing::calls::{assert_conflict, assert_entry, clear, key, load, save};
use crate::testing::fixture::StoreFixture;

/// A key without an entry loads as [`None`], not as an error.
///
/// The keeper registers a client when there is no entry, and does nothing when the store fails.
pub async fn missing_entry_is_none(fixture: &impl StoreFixture) {
    let store = fixture.open().await;
    assert_eq!(load(&store, &key("app")).await, None, "nothing was saved");
}

/// A text is returned unchanged: not reformatted, not trimmed, not normalised, and with a size of a
/// megabyte.
///
/// The keeper's JSON holds credentials. One changed character loses the registration.
pub async fn content_is_returned_unchanged(fixture: &impl StoreFixture) {
    let store = fixture.open().await;
    let long = "{\"k\": \"é\u{2028}\"}\n".repeat(65_536);
    let texts = [
        "",
        "{}",
        "{ \"b\": 1.0, \"a\": 1e2 }\r\n",
        "{\"a\":\"ü\\u0000\"}",
        " not JSON \u{1} \" \\ e\u{301} 😀 ",
        &long,
    ];
    for (number, text) in texts.into_iter().enumerate() {
        let key = key(&number.to_string());
        let version = save(&store, &key, None, text).await;
        assert_entry(&store, &key, version, text).await;
    }
}

/// A save with the current version replaces text and version.
///
/// The keeper saves each new registration access token over the old one.
pub async fn save_replaces_the_entry(fixture: &impl StoreFixture) {
    let store = fixture.open().await;
    let key = key("app");
    let first = save(&store, &key, None, "a longer text than the second").await;
    let second = save(&store, &key, Some(first), "2").await;
    assert_ne!(first, second, "each save must return a new version");
    assert_entry(&store, &key, second, "2").await;
}

/// Every store that is opened on the same data sees each change at once.
///
/// A process that starts, or the next process of a fleet, must find the client that another one
/// registered. A cache in the store breaks this rule.
pub async fn other_handles_see_every_change(fixture: &impl StoreFixture) {
    let (one, other) = (fixture.open().await, fixture.open().await);
    let key = key("app");
    let first = save(&one, &key, None, "1").await;
    assert_entry(&other, &key, first, "1").await;
    let second = save(&other, &key, Some(first), "2").await;
    assert_entry(&one, &key, second, "2").await;
    let stale = one.save(&key, Some(first), &Content::new("3")).await;
    assert_conflict(&stale, "save with a version that another handle replaced");
    clear(&one, &key, second).await;
    assert_eq!(load(&other, &key).await, None, "another handle cleared it");
    assert_eq!(
        load(&fixture.open().await, &key).await,
        None,
        "it is cleared"
    );
}

/// `Debug` of the store and of an entry does not show the text.
///
/// The text holds secrets, and programs log what they hold with `Debug`.
pub async fn debug_hides_the_content(fixture: &impl StoreFixture) {
    const SECRET: &str = "MARKER-SECRET";
    let store = fixture.open().await;
    let key = key("app");
    save(&store, &key, None, SECRET).await;
    let entry = load(&store, &key).await;
    let shown = format!("{store:?} {store:#?} {entry:?} {entry:#?}");
    assert!(!shown.contains(SECRET), "Debug shows the text: {shown}");
}
