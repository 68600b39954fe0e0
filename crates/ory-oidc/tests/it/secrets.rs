//! No secret shows: in no `Debug`, no `Display` and no source of an error.
//!
//! Everything that can hold a secret is filled with a marker, which must never turn up.

use crate::support::{
    Act, OPERATIONS, Server, TOKEN, call, cut, fail, flood, http, json, registration, reply,
};
use ory_oidc::logout::{EndSession, EndSessionOutcome};
use ory_oidc::operation;
use ory_oidc::raw::Configuration;
use ory_oidc::raw::apis::oidc_api::{self as api, RevokeOidcSessionParams};
use ory_oidc::raw::models::{ErrorOAuth2, OAuth2Client, OidcUserInfo};
use ory_oidc::raw::{Authorization, Secret};
use ory_oidc::registration::{
    ClientSecret, InitialAccessToken, RegistrationAccessToken, RegistrationAuthorization,
};
use ory_oidc::{AccessToken, Client, ClientMetadata, Error, IdToken, Registration, Subject};
use serde_json::{Value, json as value};
use std::fmt::Debug;

const MARKER: &str = "MARKER-SECRET";

#[track_caller]
fn check(text: &str) {
    // A line break or a dot may have been escaped, but not the marker itself.
    assert!(!text.contains(MARKER), "a secret shows in {text}");
    assert!(!text.contains(TOKEN), "a token shows in {text}");
}

#[track_caller]
fn check_debug(shown: &impl Debug) {
    check(&format!("{shown:?}"));
    check(&format!("{shown:#?}"));
}

