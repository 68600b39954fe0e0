//! What every store keeps to, whatever it keeps the entries in.

use super::support::{SECRET, check_conflict, content, key, loaded, saved};
use ory_oidc::{Content, RegistrationStore, StoreError, StoreKey, Version};
use std::collections::HashSet;
use std::fmt::Debug;

/// Names that file systems, shells and databases stumble over.
fn odd_names() -> Vec<String> {
    let long = "long/".repeat(2_000);
    let mut names = vec![long.clone() + "1", long.clone() + "2", long];
    for name in [
        "",
        ".",
        "..",
        "/",
        "a/b",
        "a\\b",
        "../../etc/passwd",
        "a\0b",
        "app",
        "App",
        "APP",
        "é",
        "e\u{301}",
        "%2f",
        "%2F",
        "a b",
        " a",
        "a ",
        "a\n",
        "@",
        "a@https",
        "+",
        "~",
        "-rf",
        "CON",
        "nul",
        "a.json",
        ".lock",
        ".new",
        "'; drop table x",
        "😀",
        "\u{202e}",
    ] {
        names.push(name.to_owned());
    }
    names
}

pub(super) async fn an_entry_that_nobody_saved_is_not_there(store: &impl RegistrationStore) {
    assert_eq!(store.load(&key("app")).await.expect("an answer"), None);
}

pub(super) async fn a_text_comes_back_to_the_letter(store: &impl RegistrationStore) {
    let long = "{\"k\": \"é\u{2028}\"}\n".repeat(10_000);
    for (i, text) in [
        "",
        "{}",
        "{ \"a\": 1.0 }\r\n",
        "not JSON \0 \" \\ 😀",
        &long,
    ]
    .iter()
    .enumerate()
    {
        let key = key(&i.to_string());
        let content = Content::new(*text);
        let version = store.save(&key, None, &content).await.expect("no entry");
        let entry = loaded(store, &key).await;
        assert_eq!((entry.version, entry.content), (version, content));
    }
}

pub(super) async fn a_save_replaces_the_entry(store: &impl RegistrationStore) {
    let key = key("app");
    let first = saved(store, &key, "a longer text than the second").await;
    let second = store.save(&key, Some(first), &content("2")).await;
    let second = second.expect("the version is right");
    let entry = loaded(store, &key).await;
    assert_ne!(first, second);
    assert_eq!((entry.version, entry.content), (second, content("2")));
}

pub(super) async fn a_stale_version_conflicts_and_writes_nothing(store: &impl RegistrationStore) {
    let key = key("app");
    let first = saved(store, &key, "1").await;
    let second = store.save(&key, Some(first), &content("2")).await;
    let second = second.expect("the version is right");
    for stale in [first, Version(second.0 + 1), Version(0), Version(u64::MAX)] {
        check_conflict(store.save(&key, Some(stale), &content("3")).await);
        check_conflict(store.clear(&key, stale).await);
    }
    let entry = loaded(store, &key).await;
    assert_eq!((entry.version, entry.content), (second, content("2")));
}

pub(super) async fn a_save_that_expects_nothing_conflicts_with_an_entry(
    store: &impl RegistrationStore,
) {
    let key = key("app");
    let version = saved(store, &key, "1").await;
    check_conflict(store.save(&key, None, &content("2")).await);
    let entry = loaded(store, &key).await;
    assert_eq!((entry.version, entry.content), (version, content("1")));
}

pub(super) async fn a_save_that_expects_an_entry_conflicts_with_nothing(
    store: &impl RegistrationStore,
) {
    let key = key("app");
    check_conflict(store.save(&key, Some(Version(1)), &content("1")).await);
    check_conflict(store.clear(&key, Version(1)).await);
    assert_eq!(store.load(&key).await.expect("an answer"), None);
}

pub(super) async fn an_entry_is_cleared_with_its_version_only(store: &impl RegistrationStore) {
    let key = key("app");
    let first = saved(store, &key, "1").await;
    let second = store.save(&key, Some(first), &content("2")).await;
    let second = second.expect("the version is right");
    check_conflict(store.clear(&key, first).await);
    store
        .clear(&key, second)
        .await
        .expect("the version is right");
    assert_eq!(store.load(&key).await.expect("an answer"), None);
    check_conflict(store.clear(&key, second).await);
    check_conflict(store.save(&key, Some(second), &content("3")).await);
}

pub(super) async fn a_version_is_never_given_twice(store: &impl RegistrationStore) {
    let key = key("app");
    let mut given = HashSet::new();
    for _ in 0..10 {
        let first = saved(store, &key, "1").await;
        let second = store.save(&key, Some(first), &content("2")).await;
        let second = second.expect("the version is right");
        assert!(given.insert(first), "{first:?}");
        assert!(given.insert(second), "{second:?}");
        store
            .clear(&key, second)
            .await
            .expect("the version is right");
    }
}

pub(super) async fn many_keys_do_not_mix(store: &impl RegistrationStore) {
    let names = odd_names();
    let issuers = [
        "https://ory.example",
        "https://ory.example/",
        "https://ORY.example",
        "",
    ];
    let keys: Vec<StoreKey> = issuers
        .iter()
        .flat_map(|issuer| names.iter().map(|name| StoreKey::new(*issuer, name)))
        // Where the name ends and the issuer begins must not matter.
        .chain([StoreKey::new("b", "a@"), StoreKey::new("@b", "a")])
        .chain([StoreKey::new("bc", "a"), StoreKey::new("c", "ab")])
        .collect();
    let mut versions = Vec::new();
    for (i, key) in keys.iter().enumerate() {
        assert_eq!(store.load(key).await.expect("an answer"), None, "{key:?}");
        versions.push(saved(store, key, &i.to_string()).await);
    }
    // Every other one is cleared; the rest is still there, and its own.
    for (key, version) in keys.iter().zip(&versions).step_by(2) {
        store.clear(key, *version).await.expect("its version");
    }
    for (i, key) in keys.iter().enumerate() {
        let text = store.load(key).await.expect("an answer");
        let expected = (i % 2 == 1).then(|| content(&i.to_string()));
        assert_eq!(text.map(|entry| entry.content), expected, "{key:?}");
    }
}

pub(super) async fn threads_that_count_lose_nothing(store: &impl RegistrationStore) {
    let key = key("app");
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| count(store, &key, 50));
        }
    });
    assert_eq!(loaded(store, &key).await.content.expose(), "400");
}

/// Adds one to the number in an entry, so many times.
pub(super) fn count(store: &impl RegistrationStore, key: &StoreKey, times: usize) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let mut done = 0;
        while done < times {
            let entry = store.load(key).await.expect("a sound entry");
            let number = entry.as_ref().map_or(0, |entry| {
                let text = entry.content.expose();
                text.parse::<u64>().expect("a number")
            });
            let next = Content::new((number + 1).to_string());
            match store
                .save(key, entry.map(|entry| entry.version), &next)
                .await
            {
                Ok(_) => done += 1,
                Err(StoreError::Conflict) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
    });
}

pub(super) async fn no_secret_shows_in_debug(store: &(impl RegistrationStore + Debug)) {
    let key = key("app");
    saved(store, &key, "1").await;
    let entry = loaded(store, &key).await;
    let shown = format!("{store:?} {store:#?} {entry:?} {entry:#?}");
    assert!(!shown.contains(SECRET), "{shown}");
}
