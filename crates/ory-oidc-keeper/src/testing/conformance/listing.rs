//! The names of a store.

use crate::store::{ListQuery, RegistrationStore, StoreKey};
use crate::testing::calls::{clear, key, save};
use crate::testing::fixture::StoreFixture;
use std::collections::BTreeSet;

/// Names that collations, patterns and file systems treat specially.
const NAMES: [&str; 14] = [
    "", " ", ".lock", "A", "a", "a%", "a_", "a/b", "ab", "aé", "b@c", "e\u{301}", "é", "😀",
];

/// Each name with an entry is listed once, over pages of any length, for its issuer only; a cleared
/// one is not.
///
/// An app that lists its tenants would otherwise lose a client, or retire one twice.
pub async fn every_name_is_listed_once(fixture: &impl StoreFixture) {
    let (store, other) = (fixture.open().await, fixture.open().await);
    let mut query = ListQuery::new(key("").issuer());
    assert_eq!(page(&store, &query).await, [""; 0], "nothing was saved");

    let long = "long/".repeat(2_000);
    let mut names: BTreeSet<String> = NAMES.map(str::to_owned).into();
    names.extend([format!("{long}1"), format!("{long}2")]);
    names.extend((0..20).map(|number| format!("tenant-{number}")));
    for name in &names {
        save(&store, &key(name), None, "1").await;
    }
    save(
        &store,
        &StoreKey::new("https://ory.example/", "a"),
        None,
        "1",
    )
    .await;
    let cleared = save(&store, &key("cleared"), None, "1").await;
    clear(&store, &key("cleared"), cleared).await;

    for limit in [1, 7, 1_000] {
        query.limit = limit;
        let listed = all(&other, query.clone()).await;
        assert_eq!(listed.len(), names.len(), "each name must be listed once");
        assert_eq!(BTreeSet::from_iter(listed), names, "limit {limit}");
    }
}

/// A page starts after the last name of the previous one, even if that entry was cleared or saved
/// again in between.
///
/// An app that retires each name of a page must not skip the next ones.
pub async fn a_listing_continues_after_a_cleared_name(fixture: &impl StoreFixture) {
    let store = fixture.open().await;
    for number in 0..10 {
        save(&store, &key(&number.to_string()), None, "1").await;
    }
    let mut query = ListQuery::new(key("").issuer());
    query.limit = 3;
    let mut listed = Vec::new();
    loop {
        let page = page(&store, &query).await;
        let Some(last) = page.last() else { break };
        query.after = Some(last.clone());
        for name in &page {
            let entry = store.load(&key(name)).await;
            let entry = entry.unwrap_or_else(|error| panic!("load failed: {error:?}"));
            let version = entry.expect("a listed name has an entry").version;
            clear(&store, &key(name), version).await;
        }
        listed.extend(page);
    }
    listed.sort();
    let expected: Vec<String> = (0..10).map(|number| number.to_string()).collect();
    assert_eq!(listed, expected, "each name must be listed once");
}

/// A prefix selects the names that start with it, byte for byte: without patterns, and without
/// regard to collations.
///
/// An app whose tenants share a store with other registrations must not touch those.
pub async fn a_prefix_selects_names(fixture: &impl StoreFixture) {
    let store = fixture.open().await;
    for name in NAMES {
        save(&store, &key(name), None, "1").await;
    }
    for prefix in ["a", "A", "a%", "a_", "é", "e", "", "😀", "no", "\\", "%"] {
        let mut query = ListQuery::new(key("").issuer());
        query.prefix = prefix.to_owned();
        query.limit = 2;
        let mut listed = all(&store, query).await;
        listed.sort();
        let mut expected = NAMES.map(str::to_owned).to_vec();
        expected.retain(|name| name.starts_with(prefix));
        expected.sort();
        assert_eq!(listed, expected, "prefix {prefix:?}");
    }
}

async fn page(store: &impl RegistrationStore, query: &ListQuery) -> Vec<String> {
    let page = store.list(query).await;
    let page = page.unwrap_or_else(|error| panic!("list failed: {error:?}"));
    assert!(page.len() <= query.limit, "a page is longer than its limit");
    page
}

/// Returns all pages. Stops after a number that no correct store reaches.
async fn all(store: &impl RegistrationStore, mut query: ListQuery) -> Vec<String> {
    let mut names = Vec::new();
    while names.len() < 1_000 {
        let page = page(store, &query).await;
        match page.last() {
            Some(last) => query.after = Some(last.clone()),
            None => return names,
        }
        names.extend(page);
    }
    panic!("the pages do not end");
}
