//! Client metadata: the members that can be set, and what the server granted differently.

use ory_oidc::raw::models::{JsonWebKeySet, OAuth2Client};
use ory_oidc::registration::{Difference, ExportedRegistration};
use ory_oidc::{ClientMetadata, Registration};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Returns a registration for which the server granted these members.
fn granted(members: &Value) -> Registration {
    let exported = json!({"client_id": "c1", "granted": members});
    let exported: ExportedRegistration =
        serde_json::from_value(exported).expect("the JSON is an exported registration");
    exported.into()
}

#[test]
fn every_member_is_either_settable_or_server_managed() {
    let set = |names: &[&'static str]| names.iter().copied().collect::<BTreeSet<_>>();
    let (settable, managed) = (
        set(OAuth2Client::SETTABLE),
        set(OAuth2Client::SERVER_MANAGED),
    );
    assert!(settable.is_disjoint(&managed));
    assert_eq!(&settable | &managed, set(OAuth2Client::MEMBERS));
}

#[test]
fn jwks_with_jwks_uri_is_refused_before_sending() {
    let both = ClientMetadata::default()
        .jwks(JsonWebKeySet::default())
        .jwks_uri("https://app.example/jwks");
    let refused = both
        .validate()
        .expect_err("jwks and jwks_uri are mutually exclusive");
    assert_eq!(
        refused.to_string(),
        "jwks and jwks_uri are mutually exclusive"
    );
}

#[test]
fn member_set_by_name_replaces_the_field() {
    let metadata = ClientMetadata::default()
        .client_name("a")
        .member("client_name", "b");
    let json = serde_json::to_string(metadata.fields()).expect("a model serializes as JSON");
    assert_eq!(json, r#"{"client_name":"b"}"#);
}

#[test]
fn dropped_changed_and_added_members_are_reported() {
    let wanted = ClientMetadata::default()
        .client_name("a")
        .member("software_id", "x");
    let reply = json!({"client_name": "b", "subject_type": "public", "a_claim": 1});
    let granted = granted(&reply);
    let lines: Vec<_> = granted
        .differences(&wanted)
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        lines,
        [
            "a_claim: not requested, granted [not shown]",
            r#"client_name: requested "a", granted "b""#,
            "software_id: requested [not shown], not granted",
            r#"subject_type: not requested, granted "public""#,
        ]
    );
}

#[test]
fn normalized_value_is_not_a_difference() {
    let wanted = ClientMetadata::default()
        .scope(["email", "openid"])
        .grant_types(["refresh_token", "authorization_code"])
        .authorization_code_grant_access_token_lifespan("30m");
    let granted = granted(&json!({
        "scope": "openid email",
        "grant_types": ["authorization_code", "refresh_token"],
        "authorization_code_grant_access_token_lifespan": "30m0s",
        "contacts": [],
    }));
    assert_eq!(granted.differences(&wanted), []);
}

/// Checks that nothing shows the secret, and returns what is shown.
#[track_caller]
fn shown(differences: &[Difference]) -> String {
    let lines: Vec<_> = differences.iter().map(ToString::to_string).collect();
    let shown = format!("{lines:?} {differences:?} {differences:#?}");
    assert!(!shown.contains("hush"), "{shown}");
    shown
}

#[test]
fn differences_show_no_value_that_may_be_a_secret() {
    for (name, asked, returned) in [
        ("my_api_key", json!("hush"), json!(null)),
        ("my_api_key", json!("hush"), json!("hush-2")),
        ("my_api_key", json!(null), json!("hush")),
        ("my_config", json!({"password": "hush"}), json!(["hush"])),
        ("my_api_key#ja", json!("hush"), json!(null)),
        ("software_statement", json!("hush"), json!(null)),
        ("owner", json!({"password": "hush"}), json!("me")),
        ("contacts", json!([{"password": "hush"}]), json!(null)),
        ("jwks", json!("hush"), json!(null)),
        ("jwks", json!({"keys": [], "secret": "hush"}), json!(null)),
        (
            "jwks",
            json!(null),
            json!({"keys": [{"kty": "oct", "k": "hush", "x": "hush"}]}),
        ),
        ("client_secret", json!(null), json!("hush")),
        ("registration_access_token", json!(null), json!("hush")),
    ] {
        let wanted = ClientMetadata::default().member(name, asked);
        shown(&granted(&json!({name: returned})).differences(&wanted));
    }
}

#[test]
fn differences_show_the_values_of_known_members_and_hold_all_values() {
    let wanted = ClientMetadata::default()
        .client_name("a")
        .member("client_name#ja", "b")
        .contacts(["c"])
        .member("my_api_key", "hush");
    let differences = granted(&json!({})).differences(&wanted);
    let shown = shown(&differences);
    for value in [r#"\"a\""#, r#"\"b\""#, r#"[\"c\"]"#, "[not shown]"] {
        assert!(shown.contains(value), "{value}: {shown}");
    }
    let held = serde_json::to_string(&differences).expect("differences serialize as JSON");
    assert!(held.contains("hush"), "{held}");
}

#[test]
fn equal_lifespans_are_not_a_difference_and_invalid_ones_are() {
    const MEMBER: &str = "authorization_code_grant_access_token_lifespan";
    let differences = |asked: &str, returned: &str| {
        let wanted = ClientMetadata::default().member(MEMBER, asked);
        granted(&json!({MEMBER: returned})).differences(&wanted)
    };
    for (one, other) in [
        ("90m", "1h30m0s"),
        ("1.5h", "5400s"),
        ("1000µs", "1ms"),
        ("0s", "0h"),
    ] {
        assert_eq!(differences(one, other), [], "{one} {other}");
        assert_eq!(differences(other, one), [], "{one} {other}");
    }
    let overflow = "99999999999999999999999999999999999999999h";
    for (one, other) in [
        ("90m", "90s"),
        ("5", "0s"),
        ("h", "0h"),
        ("1x", "1h"),
        ("1..5h", "1.5h"),
        (overflow, "0s"),
        // Neither is a duration, so they are not known to be equal.
        ("5", "h"),
        (overflow, "1x"),
    ] {
        for (asked, returned) in [(one, other), (other, one)] {
            let found = differences(asked, returned);
            let changed = matches!(found[..], [Difference::Changed { .. }]);
            assert!(changed, "{asked} {returned}: {found:?}");
        }
    }
}
