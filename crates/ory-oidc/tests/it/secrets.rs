//! Secrets never show in `Debug`, in `Display` or in the sources of an error.
//!
//! The tests put a marker wherever a secret can be. The marker must never be shown.

use crate::support::{
    Action, OPERATIONS, Server, TOKEN, call, call_expecting_error, flood, http, json, registration,
    reply, truncated,
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
    // `Debug` escapes some characters, but none of the marker.
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

/// Returns client metadata with the marker in every secret member and in undescribed ones.
fn metadata_with_secrets() -> Value {
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
fn secret_types_do_not_show_their_text() {
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
fn models_do_not_show_secret_or_undescribed_members() {
    let decoded: OAuth2Client =
        serde_json::from_value(metadata_with_secrets()).expect("the members fit the model");
    check_debug(&decoded);
    let keys = decoded.jwks.clone().expect("the client has keys");
    check_debug(&keys);
    check_debug(&decoded.additional_properties);
    // The secrets are still serialized.
    assert_eq!(
        serde_json::to_value(decoded).expect("a model serializes as JSON"),
        metadata_with_secrets()
    );
    let claims = value!({"sub": "u", "x_token": MARKER, "_claim_sources": {"a": MARKER}});
    check_debug(&serde_json::from_value::<OidcUserInfo>(claims).expect("the claims fit the model"));
    let error = value!({"error": "no", "x_token": MARKER});
    check_debug(&serde_json::from_value::<ErrorOAuth2>(error).expect("the error fits the model"));
}

#[test]
fn clear_secrets_removes_all_private_members_of_a_key() {
    let decoded: OAuth2Client =
        serde_json::from_value(metadata_with_secrets()).expect("the members fit the model");
    let keys = decoded.jwks.and_then(|set| set.keys).unwrap_or_default();
    for mut key in keys {
        key.clear_secrets();
        check(&serde_json::to_string(&key).expect("a model serializes as JSON"));
    }
}

#[tokio::test]
async fn registrations_do_not_show_secrets() {
    let server = Server::start([json(201, metadata_with_secrets().to_string())]).await;
    let registered = server.client().register(&ClientMetadata::default()).await;
    let registered = registered.expect("the reply is valid");
    check_debug(&registered);
    check_debug(registered.granted());
    check_debug(&registered.metadata());
    let saved = Registration::from_saved("c", MARKER.into()).with_client_secret(MARKER.into());
    check_debug(&saved);
}

/// Checks the differences between the wanted metadata and a reply without keys or with an empty key
/// set.
async fn check_differences(wanted: &ClientMetadata) {
    check_debug(wanted);
    for reply in [
        value!({"client_id": "c"}),
        value!({"client_id": "c", "jwks": {"keys": []}}),
    ] {
        let server = Server::start([json(201, reply.to_string())]).await;
        let registered = server.client().register(&ClientMetadata::default()).await;
        let differences = registered.expect("the reply is valid").differences(wanted);
        assert!(!differences.is_empty());
        check_debug(&differences);
        for difference in differences {
            check(&difference.to_string());
        }
    }
}

#[tokio::test]
async fn differences_do_not_show_private_keys() {
    let keys = value!({"keys": metadata_with_secrets()["jwks"]["keys"]});
    let keys = serde_json::from_value(keys).expect("the keys fit the model");
    check_differences(&ClientMetadata::default().jwks(keys)).await;
}

#[tokio::test]
async fn differences_do_not_show_private_keys_set_by_name() {
    let keys = value!({"keys": [{"kty": "oct", "k": MARKER}]});
    check_differences(&ClientMetadata::default().member("jwks", keys)).await;
}

#[test]
fn clients_do_not_show_secrets() {
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
        .proxy(proxy.expect("the URL of the proxy is valid"))
        .build()
        .expect("the HTTP client can be built");
    check_debug(&Client::builder("https://ory.example").http_client(client.clone()));
    let built = Client::builder("https://ory.example").http_client(client);
    let built = built.build().expect("the URL is valid");
    check_debug(&built);
    check_debug(built.configuration());
}

fn logout() -> EndSession {
    let ory = Client::builder("https://ory.example").http_client(http());
    let ory = ory.build().expect("the URL is valid");
    ory.end_session(&IdToken::new(MARKER)).state(MARKER)
}

#[test]
fn logout_requests_do_not_show_tokens_or_states() {
    check_debug(&logout());
    check_debug(&logout().form().expect("the endpoint is valid"));
}

#[test]
fn logout_requests_do_not_show_the_query_of_their_endpoint() {
    let request = logout().endpoint(format!("https://ory.example/end?key={MARKER}#{MARKER}"));
    check_debug(&request.form().expect("the endpoint is valid"));
    check_debug(&request);
}

#[test]
fn logout_requests_do_not_show_the_query_of_their_redirect_uri() {
    for uri in [
        format!("https://user:{MARKER}@app.example/bye?ticket={MARKER}#{MARKER}"),
        format!("com.app.example:/bye?ticket={MARKER}"),
        format!("/bye?ticket={MARKER}"),
    ] {
        check_debug(&logout().post_logout_redirect_uri(uri));
    }
    let shown = logout().post_logout_redirect_uri("https://app.example/bye?a=b");
    assert!(format!("{shown:?}").contains("\"https://app.example/bye\""));
}

async fn outcome(action: Action) -> EndSessionOutcome {
    let server = Server::start([action]).await;
    let hint = IdToken::new(MARKER);
    let client = server.client();
    let outcome = client.logout_probe(&client.end_session(&hint)).await;
    outcome.expect("redirects and pages are successful responses")
}

#[tokio::test]
async fn logout_outcomes_do_not_show_queries_or_pages() {
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
async fn hostile_logout_refusal_is_shown_shortened_and_without_control_characters() {
    let hostile = format!("%1b[31m{}", "x".repeat(5_000));
    let location = format!("https://ory.example/error?error={hostile}&error_description={hostile}");
    let outcome = outcome(reply(302, &[("location", &location)], "")).await;
    let shown = format!("{outcome:?}");
    assert!(!shown.contains("\\u{1b}"), "{shown}");
    assert!(shown.len() < 1_500, "{} bytes", shown.len());
}

#[tokio::test]
async fn hostile_error_response_is_shown_shortened_and_without_control_characters() {
    let long = "x".repeat(5_000);
    let parameters = (0..8).map(|n| format!(r#"p{n}{long}="{long}""#));
    let parameters = parameters.collect::<Vec<_>>().join(", ");
    let challenge = format!("Bearer realm=\"a\tb{long}\", {parameters}");
    let headers = [
        ("content-type", "application/json"),
        ("www-authenticate", challenge.as_str()),
        ("x-request-id", long.as_str()),
    ];
    let (error, _) = call_expecting_error(operation::USERINFO, reply(401, &headers, "{}")).await;
    let Error::Server(refusal) = &error else {
        panic!("{error:?}");
    };
    assert_eq!(refusal.challenges().len(), 1, "the challenge is parsed");
    let shown = format!("{error:?}");
    assert!(!shown.contains(r"a\tb"), "{shown}");
    assert!(shown.len() < 4_000, "{} bytes", shown.len());
}

#[tokio::test]
async fn logout_outcomes_do_not_show_passwords() {
    let location = format!("https://user:{MARKER}@app.example/bye");
    check_debug(&outcome(reply(302, &[("location", &location)], "")).await);
}

#[tokio::test]
async fn undescribed_and_unverified_claims_are_not_shown() {
    let claims = value!({"sub": "u", "x_token": MARKER}).to_string();
    let server = Server::start([
        json(200, claims),
        reply(200, &[("content-type", "application/jwt")], MARKER),
    ])
    .await;
    let (client, token) = (server.client(), AccessToken::new(MARKER));
    let user = client.userinfo(&token, Subject::Unchecked).await;
    let user = user.expect("the claims are valid");
    check_debug(&user);
    let wrong_type = user.claim::<u8>("x_token");
    check_error(&wrong_type.expect_err("the claim is a text"));
    let signed = client.userinfo(&token, Subject::Unchecked).await;
    check_error(&signed.expect_err("nothing verified the claims"));
}

/// Returns reactions of a server that make every operation fail, with the marker wherever a server
/// may put a secret.
fn failures() -> Vec<Action> {
    let secret_headers = [
        ("content-type", "application/json"),
        ("set-cookie", MARKER),
        ("location", "https://ory.example/?code=MARKER-SECRET"),
        ("x-token", MARKER),
    ];
    let body = format!(r#"{{"error": "no", "token": "{MARKER}"}}"#);
    let mut actions = vec![
        reply(307, &secret_headers, MARKER),
        reply(400, &secret_headers, MARKER),
        reply(401, &secret_headers, &body),
        reply(404, &secret_headers, &body),
        reply(500, &secret_headers, &body),
        truncated(200, &body),
        Action::Close,
        Action::RespondAndClose(format!("{MARKER}\r\n\r\n").into_bytes()),
        Action::RespondAndClose(
            format!("HTTP/1.1 200 {MARKER}\r\ncontent-length: {MARKER}\r\n\r\n").into(),
        ),
        flood(200),
    ];
    actions.extend(undecodable().into_iter().map(|body| json(200, body)));
    actions
}

/// Returns documents with a secret in place of the expected value.
fn undecodable() -> Vec<String> {
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
        // Discovery fails because members are missing, userinfo because these have the wrong type.
        let tail = r#""email": 1, "sub": 1"#;
        bodies.push(format!(
            r#"{{"{member}": "{MARKER}, expected {MARKER}", {tail}}}"#
        ));
    }
    bodies
}

#[tokio::test]
async fn errors_of_operations_do_not_show_secrets() {
    use RegistrationAuthorization::{ClientSecretPost, RegistrationAccessToken};

    for (operation, by) in OPERATIONS
        .into_iter()
        .flat_map(|operation| [RegistrationAccessToken, ClientSecretPost].map(|by| (operation, by)))
    {
        for action in failures() {
            let server = Server::for_operation(operation, action).await;
            let client = Client::builder(server.url())
                .http_client(http())
                .registration_authorization(by)
                .build()
                .expect("the URL is valid");
            let mut registration = registration("c").with_client_secret(MARKER.into());
            // Some of the responses are a success for some operations.
            if let Err(error) = call(&client, operation, &mut registration).await {
                check_error(&error);
            }
            check_debug(&registration);
        }
    }
}

#[tokio::test]
async fn every_failure_fails_each_operation_with_a_json_response() {
    // Otherwise the test above would prove nothing.
    for operation in [
        operation::REGISTER,
        operation::DISCOVER,
        operation::USERINFO,
    ] {
        for action in failures() {
            call_expecting_error(operation, action).await;
        }
    }
}

#[tokio::test]
async fn errors_of_the_generated_crate_do_not_show_secrets() {
    for action in failures() {
        let server = Server::start([action]).await;
        let configuration = Configuration::builder(server.url()).http_client(http());
        let configuration = configuration.build().expect("loopback is permitted");
        let authorization = Authorization::ClientSecretPost {
            client_secret: MARKER,
        };
        match api::get_oidc_dynamic_client(&configuration, authorization, "c").await {
            Ok(response) => {
                check_debug(&response);
                if let Err(error) = response.decode() {
                    check_error(&error);
                }
            }
            Err(error) => check_error(&error),
        }
    }
}

#[tokio::test]
async fn error_about_an_incomplete_body_does_not_show_headers() {
    let head = format!(
        "HTTP/1.1 200 OK\r\nset-cookie: {MARKER}\r\nlocation: /?code={MARKER}\r\ncontent-length: 9999999\r\n\r\n"
    );
    for action in [
        Action::RespondAndClose(head.clone().into_bytes()),
        Action::RespondAndClose(head.replace("9999999", "9").into()),
    ] {
        let server = Server::start([action]).await;
        let configuration = Configuration::builder(server.url()).http_client(http());
        let configuration = configuration.build().expect("loopback is permitted");
        let outcome = api::discover_oidc_configuration(&configuration).await;
        check_error(&outcome.expect_err("the body is incomplete"));
    }
}

#[tokio::test]
async fn error_about_a_token_that_cannot_be_sent_does_not_show_it() {
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
async fn error_about_a_followed_redirect_does_not_show_its_target() {
    let target = format!("/elsewhere?code={MARKER}");
    let loops = || reply(307, &[("location", target.as_str())], "");
    let server = Server::start((0..20).map(|_| loops())).await;
    let client = Client::builder(server.url()).http_client(reqwest::Client::new());
    let client = client.build().expect("the URL is valid");
    let outcome = client.discover().await;
    check_error(&outcome.expect_err("the redirects never end"));
    let server = Server::start([loops(), json(200, "{}")]).await;
    let client = Client::builder(server.url()).http_client(reqwest::Client::new());
    let client = client.build().expect("the URL is valid");
    let error = client
        .discover()
        .await
        .expect_err("the response comes from another URL");
    check_error(&error);
}

#[tokio::test]
async fn connect_error_does_not_show_the_query() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let address = listener
        .and_then(|one| one.local_addr())
        .expect("a loopback port is free");
    let client = Client::builder(format!("http://{address}"))
        .registration_authorization(RegistrationAuthorization::ClientSecretPost)
        .build()
        .expect("the URL is valid");
    let mut known = registration("c").with_client_secret(MARKER.into());
    let error = client.read_registration(&mut known).await;
    let error = error.expect_err("nothing listens on the port");
    assert!(matches!(error, Error::Transport(_)), "{error:?}");
    check_error(&error);
    let request = client.end_session(&IdToken::new(MARKER));
    check_error(
        &client
            .logout_probe(&request)
            .await
            .expect_err("nothing listens on the port"),
    );
}
