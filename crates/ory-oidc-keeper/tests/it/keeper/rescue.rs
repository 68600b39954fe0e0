//! What a keeper makes of responses that cannot be used completely, or that prove nothing.

use super::{builder, client, keeper, registered, rename, updates, wanted};
use ory_oidc::error::ErrorKind;
use ory_oidc::registration::RegistrationAccessToken;
use ory_oidc::{Client, ClientMetadata, Registration};
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::{Action, Keeper, KeeperError, KeeperErrorKind, Retirement};
use ory_oidc_mock::{Fault, OryMock};
use serde_json::{Value, json};

const REGISTER: &str = "/oauth2/register";

/// Creates a client at the server, and returns its registration access token.
fn created(ory: &OryMock, mut metadata: Value) -> String {
    metadata["client_id"] = json!("c1");
    metadata["redirect_uris"] = json!(["https://app.example/callback"]);
    let id = ory.create_client(metadata);
    ory.rotate_registration_token(&id)
}

async fn stored(keeper: &Keeper) -> Registration {
    let stored = keeper
        .stored()
        .await
        .expect("the token is believed to work");
    stored.expect("a registration is stored")
}

/// Checks that the stored token works.
async fn check_token(ory: &OryMock, keeper: &Keeper) {
    let mut stored = stored(keeper).await;
    let read = client(ory.url()).read_registration(&mut stored).await;
    read.expect("the stored token works");
}

#[tokio::test]
async fn a_member_of_an_unexpected_type_does_not_register_again() {
    for (name, value) in [
        ("client_secret_expires_at", json!("0")),
        ("created_at", json!(7)),
        ("contacts", json!("ops@app.example")),
        ("jwks", json!([])),
        ("client_secret_expires_at", json!(-1)),
        ("client_secret_expires_at", json!(0.5)),
        ("client_secret_expires_at", json!(1_900_000_000_000_i64)),
        ("client_secret_expires_at", json!(i64::MAX)),
        ("client_secret_expires_at", json!(u64::MAX)),
        ("client_secret_expires_at", json!("2030-01-01T00:00:00Z")),
        ("redirect_uris", json!("https://app.example/callback")),
        ("client_id_issued_at", json!([])),
        ("registration_client_uri", json!(7)),
        // Without a token, the client is in use and cannot be managed.
        ("registration_access_token", json!(null)),
        ("registration_access_token", json!("")),
        ("registration_access_token", json!("a b")),
        ("registration_access_token", json!("\u{e9}")),
    ] {
        let ory = OryMock::start().await;
        let token = created(&ory, json!({}));
        let reply = json!({
            "client_id": "c1", "client_secret": "s", "registration_access_token": token,
            name: value,
        });
        let reply = Fault::answer(201).body(reply.to_string());
        ory.fail_next(reply.on("POST", REGISTER));
        let keeper = keeper(&ory, MemoryStore::new());
        for _ in 0..3 {
            let ensured = keeper.ensure_registered(&wanted()).await;
            let ensured = ensured.unwrap_or_else(|error| panic!("{name}: {error:?}"));
            assert_eq!(ensured.registration().client_id(), "c1", "{name}");
        }
        assert_eq!(ory.requests_to("POST", REGISTER).len(), 1, "{name}");
        assert_eq!(ory.registered_clients(), ["c1"], "{name}");
    }
}

#[tokio::test]
async fn a_registration_whose_reply_cannot_be_used_is_read_and_not_sent_again() {
    for (status, before, after) in [
        (201, "", " trailing"),
        (201, "", ", \"x\": "),
        (201, "\u{feff}", "}"),
        (302, "", "}"),
        (502, "", "}"),
    ] {
        let ory = OryMock::start().await;
        let token = created(&ory, json!({"client_name": "My app"}));
        let reply = format!(
            r#"{before}{{"client_id":"c1","client_secret":"s","registration_access_token":"{token}""#
        );
        let reply = Fault::answer(status).body(reply + after);
        ory.fail_next(reply.on("POST", REGISTER));
        let keeper = keeper(&ory, MemoryStore::new());
        let wanted = ClientMetadata::new(["https://app.example/callback"]).client_name("My app");
        let ensured = keeper.ensure_registered(&wanted).await;
        let ensured = ensured.expect("the credentials arrived");
        assert_eq!(ensured.action(), Action::Registered);
        check_token(&ory, &keeper).await;
        let before = ory.requests().len();
        let ensured = keeper.ensure_registered(&wanted).await.expect("it is read");
        assert_eq!(ensured.action(), Action::Reused);
        assert_eq!(ory.requests().len() - before, 1, "one read");
        assert_eq!(ory.requests_to("POST", REGISTER).len(), 1);
    }
}

