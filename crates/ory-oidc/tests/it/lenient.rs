//! A member of an unexpected type costs itself, not the response: it reads as absent, is kept as raw
//! JSON, and is listed.

use crate::support::{Server, http, json, reply};
use ory_oidc::discovery::ProviderMetadata;
use ory_oidc::error::DecodeError;
use ory_oidc::raw::models::{JsonWebKeySet, OAuth2Client};
use ory_oidc::userinfo::UserInfo;
use ory_oidc::{AccessToken, Client, ClientMetadata, Error, Registration, Subject};
use serde_json::{Value, json as value};
use std::time::{Duration, UNIX_EPOCH};

async fn discovered(metadata: &Value) -> ProviderMetadata {
    let server = Server::start([json(200, metadata.to_string())]).await;
    let builder = Client::builder(server.url()).http_client(http());
    let builder = builder.issuer("https://id.example");
    let client = builder.build().expect("the URL is valid");
    let outcome = client.discover().await;
    outcome.unwrap_or_else(|error| panic!("{metadata}: {error}"))
}

async fn registered(reply: &Value) -> Registration {
    let server = Server::start([json(201, reply.to_string())]).await;
    let outcome = server.client().register(&ClientMetadata::default()).await;
    outcome.unwrap_or_else(|error| panic!("{reply}: {error}"))
}

async fn userinfo(body: impl AsRef<[u8]>) -> Result<UserInfo, Error> {
    let server = Server::start([json(200, body)]).await;
    let token = AccessToken::new("ory_at_x");
    server
        .client()
        .userinfo(&token, Subject::Expect("u1"))
        .await
}

/// Returns metadata with one more member, or another value of one.
fn metadata(member: &str, value: &Value) -> Value {
    let mut metadata = value!({
        "issuer": "https://id.example",
        "authorization_endpoint": "https://id.example/auth",
        "token_endpoint": "https://id.example/token",
        "jwks_uri": "https://id.example/keys",
        "subject_types_supported": ["public"],
    });
    metadata[member] = value.clone();
    metadata
}

#[tokio::test]
async fn metadata_with_a_member_of_an_unexpected_type_are_used() {
    for (member, found) in [
        ("subject_types_supported", value!("pairwise")),
        ("subject_types_supported", value!({"public": true})),
        ("response_types_supported", value!(["code", 7])),
        ("scopes_supported", value!("openid email")),
        ("id_token_signing_alg_values_supported", value!("RS256")),
        ("claims_parameter_supported", value!("yes")),
        ("request_parameter_supported", value!(1)),
        (
            "authorization_endpoint",
            value!(["https://id.example/auth"]),
        ),
        ("token_endpoint", value!(false)),
        ("grant_types_supported", value!({"code": true})),
        ("backchannel_logout_supported", value!("perhaps")),
        ("code_challenge_methods_supported", value!(256)),
        ("userinfo_endpoint", value!({"url": "https://id.example"})),
        (
            "credentials_supported_draft_00",
            value!([{"format": 1}, "x"]),
        ),
    ] {
        let provider = discovered(&metadata(member, &found)).await;
        assert_eq!(provider.unexpected_members(), [member], "{found}");
        let raw = &provider.fields().additional_properties;
        assert_eq!(raw[member], found);
        assert_eq!(provider.jwks_uri(), "https://id.example/keys");
        let written = serde_json::to_value(provider.fields()).expect("a model is JSON");
        assert_eq!(written, metadata(member, &found));
    }
    let provider = discovered(&metadata("token_endpoint", &value!(7))).await;
    assert_eq!(provider.token_endpoint(), None);
    assert!(provider.authorization_endpoint().is_some());
}

#[tokio::test]
async fn metadata_whose_values_have_a_plain_meaning_are_read_by_it() {
    let provider = discovered(&metadata(
        "scopes_supported",
        &value!(["openid", null, "email"]),
    ))
    .await;
    let scopes = provider.fields().scopes_supported.as_deref();
    assert_eq!(scopes.expect("the list is read"), ["openid", "email"]);
    let provider = discovered(&metadata("request_parameter_supported", &value!("true"))).await;
    assert!(provider.request_parameter_supported());
    let provider = discovered(&metadata("subject_types_supported", &value!(null))).await;
    assert_eq!(provider.fields().subject_types_supported, None);
    assert!(provider.unexpected_members().is_empty());
}

/// Numbers that are out of range for every JSON reader of Rust.
const OUT_OF_RANGE: [&str; 3] = ["1e999", "-1E+999", "123456789e4711"];

