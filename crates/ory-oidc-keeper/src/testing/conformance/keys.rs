//! Each key has an entry of its own.

use crate::store::{Content, RegistrationStore, StoreError, StoreKey};
use crate::testing::calls::{assert_entry, clear, key, load, save};
use crate::testing::fixture::StoreFixture;

/// Names that file systems, shells, databases and Unicode normalisation treat specially.
const NAMES: [&str; 46] = [
    "",
    " ",
    ".",
    "..",
    "/",
    "a/b",
    "a\\b",
    "../../etc/passwd",
    "app",
    "App",
    "APP",
    "app ",
    " app",
    "é",
    "e\u{301}",
    "ß",
    "ss",
    "%",
    "%2f",
    "%2F",
    "_",
    "\\",
    "\\x00",
    "a b",
    "a\n",
    "a\nb",
    "\u{1}",
    "@",
    "a@https",
    "+",
    "~",
    "$1",
    "-rf",
    "CON",
    "nul",
    "null",
    "a.json",
    ".lock",
    ".new",
    "0",
    "'; drop table x",
    "a'p\"p`; DROP TABLE ory_oidc_registrations; --",
    "😀",
    "🦓",
    "\u{202e}",
    "\u{202e}ppa",
];

/// Each issuer and name has an entry of its own: compared byte for byte, whatever characters they
/// contain, and at a length of 40,000 bytes.
///
/// A keeper that loads the entry of another name would use, and update, somebody else's client.
pub async fn keys_are_independent(fixture: &impl StoreFixture) {
    let store = fixture.open().await;
    let long = "long/".repeat(2_000);
    let incompressible = incompressible();
    let mut names = vec![format!("{incompressible}1"), format!("{incompressible}2")];
    names.extend([format!("{long}1"), format!("{long}2"), long]);
    names.push("🦓".repeat(10_000));
    names.extend(NAMES.map(str::to_owned));
    let issuers = [
        "https://ory.example",
        "https://ory.example/",
        "https://ORY.example",
        "",
    ];
    let keys: Vec<StoreKey> = issuers
        .iter()
        .flat_map(|issuer| names.iter().map(|name| StoreKey::new(*issuer, name)))
        .collect();
    assert_each_has_its_own_entry(&store, &keys).await;
}

/// Issuer and name are not concatenated into one key: `("ab", "c")` and `("a", "bc")` differ.
///
/// As for [`keys_are_independent`].
pub async fn issuer_and_name_are_separate(fixture: &impl StoreFixture) {
    let store = fixture.open().await;
    let keys = [
        ("ab", "c"),
        ("a", "bc"),
        ("abc", ""),
        ("", "abc"),
        ("c", "ab"),
        ("bc", "a"),
        ("b", "a@"),
        ("@b", "a"),
    ]
    .map(|(issuer, name)| StoreKey::new(issuer, name));
    assert_each_has_its_own_entry(&store, &keys).await;
}

/// Returns 10,000 letters that no index can compress to a short key.
fn incompressible() -> String {
    let mut state = 1_u64;
    let letters = (0..10_000).map(|_| {
        // The constants of Knuth's MMIX.
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        char::from(b'a' + u8::try_from((state >> 33) % 26).expect("n < 26"))
    });
    letters.collect()
}

async fn assert_each_has_its_own_entry(store: &impl RegistrationStore, keys: &[StoreKey]) {
    let mut versions = Vec::new();
    for (number, key) in keys.iter().enumerate() {
        assert_eq!(load(store, key).await, None, "{key:?} was never saved");
        versions.push(save(store, key, None, &number.to_string()).await);
    }
    for (key, version) in keys.iter().zip(&versions).step_by(2) {
        clear(store, key, *version).await;
    }
    for (number, (key, version)) in keys.iter().zip(versions).enumerate() {
        if number % 2 == 0 {
            assert_eq!(load(store, key).await, None, "{key:?} was cleared");
        } else {
            assert_entry(store, key, version, &number.to_string()).await;
        }
    }
}

/// A NUL character in a name or in a text is stored like any other character, or refused with an
/// error that is not retryable; it never cuts a name or a text.
///
/// Some databases cannot store it. The keeper's own texts contain none, but a caller may pick any
/// name. If the name were cut, two names would share a client. A retry would be refused again.
pub async fn nul_characters_are_stored_or_refused(fixture: &impl StoreFixture) {
    let store = fixture.open().await;
    let name = key("a\0b");
    match store.save(&name, None, &Content::new("1")).await {
        Ok(version) => assert_entry(&store, &name, version, "1").await,
        Err(error) => assert_refused(&error),
    }
    for other in ["a", "ab", "b"] {
        assert_eq!(
            load(&store, &key(other)).await,
            None,
            "{other:?} was never saved"
        );
    }

    let key = key("text");
    let version = save(&store, &key, None, "1").await;
    let text = "before\0after";
    match store.save(&key, Some(version), &Content::new(text)).await {
        Ok(version) => assert_entry(&store, &key, version, text).await,
        Err(error) => {
            assert_refused(&error);
            assert_entry(&store, &key, version, "1").await;
        }
    }
}

#[track_caller]
fn assert_refused(error: &StoreError) {
    assert!(
        !error.is_retryable(),
        "a refused NUL character must not be retryable, but is {error:?}"
    );
}
