//! Keys that a table might mistake for one another, or not take at all.

use ory_oidc::{RegistrationStore, StoreError, StoreKey};

use crate::database::{Database, key, loaded, saved, shown, text};

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn each_name_is_an_entry_of_its_own_however_odd_it_is() {
    let store = Database::new().await.store().await;
    let long: String = (0..10_000_u32)
        .map(|n| char::from(b'a' + (n * n % 26) as u8))
        .collect();
    let mut names: Vec<String> = [
        "",
        " ",
        "app",
        "App",
        "app ",
        "APP",
        "a'p\"p`; DROP TABLE ory_oidc_registrations; --",
        "$1",
        "%",
        "_",
        "\\",
        "\\x00",
        "a\nb",
        "\u{1}",
        "ä",
        "a\u{308}",
        "ß",
        "ss",
        "🦓",
        "\u{202e}ppa",
        "null",
    ]
    .map(str::to_owned)
    .into();
    names.extend([format!("{long}1"), format!("{long}2"), "🦓".repeat(10_000)]);
    for name in &names {
        saved(&store, &key(name), None, name).await;
    }
    for name in &names {
        assert_eq!(loaded(&store, &key(name)).await.content.expose(), name);
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn issuer_and_name_do_not_run_into_each_other() {
    let store = Database::new().await.store().await;
    let keys = [
        ("ab", "c"),
        ("a", "bc"),
        ("abc", ""),
        ("", "abc"),
        ("c", "ab"),
    ];
    for (issuer, name) in keys {
        saved(
            &store,
            &StoreKey::new(issuer, name),
            None,
            &format!("{issuer}+{name}"),
        )
        .await;
    }
    for (issuer, name) in keys {
        let entry = loaded(&store, &StoreKey::new(issuer, name)).await;
        assert_eq!(entry.content.expose(), format!("{issuer}+{name}"));
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn an_entry_of_a_megabyte_comes_back_whole() {
    let store = Database::new().await.store().await;
    let long = "0123456789abcdef".repeat(65_536);
    saved(&store, &key("app"), None, &long).await;
    assert_eq!(loaded(&store, &key("app")).await.content, text(&long));
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_nul_character_is_refused_in_plain_words_before_anything_is_sent() {
    let database = Database::new().await;
    let store = database.store().await;
    let version = saved(&store, &key("app"), None, "1").await;
    let refused = |outcome: Result<(), StoreError>, what: &str| {
        let shown = shown(&outcome.unwrap_err());
        assert!(
            shown.contains(&format!("the {what} holds a NUL character")),
            "{shown}"
        );
        assert!(!shown.contains("zebra"), "{shown}");
    };
    let name = key("zebra\0");
    refused(store.load(&name).await.map(drop), "name");
    refused(store.save(&name, None, &text("1")).await.map(drop), "name");
    refused(store.clear(&name, version).await, "name");
    refused(
        store.load(&StoreKey::new("zebra\0", "app")).await.map(drop),
        "issuer",
    );
    let content = text("zebra\0");
    refused(
        store
            .save(&key("app"), Some(version), &content)
            .await
            .map(drop),
        "content",
    );
    assert_eq!(loaded(&store, &key("app")).await.version, version);
}