#[tokio::test]
async fn number_out_of_range_costs_itself_only() {
    for number in OUT_OF_RANGE {
        for (claim, listed) in [
            ("name", true),
            ("email_verified", true),
            ("updated_at", false),
            ("level", false),
        ] {
            let body = format!(r#"{{"sub": "u1", "{claim}": {number}, "nickname": "Jo"}}"#);
            let user = userinfo(&body).await.expect("the subject is readable");
            assert_eq!(user.nickname(), Some("Jo"), "{body}");
            assert_eq!(
                (user.name(), user.email_verified(), user.updated_at()),
                (None, None, None)
            );
            let unexpected = user.unexpected_members();
            assert_eq!(unexpected.contains(&claim), listed, "{body}");
            let raw: f64 = user.claim(claim).expect("the claim is a number");
            assert!(raw.abs() >= f64::MAX, "{body}");
            let written = serde_json::to_value(&user).expect("userinfo is JSON");
            assert_eq!(written["nickname"], "Jo", "{body}");
        }
        let nested = format!(r#"{{"sub": "u1", "address": {{"country": "NL", "x": [{number}]}}}}"#);
        let user = userinfo(&nested).await.expect("the subject is readable");
        let address = user.address().expect("the claim is an object");
        assert_eq!(address.country.as_deref(), Some("NL"));
        // The subject is what the caller's safety depends on.
        userinfo(format!(r#"{{"sub": {number}}}"#))
            .await
            .expect_err("the subject is no text");
        let twice = format!(r#"{{"sub": "u1", "x": {number}, "x": 1}}"#);
        userinfo(twice).await.expect_err("a claim has two values");
    }
}

#[tokio::test]
async fn number_out_of_range_costs_no_metadata_no_credentials_and_no_error_text() {
    for number in OUT_OF_RANGE {
        let mut document = metadata("x", &value!("y")).to_string();
        document.truncate(document.len() - 1);
        let document = format!(r#"{document}, "z": {number}}}"#);
        let server = Server::start([json(200, document)]).await;
        let builder = Client::builder(server.url()).http_client(http());
        let client = builder.issuer("https://id.example").build();
        let provider = client.expect("the URL is valid").discover().await;
        provider.expect("the endpoints are readable");

        let reply = format!(
            r#"{{"client_id": "c1", "client_secret_expires_at": {number}, "x": 1, "x": 2,
                "registration_access_token": "t"}}"#
        );
        let server = Server::start([json(201, reply)]).await;
        let registration = server.client().register(&ClientMetadata::default()).await;
        let registration = registration.expect("the credentials are readable");
        assert!(registration.registration_access_token().is_some());

        let body = format!(r#"{{"error": "invalid_client_metadata", "code": {number}}}"#);
        let server = Server::start([json(400, body)]).await;
        let error = server.client().register(&ClientMetadata::default()).await;
        let error = error.expect_err("the server refuses").to_string();
        assert!(error.contains("invalid_client_metadata"), "{error}");
    }
}

#[tokio::test]
async fn registration_with_a_member_of_an_unexpected_type_keeps_its_credentials() {
    for (member, found) in [
        ("client_secret_expires_at", value!("never")),
        ("client_secret_expires_at", value!([0])),
        ("contacts", value!("a@b.example")),
        ("redirect_uris", value!(["https://app.example/", {}])),
        ("client_name", value!({"en": "App"})),
        ("skip_consent", value!("4711")),
        ("jwks", value!({"keys": [{"kid": "no kty"}]})),
        ("jwks", value!("https://app.example/jwks")),
        ("created_at", value!(1_700_000_000)),
        ("scope", value!(["openid", "email"])),
    ] {
        let mut reply = value!({
            "client_id": "c1", "client_secret": "s", "registration_access_token": "t",
        });
        reply[member] = found.clone();
        let registration = registered(&reply).await;
        assert_eq!(registration.client_id(), "c1");
        let secret = registration
            .client_secret()
            .map(|secret| secret.expose().to_owned());
        assert_eq!(secret.as_deref(), Some("s"));
        assert!(registration.registration_access_token().is_some());
        let granted = registration.granted();
        let unexpected = granted.unexpected_members();
        // The set of keys is an object; only its keys cannot be read.
        if found["keys"].is_array() {
            let keys = granted.jwks.as_ref().expect("the set is an object");
            assert_eq!(keys.unexpected_members(), ["keys"]);
        } else {
            assert_eq!(unexpected, [member], "{found}");
            assert_eq!(granted.additional_properties[member], found);
        }
    }
}

#[tokio::test]
async fn expiry_of_a_secret_is_read_from_a_number_in_any_notation() {
    let soon = UNIX_EPOCH + Duration::from_secs(1_900_000_000);
    for (written, expires) in [
        (value!(0), None),
        (value!("0"), None),
        (value!(0.0), None),
        (value!(null), None),
        (value!(1_900_000_000), Some(soon)),
        (value!("1900000000"), Some(soon)),
        (value!(1.9e9), Some(soon)),
    ] {
        let reply = value!({"client_id": "c1", "client_secret_expires_at": written});
        let registration = registered(&reply).await;
        assert_eq!(
            registration.client_secret_expires_at(),
            expires,
            "{written}"
        );
        assert!(registration.granted().unexpected_members().is_empty());
    }
}

#[tokio::test]
async fn userinfo_with_a_claim_of_an_unexpected_type_is_used() {
    for (claim, found) in [
        ("name", value!({"first": "A", "last": "B"})),
        ("email_verified", value!(1)),
        ("email_verified", value!("yes")),
        ("locale", value!({"language": "en"})),
        ("email", value!(["a@b.example"])),
        ("phone_number", value!(31_612_345_678_u64)),
        ("birthdate", value!(1990)),
        ("picture", value!(false)),
        ("zoneinfo", value!({"offset": 1})),
        ("phone_number_verified", value!(0)),
    ] {
        let body = value!({"sub": "u1", "nickname": "n", claim: found, "groups": ["a"]});
        let user = userinfo(body.to_string())
            .await
            .expect("only one claim is odd");
        assert_eq!(user.sub(), "u1");
        assert_eq!(user.nickname(), Some("n"));
        assert_eq!(user.unexpected_members(), [claim], "{found}");
        let raw: Value = user.claim(claim).expect("the claim is present");
        assert_eq!(raw, found);
        let typed = [
            user.name(),
            user.locale(),
            user.email(),
            user.phone_number(),
            user.birthdate(),
            user.picture(),
            user.zoneinfo(),
        ];
        assert_eq!(typed, [None; 7]);
        assert_eq!(user.email_verified(), None);
        assert_eq!(user.phone_number_verified(), None);
        // The claim has another type than this, and is not missing.
        let other = user
            .claim::<Option<char>>(claim)
            .expect_err("the type differs");
        assert!(other.to_string().contains("another type"), "{other}");
        let all: Value = user.claims().expect("the claims are JSON");
        assert_eq!(all, body);
        let stored = serde_json::to_string(&user).expect("the claims are JSON");
        let restored: UserInfo = serde_json::from_str(&stored).expect("it has a sub");
        assert_eq!(restored, user);
        assert_eq!(restored.unexpected_members(), [claim]);
    }
}

#[tokio::test]
async fn claim_named_twice_is_refused() {
    for body in [
        r#"{"sub": "u1", "sub": "u2"}"#,
        r#"{"sub": "u1", "sub": "u1"}"#,
        r#"{"sub": "u1", "email": "a@a.example", "email": "b@b.example"}"#,
        r#"{"sub": "u1", "groups": [], "x": 1, "groups": ["admin"]}"#,
        r#"{"sub": "u1", "role": "user", "r\u006fle": "admin"}"#,
        r#"{"sub": "u1", "address": {"country": "NL", "country": "BE"}}"#,
        r#"{"sub": "u1", "roles": [{"id": 1, "id": 2}]}"#,
    ] {
        let outcome = userinfo(body).await;
        let Err(Error::Decode(error)) = outcome else {
            panic!("{body}: {outcome:?}");
        };
        assert!(error.problem().starts_with("duplicate member"), "{error}");
        let stored = serde_json::from_str::<UserInfo>(body);
        let top_level = !body.contains("address") && !body.contains("roles");
        assert_eq!(stored.is_err(), top_level, "{body}");
    }
}

#[test]
fn member_of_a_model_named_twice_is_refused() {
    for body in [
        r#"{"client_id": "a", "client_id": "b"}"#,
        r#"{"client_id": null, "client_id": "b"}"#,
        r#"{"contacts": 7, "contacts": ["a"]}"#,
        r#"{"software_id": "a", "software_id": "b"}"#,
    ] {
        let outcome: Result<OAuth2Client, _> = serde_json::from_str(body);
        let error = outcome.expect_err(body);
        assert!(error.to_string().starts_with("duplicate"), "{error}");
    }
}

#[test]
fn setter_replaces_a_value_of_an_unexpected_type() {
    let client: OAuth2Client =
        serde_json::from_value(value!({"client_name": 7, "x": 1})).expect("no member is required");
    let client = client.client_name("App");
    assert!(client.unexpected_members().is_empty());
    let written = serde_json::to_string(&client).expect("a model is JSON");
    assert_eq!(written, r#"{"client_name":"App","x":1}"#);
    let keys: JsonWebKeySet =
        serde_json::from_value(value!({"keys": "none"})).expect("no member is required");
    assert_eq!(keys.unexpected_members(), ["keys"]);
    let keys = keys.keys(Vec::new());
    assert!(keys.unexpected_members().is_empty());
}

const BOM: &str = "\u{feff}";

#[tokio::test]
async fn byte_order_mark_is_skipped() {
    let user = userinfo(format!("{BOM}{}", value!({"sub": "u1"}))).await;
    assert_eq!(user.expect("the rest is JSON").sub(), "u1");
    let reply = format!("{BOM}{}", value!({"client_id": "c1", "x": BOM}));
    let server = Server::start([json(201, reply)]).await;
    let registration = server.client().register(&ClientMetadata::default()).await;
    let registration = registration.expect("the rest is JSON");
    // A mark inside a text is part of it.
    assert_eq!(registration.granted().additional_properties["x"], BOM);
    let metadata = metadata("issuer", &value!("https://id.example"));
    let server = Server::start([json(200, format!("{BOM}{metadata}"))]).await;
    let client = Client::builder(server.url()).issuer("https://id.example");
    let client = client.http_client(http()).build();
    let client = client.expect("the URL is valid");
    client.discover().await.expect("the rest is JSON");
}

/// Returns the error of a registration that is answered with this body.
async fn undecodable(headers: &[(&str, &str)], body: &[u8]) -> Box<DecodeError> {
    let server = Server::start([reply(201, headers, body)]).await;
    let outcome = server.client().register(&ClientMetadata::default()).await;
    match outcome {
        Err(Error::Decode(error)) => error,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn body_that_is_not_json_is_named() {
    let utf_16: Vec<u8> = "\u{feff}{}"
        .encode_utf16()
        .flat_map(u16::to_be_bytes)
        .collect();
    let gzip = b"\x1f\x8b\x08\x00\x00";
    for (headers, body, problem) in [
        (&[][..], &b""[..], "the body is empty"),
        (&[], b" \r\n", "the body is empty"),
        (&[], &utf_16, "the body is UTF-16, expected UTF-8"),
        (&[], b"\0{\0}", "the body is UTF-16, expected UTF-8"),
        (&[], b"{\0}\0", "the body is UTF-16, expected UTF-8"),
        (
            &[],
            b"<!doctype html><p>",
            "the body is HTML or XML, expected JSON",
        ),
        (&[], b"\n <html>", "the body is HTML or XML, expected JSON"),
        (
            &[],
            b"<?xml version='1.0'?>",
            "the body is HTML or XML, expected JSON",
        ),
        (
            &[],
            gzip,
            "the body is compressed with gzip, which the request does not accept",
        ),
        (
            &[],
            b"\x28\xb5\x2f\xfd\x04",
            "the body is compressed with zstd, which the request does not accept",
        ),
        (
            &[],
            b"\x78\x9c\xab",
            "the body is compressed with deflate, which the request does not accept",
        ),
        (
            &[("content-encoding", "gzip")],
            gzip,
            "the body is encoded with \"gzip\", which the request does not accept",
        ),
        (
            &[("content-encoding", "br")],
            b"\x0b\x02\x80{}\x03",
            "the body is encoded with \"br\", which the request does not accept",
        ),
        (
            &[("content-encoding", "identity")],
            b"{",
            "EOF while parsing an object (line 1 column 1)",
        ),
        (&[], b"no", "expected ident (line 1 column 2)"),
    ] {
        let error = undecodable(headers, body).await;
        assert_eq!(error.problem(), problem, "{body:?}");
    }
    // The header is wrong, but the body is not.
    let plain = [("content-encoding", "gzip")];
    let server = Server::start([reply(201, &plain, r#"{"client_id": "c1"}"#)]).await;
    let registration = server.client().register(&ClientMetadata::default()).await;
    assert_eq!(registration.expect("the body is JSON").client_id(), "c1");
}
