//! Members of an unexpected type: they do not cost the response.

use super::management::{ok, secret, token};
use crate::support::{Server, TOKEN, json, registration, reply};
use ory_oidc::registration::ExportedRegistration;
use ory_oidc::{ClientMetadata, Registration};
use serde_json::{Map, Value, json as value};

/// Members of an unexpected type, and whether a client can set them.
fn unexpected() -> Vec<(&'static str, Value, bool)> {
    vec![
        ("client_secret_expires_at", value!("never"), false),
        ("client_secret_expires_at", value!(1.5e300), false),
        ("created_at", value!(1_700_000_000), false),
        ("skip_consent", value!("maybe"), false),
        (
            "registration_client_uri",
            value!(["https://ory.example"]),
            false,
        ),
        ("contacts", value!("ops@app.example"), true),
        ("redirect_uris", value!([4711]), true),
        ("scope", value!(["openid", "email"]), true),
        ("jwks", value!("https://app.example/jwks"), true),
        (
            "frontchannel_logout_session_required",
            value!({"a": 1}),
            true,
        ),
        (
            "authorization_code_grant_id_token_lifespan",
            value!(1_800),
            true,
        ),
    ]
}

/// Returns a complete reply with one more member.
fn reply_with(name: &str, value: &Value) -> Value {
    value!({
        "client_id": "c", "client_secret": "s", "registration_access_token": "t",
        "client_name": "My app", "x_other": [1], name: value,
    })
}

#[track_caller]
fn check(registration: &Registration, name: &str, value: &Value) {
    assert_eq!(token(registration), Some("t"), "{name}");
    assert_eq!(secret(registration), Some("s"), "{name}");
    let granted = registration.granted();
    assert_eq!(granted.client_name.as_deref(), Some("My app"), "{name}");
    assert_eq!(granted.additional_properties["x_other"], value!([1]));
    let expected = Map::from_iter([(name.to_owned(), value.clone())]);
    assert_eq!(registration.unexpected_members().0, expected);
}

#[tokio::test]
async fn unexpected_member_is_kept_as_raw_json_from_every_response() {
    for (name, value, _) in unexpected() {
        let body = reply_with(name, &value);
        let server = Server::start([json(201, body.to_string()), ok(&body), ok(&body)]).await;
        let client = server.client();
        let registered = client.register(&ClientMetadata::default()).await;
        let registered = registered.expect("the response has all credentials");
        check(&registered, name, &value);

        let mut known = registration("c");
        let outcome = client.read_registration(&mut known).await;
        outcome.expect("the response is about this client");
        check(&known, name, &value);

        let mut known = registration("c");
        let wanted = ClientMetadata::default();
        let outcome = client.replace_registration(&mut known, &wanted).await;
        outcome.expect("the response is about this client");
        check(&known, name, &value);
    }
}

#[tokio::test]
async fn unexpected_member_survives_export_and_a_read_that_omits_it() {
    for (name, value, _) in unexpected() {
        let body = reply_with(name, &value);
        let server = Server::start([ok(&body), ok(&value!({}))]).await;
        let mut known = registration("c");
        let outcome = server.client().read_registration(&mut known).await;
        outcome.expect("the response is about this client");

        let exported = serde_json::to_string(&known.export()).expect("it serializes as JSON");
        let exported: ExportedRegistration =
            serde_json::from_str(&exported).expect("it was exported");
        let mut restored = Registration::from(exported);
        assert_eq!(restored, known);

        let outcome = server.client().read_registration(&mut restored).await;
        outcome.expect("the response is about this client");
        check(&restored, name, &value);
        assert!(restored.omitted().contains(&name.to_owned()));
    }
}

#[tokio::test]
async fn registration_is_read_although_its_exported_metadata_repeats_its_credentials() {
    let reply = value!({
        "client_id": "c", "client_secret": "new", "registration_access_token": "t",
        "registration_client_uri": "https://ory.example/c", "client_name": "My app",
    });
    let exported: ExportedRegistration = serde_json::from_value(value!({
        "client_id": "c", "registration_access_token": "old", "granted": reply,
    }))
    .expect("the data is complete");
    let mut registration = Registration::from(exported);
    assert!(!format!("{registration:?}").contains("new"));
    let server = Server::start([ok(&reply)]).await;
    let outcome = server.client().read_registration(&mut registration).await;
    outcome.expect("the response is about this client");
    assert_eq!(
        (token(&registration), secret(&registration)),
        (Some("t"), Some("new"))
    );
    let uri = registration.registration_client_uri();
    assert_eq!(uri, Some("https://ory.example/c"));
}

#[tokio::test]
async fn update_sends_an_unexpected_member_back_if_a_client_can_set_it() {
    for (name, value, settable) in unexpected() {
        let body = reply_with(name, &value);
        let server = Server::start([ok(&body), ok(&body)]).await;
        let mut known = registration("c");
        let client = server.client();
        let change = |metadata: &mut ClientMetadata| metadata.set_client_name("Renamed");
        let outcome = client.update_registration(&mut known, change);
        let outcome = outcome.allow_reset(true).await;
        outcome.expect("the response is about this client");
        let put = server.requests()[1].json();
        assert_eq!(put["client_name"], "Renamed");
        let expected = settable.then_some(&value);
        assert_eq!(put.get(name), expected, "{name}");
    }
}

#[tokio::test]
async fn credential_of_an_unexpected_type_is_an_error() {
    for (name, value) in [
        ("client_id", value!(4711)),
        ("client_secret", value!(["s"])),
        ("registration_access_token", value!({"a": "t"})),
    ] {
        let body = reply_with(name, &value).to_string();
        let server = Server::start([json(201, &body), json(200, &body), reply(204, &[], "")]).await;
        let client = server.client();
        let outcome = client.register(&ClientMetadata::default()).await;
        outcome.expect_err("a credential is not a text");
        let mut known = registration("c");
        let outcome = client.read_registration(&mut known).await;
        outcome.expect_err("a credential is not a text");
        let expected = if name == "registration_access_token" {
            TOKEN
        } else {
            "t"
        };
        assert_eq!(token(&known), Some(expected), "{name}");
    }
}
