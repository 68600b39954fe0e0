//! Metadata, keys and userinfo in the forms of well-known providers are used, or refused for a reason
//! that protects. `tests/providers` has a file for each, in short and with invented ids.

use crate::support::{Server, http, json as response, reply, validation};
use ory_oidc::discovery::DiscoveryError;
use ory_oidc::userinfo::UserInfo;
use ory_oidc::{AccessToken, Client, ClientBuilder, Subject};
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::collections::BTreeSet;
use std::time::UNIX_EPOCH;

/// The responses of one provider, and what becomes of them.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Provider {
    /// What is unusual about them.
    odd: String,
    client: Settings,
    /// Issuers that look right and are not those of the metadata.
    #[serde(default)]
    refused_issuers: Vec<String>,
    metadata: Value,
    /// The members of the metadata that have an unexpected type.
    #[serde(default)]
    unexpected_metadata: Vec<String>,
    keys: Option<Value>,
    /// The ids of the keys that cannot be used.
    #[serde(default)]
    unreadable_keys: Vec<String>,
    userinfo: Option<Value>,
    /// The claims as the SDK reads them.
    #[serde(default)]
    reads: Map<String, Value>,
    /// The standard claims that have an unexpected type.
    #[serde(default)]
    unexpected_claims: Vec<String>,
    /// Userinfo as a token.
    userinfo_token: Option<String>,
    /// A part of the message that refuses the token.
    token_refusal: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Settings {
    issuer: String,
    trusted_origins: Vec<String>,
}

/// Returns the providers by the names of their files.
fn providers() -> Vec<(String, Provider)> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/providers");
    let files = std::fs::read_dir(folder).expect("the folder is in the repository");
    let files = files.map(|file| file.expect("the folder is readable").path());
    let providers = files.map(|path| {
        let name = path.file_stem().unwrap_or_default();
        let name = name.to_string_lossy().into_owned();
        let text = std::fs::read_to_string(&path).expect("the file is text");
        let provider = serde_json::from_str(&text);
        let provider = provider.unwrap_or_else(|error| panic!("{name}: {error}"));
        (name, provider)
    });
    providers.collect()
}

/// Returns a client of a server that returns these bodies.
fn client(server: &Server, issuer: &str, trusted_origins: &[String]) -> Client {
    let builder = Client::builder(server.url()).http_client(http());
    let trusting = |builder: ClientBuilder, origin: &String| builder.trust_endpoint_origin(origin);
    let builder = trusted_origins
        .iter()
        .fold(builder.issuer(issuer), trusting);
    builder.build().expect("the URLs are valid")
}

#[tokio::test]
async fn metadata_are_used_with_the_providers_own_issuer_and_origins() {
    let providers = providers();
    assert!(providers.len() >= 40, "{} providers", providers.len());
    for (name, provider) in providers {
        let name = format!("{name}: {}", provider.odd);
        let document = provider.metadata.to_string();
        let settings = &provider.client;
        let server = Server::start([response(200, &document)]).await;
        let client = client(&server, &settings.issuer, &settings.trusted_origins);
        let found = client.discover().await;
        let found = found.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(found.issuer(), settings.issuer, "{name}");
        assert_eq!(
            found.unexpected_members(),
            provider.unexpected_metadata,
            "{name}"
        );
        let read = serde_json::to_value(found.fields()).expect("a model is JSON");
        for (member, value) in read.as_object().expect("a model is an object") {
            assert_eq!(value, &provider.metadata[member], "{name}: {member}");
        }
        let members = provider.metadata.as_object().expect("an object").iter();
        for (member, _) in members.filter(|(_, value)| !value.is_null()) {
            assert!(read.get(member).is_some(), "{name}: {member}");
        }
    }
}

#[tokio::test]
async fn metadata_are_refused_for_another_issuer_and_for_untrusted_origins() {
    for (name, provider) in providers() {
        let document = provider.metadata.to_string();
        let settings = &provider.client;
        for issuer in &provider.refused_issuers {
            let server = Server::start([response(200, &document)]).await;
            let outcome = client(&server, issuer, &settings.trusted_origins)
                .discover()
                .await;
            let refused = validation(&outcome);
            let mismatch = matches!(refused, Some(DiscoveryError::IssuerMismatch { .. }));
            assert!(mismatch, "{name}: {outcome:?}");
        }
        if settings.trusted_origins.is_empty() {
            continue;
        }
        let server = Server::start([response(200, &document)]).await;
        let outcome = client(&server, &settings.issuer, &[]).discover().await;
        let Some(DiscoveryError::ForeignEndpoints { endpoints }) = validation(&outcome) else {
            panic!("{name}: {outcome:?}");
        };
        let origins = endpoints
            .iter()
            .filter_map(|endpoint| endpoint.origin.clone());
        let origins: BTreeSet<_> = origins.collect();
        let expected: BTreeSet<_> = settings.trusted_origins.iter().cloned().collect();
        assert_eq!(origins, expected, "{name}");
    }
}