#[tokio::test]
async fn a_client_without_all_its_credentials_is_listed_and_not_used() {
    let unusable = [
        r#"{"client_id":"c1""#,
        r#"{"client_id":"c1","client_secret":"s""#,
        r#"{"client_id":"c1","registration_access_token":"t""#,
    ];
    for reply in unusable {
        let ory = OryMock::start().await;
        let reply = Fault::answer(201).body(reply);
        ory.fail_next(reply.on("POST", REGISTER));
        let keeper = keeper(&ory, MemoryStore::new());
        let error = keeper.ensure_registered(&wanted()).await;
        let error = error.expect_err("a credential is missing");
        assert_eq!(error.kind(), KeeperErrorKind::OutcomeUnknown);
        let ensured = keeper.ensure_registered(&wanted()).await;
        assert_eq!(ensured.expect("registered").action(), Action::Registered);
        let superseded = keeper.superseded().await.expect("the store is in memory");
        let ids: Vec<_> = superseded.iter().map(Registration::client_id).collect();
        assert_eq!(ids, ["c1"]);
    }
}

#[tokio::test]
async fn a_reply_to_an_update_that_proves_nothing_leaves_the_outcome_unknown() {
    for reply in [
        Fault::answer(200).body("{}"),
        Fault::answer(200).body(r#"{"client_id": "other"}"#),
        Fault::answer(200).body(r#"{"status": "ok"}"#),
        Fault::answer(200).body(r#"{"client_id": null}"#),
        Fault::answer(200).body(r#"{"client_id": ["c"]}"#),
        Fault::answer(200).body("[]"),
        Fault::answer(200).body(r#""x""#),
        Fault::answer(200)
            .body("<html>")
            .header("Content-Type", "text/html"),
        Fault::answer(201).body("{}"),
        Fault::answer(202),
        Fault::answer(204),
        Fault::answer(206).body("{}"),
        Fault::answer(300),
        Fault::answer(302),
        Fault::answer(303),
        Fault::answer(307),
        Fault::answer(308),
        Fault::answer(401),
        Fault::answer(401).header("WWW-Authenticate", r#"Bearer error="invalid_token""#),
        Fault::answer(401).header("WWW-Authenticate", r#"Bearer error="invalid_request""#),
        Fault::answer(401).header("WWW-Authenticate", r#"Bearer error="insufficient_scope""#),
        Fault::answer(408),
        Fault::answer(499),
        Fault::answer(502),
        Fault::answer(520),
        Fault::answer(599),
        Fault::answer(600),
        Fault::answer(999),
    ] {
        let ory = OryMock::start().await;
        let keeper = registered(&ory, MemoryStore::new()).await;
        ory.fail_next(reply.clone().after_handling().on("PUT", REGISTER));
        let error = keeper.update(rename("Renamed")).await;
        let error = error.expect_err("the reply proves nothing");
        assert_eq!(error.kind(), KeeperErrorKind::OutcomeUnknown, "{reply:?}");
        let kept = keeper.stored().await;
        kept.expect_err("a token that may be dead is not returned");
    }
}

#[tokio::test]
async fn a_refusal_of_an_update_changes_nothing() {
    for status in [400, 403, 404, 405, 409, 413, 418, 421, 425, 429, 451] {
        let ory = OryMock::start().await;
        let keeper = registered(&ory, MemoryStore::new()).await;
        ory.fail_next(Fault::answer(status).on("PUT", REGISTER));
        let error = keeper.update(rename("Renamed")).await;
        let error = error.expect_err("the server refuses");
        assert!(matches!(error, KeeperError::Call(_)), "{status} {error:?}");
        check_token(&ory, &keeper).await;
    }
}

#[tokio::test]
async fn a_token_that_cannot_be_sent_does_not_replace_one_that_works() {
    let ory = OryMock::builder().rotate_registration_tokens(false);
    let ory = ory.start().await;
    for (method, token) in [
        ("PUT", json!(null)),
        ("PUT", json!("")),
        ("GET", json!(null)),
        ("GET", json!("")),
    ] {
        let keeper = registered(&ory, MemoryStore::new()).await;
        let id = stored(&keeper).await.client_id().to_owned();
        let reply =
            json!({"client_id": id, "client_secret": token, "registration_access_token": token});
        let reply = Fault::answer(200).body(reply.to_string());
        ory.fail_next(reply.on(method, REGISTER));
        let before = stored(&keeper).await;
        keeper.update(rename("Renamed")).await.expect("updated");
        check_token(&ory, &keeper).await;
        let after = stored(&keeper).await;
        assert_eq!(
            after.client_secret(),
            before.client_secret(),
            "{method} {token}"
        );
    }
}

#[tokio::test]
async fn a_reply_to_a_deletion_that_proves_nothing_keeps_the_entry() {
    for reply in [
        Fault::answer(200).body(r#"{"error": "no"}"#),
        Fault::answer(200),
        Fault::answer(200)
            .body("<html>")
            .header("Content-Type", "text/html"),
        Fault::answer(201),
        Fault::answer(202),
        Fault::answer(205),
        Fault::answer(206),
        Fault::answer(303),
        Fault::answer(307),
        Fault::answer(408),
        Fault::answer(499),
        Fault::answer(520),
        Fault::answer(600),
    ] {
        let ory = OryMock::start().await;
        let keeper = registered(&ory, MemoryStore::new()).await;
        ory.fail_next(reply.clone().on("DELETE", REGISTER));
        let error = keeper.retire().await.expect_err("the reply proves nothing");
        assert_eq!(error.kind(), KeeperErrorKind::OutcomeUnknown, "{reply:?}");
        check_token(&ory, &keeper).await;
    }
}

/// A keeper of a client whose next read brings a new token.
async fn with_rotating_read(ory: &OryMock, end_of_reply: &str) -> (Keeper, String) {
    let keeper = registered(ory, MemoryStore::new()).await;
    let id = stored(&keeper).await.client_id().to_owned();
    let new = ory.rotate_registration_token(&id);
    let reply = format!(r#"{{"client_id":"{id}","registration_access_token":"{new}""#);
    let reply = Fault::answer(200).body(reply + end_of_reply);
    ory.fail_next(reply.on("GET", REGISTER));
    (keeper, new)
}

#[tokio::test]
async fn a_token_that_a_read_brings_is_stored_whatever_follows() {
    let ory = OryMock::start().await;
    let check = async |keeper: &Keeper, new: &str| {
        let stored = stored(keeper).await;
        let token = stored.registration_access_token();
        assert_eq!(token.map(RegistrationAccessToken::expose), Some(new));
    };

    let (keeper, new) = with_rotating_read(&ory, "}").await;
    let refused = keeper.update(|metadata| metadata.set_member("skip_consent", true));
    let error = refused.await.expect_err("a client cannot set it");
    assert_eq!(
        error.kind(),
        KeeperErrorKind::Call(ErrorKind::InvalidRequest)
    );
    check(&keeper, &new).await;

    let (keeper, new) = with_rotating_read(&ory, "}").await;
    let panics = keeper.clone();
    let panics = tokio::spawn(async move { panics.update(|_| panic!("the app fails")).await });
    assert!(panics.await.is_err_and(|error| error.is_panic()));
    check(&keeper, &new).await;

    let (keeper, new) = with_rotating_read(&ory, " trailing").await;
    let error = keeper.ensure_registered(&wanted()).await;
    error.expect_err("the reply cannot be used");
    check(&keeper, &new).await;

    let (keeper, new) = with_rotating_read(&ory, "}").await;
    let ensured = keeper.ensure_registered(&wanted()).await;
    ensured.expect("the read is complete");
    check_token(&ory, &keeper).await;
    let used = ory.requests_to("PUT", REGISTER);
    let bearer = format!("Bearer {new}");
    assert!(
        used.is_empty()
            || used
                .last()
                .is_some_and(|put| put.header("authorization") == Some(&bearer))
    );
}

#[tokio::test]
async fn a_panic_of_the_observer_does_not_lose_a_token() {
    let ory = OryMock::start().await;
    let observed = Client::builder(ory.url()).observe(|_| panic!("the observer fails"));
    let observed = observed.build().expect("loopback is permitted");
    let keeper = Keeper::new(observed, MemoryStore::new(), "my-app");
    let ensured = keeper.ensure_registered(&wanted()).await;
    ensured.expect("registered");
    keeper.update(rename("Renamed")).await.expect("updated");
    check_token(&ory, &keeper).await;
    keeper.recover().await.expect("the token works");
    let retirement = keeper.retire().await.expect("deleted");
    assert_eq!(retirement, Retirement::Deleted);
}

/// A keeper of a client for which an administrator has set a member.
async fn with_administrator(ory: &OryMock, allow_reset: bool) -> Keeper {
    let token = created(
        ory,
        json!({"skip_consent": true, "access_token_strategy": "jwt"}),
    );
    let registration = Registration::from_saved("c1", RegistrationAccessToken::new(token));
    let keeper = builder(ory, MemoryStore::new()).allow_reset(allow_reset);
    let keeper = keeper.build();
    keeper.adopt(registration).await.expect("the token works");
    keeper
}

#[tokio::test]
async fn an_update_that_would_reset_what_an_administrator_has_set_is_sent_only_if_allowed() {
    let ory = OryMock::start().await;
    let keeper = with_administrator(&ory, false).await;
    for refused in [
        keeper.update(rename("Renamed")).await.map(drop),
        keeper.ensure_registered(&wanted()).await.map(drop),
    ] {
        let Err(KeeperError::Call(error)) = refused else {
            panic!("{refused:?}");
        };
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        let names = "access_token_strategy and skip_consent would be reset";
        assert!(error.to_string().contains(names), "{error}");
        check_token(&ory, &keeper).await;
    }
    assert_eq!(updates(&ory), 0);
    // What needs no update works.
    let as_it_is = stored(&keeper).await.metadata();
    let ensured = keeper
        .ensure_registered(&as_it_is)
        .await
        .expect("as wanted");
    assert_eq!(ensured.action(), Action::Reused);
    assert_eq!(updates(&ory), 0);

    let ory = OryMock::start().await;
    let keeper = with_administrator(&ory, true).await;
    let updated = keeper.update(rename("Renamed")).await.expect("allowed");
    assert_eq!(
        updated.reset_members(),
        ["access_token_strategy", "skip_consent"]
    );
    let ensured = keeper.ensure_registered(&wanted()).await.expect("allowed");
    assert_eq!(ensured.action(), Action::Updated);
    check_token(&ory, &keeper).await;
}

#[tokio::test]
async fn metadata_that_must_not_be_sent_is_refused_before_anything_is_sent_or_stored() {
    let ory = OryMock::start().await;
    let unused = keeper(&ory, MemoryStore::new());
    let set = |key: Value| json!({"keys": [key]});
    let ec = json!({"kty": "EC", "crv": "P-256", "x": "a", "y": "b", "d": "hush"});
    let pem = "-----BEGIN EC PRIVATE KEY-----\nhush";
    let refused = [
        ("jwks", set(ec.clone())),
        ("jwks", set(json!({"kty": "oct", "k": "hush"}))),
        ("jwks", set(json!({"kty": "RSA", "x5c": [pem]}))),
        ("jwks", json!(set(ec.clone()).to_string())),
        ("jwks", ec.clone()),
        ("JWKS", set(ec)),
        ("skip_consent", json!(true)),
        ("Skip_Consent", json!(true)),
        ("skip_logout_consent", json!("hush")),
        ("access_token_strategy", json!("jwt")),
        ("metadata", json!({"team": "hush"})),
        ("client_id", json!("other")),
        ("CLIENT_SECRET", json!("hush")),
        ("registration_access_token", json!("hush")),
    ];
    let check = |name: &str, error: KeeperError| {
        let kind = KeeperErrorKind::Call(ErrorKind::InvalidRequest);
        assert_eq!(error.kind(), kind, "{name}");
        assert!(!format!("{error} {error:?}").contains("hush"), "{name}");
    };
    for (name, value) in &refused {
        let wanted = wanted().member(*name, value.clone());
        let error = unused.ensure_registered(&wanted).await;
        check(name, error.expect_err("it must not be sent"));
        let known = unused.last_known().await.expect("the store is in memory");
        assert_eq!(known, None);
    }
    assert!(ory.requests().is_empty());

    let keeper = registered(&ory, MemoryStore::new()).await;
    for (name, value) in refused {
        let updated = keeper.update(|metadata| metadata.set_member(name, value));
        check(name, updated.await.expect_err("it must not be sent"));
        stored(&keeper).await;
    }
    assert_eq!(updates(&ory), 0);
}