#[track_caller]
fn check_error(error: &(dyn std::error::Error + 'static)) {
    let mut next = Some(error);
    while let Some(error) = next {
        check(&format!("{error} {error:#} {error:?} {error:#?}"));
        next = error.source();
    }
}

/// All members that are secret, and some that nobody knows.
fn client() -> Value {
    let mut key = value!({"kty": "RSA", "n": "n", "oth": [{"r": MARKER, "d": MARKER}]});
    for member in ["d", "dp", "dq", "k", "p", "q", "qi"] {
        key[member] = value!(MARKER);
    }
    value!({
        "client_id": "c", "client_secret": MARKER, "registration_access_token": MARKER,
        "jwks": {"keys": [key], "private": MARKER},
        "x_secret": MARKER, "x_deep": {"a": [MARKER]},
    })
}

#[test]
fn no_secret_type_shows_its_text() {
    check_debug(&ClientSecret::new(MARKER));
    check_debug(&RegistrationAccessToken::new(MARKER));
    check_debug(&InitialAccessToken::new(MARKER));
    check_debug(&AccessToken::new(MARKER));
    check_debug(&IdToken::new(MARKER));
    check_debug(&Secret::from(MARKER));
    check_debug(&[
        Authorization::Bearer(MARKER),
        Authorization::ClientSecretBasic {
            client_id: "c",
            client_secret: MARKER,
        },
        Authorization::ClientSecretPost {
            client_secret: MARKER,
        },
    ]);
    check_debug(&RevokeOidcSessionParams::default().id_token_hint(MARKER));
}

#[test]
fn no_model_shows_what_is_secret_or_unknown() {
    let decoded: OAuth2Client = serde_json::from_value(client()).expect("it is a client");
    check_debug(&decoded);
    let keys = decoded.jwks.clone().expect("it has keys");
    check_debug(&keys);
    check_debug(&decoded.additional_properties);
    // The secrets are there all the same.
    assert_eq!(
        serde_json::to_value(decoded).expect("a model is JSON"),
        client()
    );
    let claims = value!({"sub": "u", "x_token": MARKER, "_claim_sources": {"a": MARKER}});
    check_debug(&serde_json::from_value::<OidcUserInfo>(claims).expect("they are claims"));
    let error = value!({"error": "no", "x_token": MARKER});
    check_debug(&serde_json::from_value::<ErrorOAuth2>(error).expect("it is an error"));
}

#[test]
fn a_key_without_its_secrets_holds_none() {
    let decoded: OAuth2Client = serde_json::from_value(client()).expect("it is a client");
    let keys = decoded.jwks.and_then(|set| set.keys).unwrap_or_default();
    for mut key in keys {
        key.clear_secrets();
        check(&serde_json::to_string(&key).expect("a model is JSON"));
    }
}

#[tokio::test]
async fn no_registration_shows_a_secret() {
    let server = Server::start([json(201, client().to_string())]).await;
    let registered = server.client().register(&ClientMetadata::default()).await;
    let registered = registered.expect("the reply is fine");
    check_debug(&registered);
    check_debug(registered.granted());
    check_debug(&registered.metadata());
    let saved = Registration::from_saved("c", MARKER.into()).with_client_secret(MARKER.into());
    check_debug(&saved);
}

/// Checks the differences between these wishes and what a server grants: no keys or others.
async fn check_differences(wanted: &ClientMetadata) {
    check_debug(wanted);
    for reply in [
        value!({"client_id": "c"}),
        value!({"client_id": "c", "jwks": {"keys": []}}),
    ] {
        let server = Server::start([json(201, reply.to_string())]).await;
        let registered = server.client().register(&ClientMetadata::default()).await;
        let differences = registered.expect("the reply is fine").differences(wanted);
        assert!(!differences.is_empty());
        check_debug(&differences);
        for difference in differences {
            check(&difference.to_string());
        }
    }
}

#[tokio::test]
async fn no_difference_shows_a_private_key() {
    let keys = value!({"keys": client()["jwks"]["keys"]});
    let keys = serde_json::from_value(keys).expect("they are keys");
    check_differences(&ClientMetadata::default().jwks(keys)).await;
}

#[tokio::test]
async fn no_difference_shows_a_private_key_that_was_set_by_name() {
    let keys = value!({"keys": [{"kty": "oct", "k": MARKER}]});
    check_differences(&ClientMetadata::default().member("jwks", keys)).await;
}

#[test]
fn no_client_shows_a_secret() {
    let password = format!("https://user:{MARKER}@ory.example");
    check_debug(&Client::builder(&password));
    check_error(&Client::new(&password).expect_err("a password is refused"));
    let query = format!("https://ory.example?client_secret={MARKER}");
    check_debug(&Client::builder(&query));
    check_error(&Client::new(&query).expect_err("a query is refused"));
    check_error(&Configuration::new(&password).expect_err("a password is refused"));
    check_error(&Configuration::new(&query).expect_err("a query is refused"));

    let mut secret = reqwest::header::HeaderMap::new();
    secret.insert(
        "x-api-key",
        reqwest::header::HeaderValue::from_static(MARKER),
    );
    let proxy = reqwest::Proxy::all(format!("http://user:{MARKER}@proxy.example"));
    let client = reqwest::Client::builder()
        .default_headers(secret)
        .proxy(proxy.expect("the URL of the proxy is fine"))
        .build()
        .expect("the client is fine");
    check_debug(&Client::builder("https://ory.example").http_client(client.clone()));
    let built = Client::builder("https://ory.example").http_client(client);
    let built = built.build().expect("the URL is fine");
    check_debug(&built);
    check_debug(built.configuration());
}

fn logout() -> EndSession {
    let ory = Client::builder("https://ory.example").http_client(http());
    let ory = ory.build().expect("the URL is fine");
    ory.end_session(&IdToken::new(MARKER)).state(MARKER)
}

#[test]
fn no_logout_shows_a_token_or_a_state() {
    check_debug(&logout());
    check_debug(&logout().form().expect("the endpoint is fine"));
}

#[test]
fn no_logout_shows_the_query_of_its_endpoint() {
    let request = logout().endpoint(format!("https://ory.example/end?key={MARKER}#{MARKER}"));
    check_debug(&request.form().expect("the endpoint is fine"));
    check_debug(&request);
}

#[test]
fn no_logout_shows_the_query_of_the_address_afterwards() {
    for address in [
        format!("https://user:{MARKER}@app.example/bye?ticket={MARKER}#{MARKER}"),
        format!("com.app.example:/bye?ticket={MARKER}"),
        format!("/bye?ticket={MARKER}"),
    ] {
        check_debug(&logout().post_logout_redirect_uri(address));
    }
    let shown = logout().post_logout_redirect_uri("https://app.example/bye?a=b");
    assert!(format!("{shown:?}").contains("\"https://app.example/bye\""));
}

async fn outcome(act: Act) -> EndSessionOutcome {
    let server = Server::start([act]).await;
    let hint = IdToken::new(MARKER);
    let client = server.client();
    let outcome = client.logout_probe(&client.end_session(&hint)).await;
    outcome.expect("redirects and pages are results")
}

#[tokio::test]
async fn no_outcome_of_a_logout_shows_a_query_or_a_page() {
    for location in [
        format!("https://login.example/?logout_challenge={MARKER}"),
        format!("https://app.example/bye?state={MARKER}#{MARKER}"),
        format!("https://ory.example/error?error=no&{MARKER}={MARKER}"),
    ] {
        check_debug(&outcome(reply(302, &[("location", &location)], MARKER)).await);
    }
    let page = outcome(reply(200, &[("content-type", "text/html")], MARKER)).await;
    check_debug(&page);
    assert_eq!(page, EndSessionOutcome::Page(MARKER.to_owned()));
}

#[tokio::test]
async fn a_hostile_refusal_of_a_logout_is_cut_and_disarmed() {
    let hostile = format!("%1b[31m{}", "x".repeat(5_000));
    let location = format!("https://ory.example/error?error={hostile}&error_description={hostile}");
    let outcome = outcome(reply(302, &[("location", &location)], "")).await;
    let shown = format!("{outcome:?}");
    assert!(!shown.contains("\\u{1b}"), "{shown}");
    assert!(shown.len() < 1_500, "{} bytes", shown.len());
}

#[tokio::test]
async fn a_hostile_refusal_by_a_server_is_cut_and_disarmed() {
    let long = "x".repeat(5_000);
    let parameters = (0..8).map(|n| format!(r#"p{n}{long}="{long}""#));
    let parameters = parameters.collect::<Vec<_>>().join(", ");
    let challenge = format!("Bearer realm=\"a\tb{long}\", {parameters}");
    let headers = [
        ("content-type", "application/json"),
        ("www-authenticate", challenge.as_str()),
        ("x-request-id", long.as_str()),
    ];
    let (error, _) = fail(operation::USERINFO, reply(401, &headers, "{}")).await;
    let Error::Server(refusal) = &error else {
        panic!("{error:?}");
    };
    assert_eq!(refusal.challenges().len(), 1, "it can be read");
    let shown = format!("{error:?}");
    assert!(!shown.contains(r"a\tb"), "{shown}");
    assert!(shown.len() < 4_000, "{} bytes", shown.len());
}

#[tokio::test]
async fn no_outcome_of_a_logout_shows_a_password() {
    let location = format!("https://user:{MARKER}@app.example/bye");
    check_debug(&outcome(reply(302, &[("location", &location)], "")).await);
}

#[tokio::test]
async fn no_claims_show_what_is_unknown_or_unverified() {
    let claims = value!({"sub": "u", "x_token": MARKER}).to_string();
    let server = Server::start([
        json(200, claims),
        reply(200, &[("content-type", "application/jwt")], MARKER),
    ])
    .await;
    let (client, token) = (server.client(), AccessToken::new(MARKER));
    let user = client.userinfo(&token, Subject::Unchecked).await;
    let user = user.expect("the claims are fine");
    check_debug(&user);
    check_error(&user.claim::<u8>("x_token").expect_err("it is a text"));
    let signed = client.userinfo(&token, Subject::Unchecked).await;
    check_error(&signed.expect_err("nothing verified the claims"));
}

/// Answers that make every operation fail in a way of its own, each with the marker wherever a
/// server may have put a secret.
fn failures() -> Vec<Act> {
    let secret_headers = [
        ("content-type", "application/json"),
        ("set-cookie", MARKER),
        ("location", "https://ory.example/?code=MARKER-SECRET"),
        ("x-token", MARKER),
    ];
    let body = format!(r#"{{"error": "no", "token": "{MARKER}"}}"#);
    let mut acts = vec![
        reply(307, &secret_headers, MARKER),
        reply(400, &secret_headers, MARKER),
        reply(401, &secret_headers, &body),
        reply(404, &secret_headers, &body),
        reply(500, &secret_headers, &body),
        cut(200, &body),
        Act::Close,
        Act::Last(format!("{MARKER}\r\n\r\n").into_bytes()),
        Act::Last(format!("HTTP/1.1 200 {MARKER}\r\ncontent-length: {MARKER}\r\n\r\n").into()),
        flood(200),
    ];
    acts.extend(unreadable().into_iter().map(|body| json(200, body)));
    acts
}

/// Documents in which a secret stands where something else belongs.
fn unreadable() -> Vec<String> {
    let members = [
        "client_secret",
        "registration_access_token",
        "client_id",
        "issuer",
        "sub",
    ];
    let mut bodies = vec![
        MARKER.to_owned(),
        format!("\"{MARKER}\""),
        format!("[\"{MARKER}\"]"),
        format!(r#"{{"client_id": "c", "client_secret": "{MARKER}"#),
        format!(r#"{{"client_id": "c", "client_secret": "{MARKER}\q"}}"#),
    ];
    for wrong in [
        format!(r#"["{MARKER}"]"#),
        format!(r#"{{"a": "{MARKER}"}}"#),
        format!(r#""{MARKER}", "sub": 1, "issuer": 1, "client_id": 1"#),
    ] {
        bodies.extend(members.map(|member| format!(r#"{{"{member}": {wrong}}}"#)));
    }
    for member in [
        "skip_consent",
        "client_secret_expires_at",
        "contacts",
        "jwks",
    ] {
        // Discovery and userinfo fail for want of other members.
        let tail = r#""email": 1, "sub": 1"#;
        bodies.push(format!(
            r#"{{"{member}": "{MARKER}, expected {MARKER}", {tail}}}"#
        ));
    }
    bodies
}

#[tokio::test]
async fn no_error_of_any_operation_shows_a_secret() {
    use RegistrationAuthorization::{ClientSecretPost, RegistrationAccessToken};

    for (operation, by) in OPERATIONS
        .into_iter()
        .flat_map(|operation| [RegistrationAccessToken, ClientSecretPost].map(|by| (operation, by)))
    {
        for act in failures() {
            let server = Server::before(operation, act).await;
            let client = Client::builder(server.url())
                .http_client(http())
                .registration_authorization(by)
                .build()
                .expect("the URL is fine");
            let mut registration = registration("c").with_client_secret(MARKER.into());
            // Some operations take some of the answers for a success.
            if let Err(error) = call(&client, operation, &mut registration).await {
                check_error(&error);
            }
            check_debug(&registration);
        }
    }
}

#[tokio::test]
async fn every_failure_is_one_for_every_document() {
    // Or the test above would prove nothing.
    for operation in [
        operation::REGISTER,
        operation::DISCOVER,
        operation::USERINFO,
    ] {
        for act in failures() {
            fail(operation, act).await;
        }
    }
}

#[tokio::test]
async fn no_error_of_the_raw_crate_shows_a_secret() {
    for act in failures() {
        let server = Server::start([act]).await;
        let configuration = Configuration::builder(server.url()).http_client(http());
        let configuration = configuration.build().expect("loopback is permitted");
        let authorization = Authorization::ClientSecretPost {
            client_secret: MARKER,
        };
        match api::get_oidc_dynamic_client(&configuration, authorization, "c").await {
            Ok(answer) => {
                check_debug(&answer);
                if let Err(error) = answer.decode() {
                    check_error(&error);
                }
            }
            Err(error) => check_error(&error),
        }
    }
}

#[tokio::test]
async fn a_body_that_is_too_large_does_not_show_its_headers() {
    let head = format!(
        "HTTP/1.1 200 OK\r\nset-cookie: {MARKER}\r\nlocation: /?code={MARKER}\r\ncontent-length: 9999999\r\n\r\n"
    );
    for act in [
        Act::Last(head.clone().into_bytes()),
        Act::Last(head.replace("9999999", "9").into()),
    ] {
        let server = Server::start([act]).await;
        let configuration = Configuration::builder(server.url()).http_client(http());
        let configuration = configuration.build().expect("loopback is permitted");
        let outcome = api::discover_oidc_configuration(&configuration).await;
        check_error(&outcome.expect_err("the body is not whole"));
    }
}

#[tokio::test]
async fn a_token_that_cannot_be_sent_does_not_show() {
    let token = format!("{MARKER}\n{MARKER}");
    let server = Server::start([]).await;
    let client = server.client();
    let wanted = ClientMetadata::default();
    let initial = InitialAccessToken::new(&token);
    let outcome = client
        .register(&wanted)
        .initial_access_token(&initial)
        .await;
    check_error(&outcome.expect_err("the token cannot be sent"));
    let outcome = client
        .userinfo(&AccessToken::new(&token), Subject::Unchecked)
        .await;
    check_error(&outcome.expect_err("the token cannot be sent"));
    let mut saved = Registration::from_saved("c", RegistrationAccessToken::new(&token));
    let outcome = client.read_registration(&mut saved).await;
    check_error(&outcome.expect_err("the token cannot be sent"));
}

#[tokio::test]
async fn a_redirect_that_was_followed_does_not_show_where_to() {
    let target = format!("/elsewhere?code={MARKER}");
    let loops = || reply(307, &[("location", target.as_str())], "");
    let server = Server::start((0..20).map(|_| loops())).await;
    let client = Client::builder(server.url()).http_client(reqwest::Client::new());
    let client = client.build().expect("the URL is fine");
    let error = client.discover().await.expect_err("it is an endless round");
    check_error(&error);
    let server = Server::start([loops(), json(200, "{}")]).await;
    let client = Client::builder(server.url()).http_client(reqwest::Client::new());
    let client = client.build().expect("the URL is fine");
    let error = client
        .discover()
        .await
        .expect_err("another address answered");
    check_error(&error);
}

#[tokio::test]
async fn a_server_that_is_not_there_does_not_show_the_query() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let address = listener
        .and_then(|one| one.local_addr())
        .expect("a port is free");
    let client = Client::builder(format!("http://{address}"))
        .registration_authorization(RegistrationAuthorization::ClientSecretPost)
        .build()
        .expect("the URL is fine");
    let mut known = registration("c").with_client_secret(MARKER.into());
    let error = client.read_registration(&mut known).await;
    let error = error.expect_err("nobody listens");
    assert!(matches!(error, Error::Transport(_)), "{error:?}");
    check_error(&error);
    let request = client.end_session(&IdToken::new(MARKER));
    check_error(
        &client
            .logout_probe(&request)
            .await
            .expect_err("nobody listens"),
    );
}