/// Starts a server in the place of a provider: its metadata name the server's own `/keys` and
/// `/userinfo`, and these responses follow.
async fn in_place_of(
    provider: &Provider,
    next: impl IntoIterator<Item = crate::support::Action>,
) -> (Server, Client) {
    let server = Server::start([]).await;
    let url = server.url();
    let mut metadata = provider.metadata.clone();
    metadata["jwks_uri"] = json!(format!("{url}/keys"));
    metadata["userinfo_endpoint"] = json!(format!("{url}/userinfo"));
    server.respond(response(200, metadata.to_string()));
    next.into_iter().for_each(|action| server.respond(action));
    let settings = &provider.client;
    let client = client(&server, &settings.issuer, &settings.trusted_origins);
    (server, client)
}

#[tokio::test]
async fn keys_are_read() {
    let mut sets = 0;
    for (name, provider) in providers() {
        let Some(keys) = &provider.keys else {
            continue;
        };
        sets += 1;
        let (server, client) = in_place_of(&provider, [response(200, keys.to_string())]).await;
        let read = client.keys().await;
        let read = read.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(server.lines().last().map(String::as_str), Some("GET /keys"));
        let unreadable: Vec<_> = read.unreadable_key_ids().collect();
        assert_eq!(unreadable, provider.unreadable_keys, "{name}");
        assert_eq!(read.ignored_keys(), 0);
        let written = serde_json::to_value(read.fields()).expect("a model is JSON");
        assert_eq!(written["keys"], keys["keys"], "{name}");
    }
    assert!(sets >= 40, "{sets} key sets");
}

/// Returns a claim as its own method returns it, or else as it came.
fn read(user: &UserInfo, claim: &str) -> Value {
    let address = || user.address().unwrap_or_default();
    let seconds = || {
        let time = user.updated_at()?.duration_since(UNIX_EPOCH).ok()?;
        Some(time.as_secs())
    };
    match claim {
        "sub" => json!(user.sub()),
        "name" => json!(user.name()),
        "given_name" => json!(user.given_name()),
        "family_name" => json!(user.family_name()),
        "nickname" => json!(user.nickname()),
        "preferred_username" => json!(user.preferred_username()),
        "birthdate" => json!(user.birthdate()),
        "gender" => json!(user.gender()),
        "picture" => json!(user.picture()),
        "website" => json!(user.website()),
        "locale" => json!(user.locale()),
        "email_verified" => json!(user.email_verified()),
        "phone_number_verified" => json!(user.phone_number_verified()),
        "updated_at" => json!(seconds()),
        "formatted" => json!(address().formatted),
        "country" => json!(address().country),
        "postal_code" => json!(address().postal_code),
        other => user.claim(other).expect("the claim is present"),
    }
}

#[tokio::test]
async fn userinfo_is_read() {
    let mut replies = 0;
    for (name, provider) in providers() {
        let Some(userinfo) = &provider.userinfo else {
            continue;
        };
        replies += 1;
        let (server, client) = in_place_of(&provider, [response(200, userinfo.to_string())]).await;
        client.discover().await.expect("the metadata are used");
        let subject = userinfo["sub"].as_str().expect("the subject is a text");
        let token = AccessToken::new("example");
        let user = client.userinfo(&token, Subject::Expect(subject)).await;
        let user = user.unwrap_or_else(|error| panic!("{name}: {error}"));
        assert_eq!(
            server.lines().last().map(String::as_str),
            Some("GET /userinfo")
        );
        for (claim, expected) in &provider.reads {
            assert_eq!(&read(&user, claim), expected, "{name}: {claim}");
        }
        assert_eq!(
            user.unexpected_members(),
            provider.unexpected_claims,
            "{name}"
        );
        let claims: Value = user.claims().expect("any claims are a value");
        assert_eq!(&claims, userinfo, "{name}");
        let (_server, client) = in_place_of(&provider, [response(200, userinfo.to_string())]).await;
        client.discover().await.expect("the metadata are used");
        let other = client.userinfo(&token, Subject::Expect("another")).await;
        other.expect_err("userinfo is about another user");
    }
    assert!(replies >= 40, "{replies} replies");
}

#[tokio::test]
async fn userinfo_token_that_nothing_can_verify_is_refused() {
    for (name, provider) in providers() {
        let (Some(token), Some(refusal)) = (&provider.userinfo_token, &provider.token_refusal)
        else {
            continue;
        };
        let media_type = [("content-type", "application/jwt;charset=UTF-8")];
        let (_server, client) = in_place_of(&provider, [reply(200, &media_type, token)]).await;
        client.discover().await.expect("the metadata are used");
        let access_token = AccessToken::new("example");
        let request = client.userinfo(&access_token, Subject::Unchecked);
        let refused = if refusal == "encrypted" {
            request.relying_party("c1").await
        } else {
            request.await
        };
        let error = refused.expect_err("the token is not verified").to_string();
        assert!(error.contains(refusal.as_str()), "{name}: {error}");
    }
}
