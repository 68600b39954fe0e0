//! Base URLs, ids and tokens.

use crate::support::{Server, call, error_chain, json, registration, reply};
use ory_oidc::error::{ConfigurationError, UrlProblem};
use ory_oidc::operation;
use ory_oidc::registration::InitialAccessToken;
use ory_oidc::{Client, ClientMetadata, Error, Registration, Subject};
use serde_json::json as value;

#[test]
fn invalid_base_url_is_refused_when_the_client_is_built() {
    for url in [
        "",
        "ory.example",
        "/oauth2",
        "//ory.example",
        "ftp://ory.example",
        "file:///etc/hosts",
        "https://",
        "https://ory.example?tenant=a",
        "https://ory.example/?",
        "https://ory.example/#top",
        "https://user:hush@ory.example",
        "https://user@ory.example",
    ] {
        let error = Client::new(url).expect_err(url);
        assert!(
            matches!(
                &error,
                Error::Configuration(ConfigurationError::Url { setting: "base URL", problem })
                    if *problem != UrlProblem::InsecureHttp
            ),
            "{url}: {error:?}"
        );
        assert!(!format!("{error} {error:?}").contains("hush"), "{error:?}");
    }
}

#[test]
fn plain_http_to_another_machine_is_refused() {
    for url in [
        "http://ory.example",
        "HTTP://ory.example",
        "http://localhost.ory.example",
        "http://127.0.0.1.ory.example",
        "http://10.0.0.1:4444",
        "http://0.0.0.0:4444",
        "http://auth.localhost",
        "http://localhost.:4444",
        "http://127.0.0.1.example",
        "http://[::ffff:10.0.0.1]",
        "http://[2001:db8::1]",
    ] {
        let error = Client::new(url).expect_err(url);
        assert!(
            matches!(
                error,
                Error::Configuration(ConfigurationError::Url {
                    problem: UrlProblem::InsecureHttp,
                    ..
                })
            ),
            "{url}: {error:?}"
        );
        let allowed = Client::builder(url).allow_insecure_http(true).build();
        allowed.expect("allow_insecure_http permits it");
    }
}

#[test]
fn plain_http_to_this_machine_is_permitted() {
    for url in [
        "http://127.0.0.1:4444",
        "http://127.8.9.10",
        "http://127.1",
        "http://2130706433",
        "http://[::1]:4444",
        "http://localhost",
        "http://LOCALHOST:4444",
    ] {
        Client::new(url).expect(url);
    }
}

#[tokio::test]
async fn trailing_slash_of_the_base_url_does_not_change_requests() {
    for end in ["", "/"] {
        let server = Server::start([json(201, r#"{"client_id": "c"}"#)]).await;
        let client = Client::new(server.url() + end).expect("the URL is valid");
        let registered = client.register(&ClientMetadata::default()).await;
        registered.expect("the reply names a client");
        assert_eq!(server.lines(), ["POST /oauth2/register"], "{end:?}");
    }
}

#[tokio::test]
async fn path_of_the_base_url_prefixes_every_request() {
    let paths = [
        (operation::REGISTER, "POST /a/b%20c/oauth2/register"),
        (
            operation::READ_REGISTRATION,
            "GET /a/b%20c/oauth2/register/c",
        ),
        (
            operation::DELETE_REGISTRATION,
            "DELETE /a/b%20c/oauth2/register/c",
        ),
        (
            operation::DISCOVER,
            "GET /a/b%20c/.well-known/openid-configuration",
        ),
        (operation::USERINFO, "GET /a/b%20c/userinfo"),
        (
            operation::END_SESSION,
            "GET /a/b%20c/oauth2/sessions/logout?id_token_hint=ory_at_example",
        ),
    ];
    for (operation, line) in paths {
        for end in ["", "/"] {
            let server = Server::start([]).await;
            let url = server.url() + "/a/b c" + end;
            let client = Client::new(url).expect("the URL is valid");
            // Only the request matters here.
            let _ = call(&client, operation, &mut registration("c")).await;
            assert_eq!(server.lines(), [line], "{operation} {end:?}");
        }
    }
}

/// Reads, updates and deletes a registration.
async fn use_registration(server: &Server, registration: &Registration) -> [Result<(), Error>; 3] {
    let client = server.client();
    let mut registration = registration.clone();
    [
        call(&client, operation::READ_REGISTRATION, &mut registration).await,
        call(&client, operation::UPDATE_REGISTRATION, &mut registration).await,
        call(&client, operation::DELETE_REGISTRATION, &mut registration).await,
    ]
}

#[tokio::test]
async fn client_id_is_sent_as_one_path_segment() {
    for (id, segment) in [
        ("a/b", "a%2Fb"),
        ("a\\b", "a%5Cb"),
        ("a?b", "a%3Fb"),
        ("a#b", "a%23b"),
        ("a%2e", "a%252e"),
        ("%2e%2e", "%252e%252e"),
        ("../admin", "..%2Fadmin"),
        ("...", "..."),
        ("ä b", "%C3%A4%20b"),
        ("a+b", "a%2Bb"),
        ("a\r\nx: y", "a%0D%0Ax%3A%20y"),
        ("A-z_0.9~", "A-z_0.9~"),
    ] {
        let accepted = || json(200, value!({"client_id": id}).to_string());
        let deleted = reply(204, &[], "");
        let server = Server::start([accepted(), accepted(), accepted(), deleted]).await;
        for outcome in use_registration(&server, &registration(id)).await {
            outcome.expect(id);
        }
        let expected =
            ["GET", "GET", "PUT", "DELETE"].map(|m| format!("{m} /oauth2/register/{segment}"));
        assert_eq!(server.lines(), expected, "{id:?}");
    }
}

#[tokio::test]
async fn client_id_that_is_not_a_valid_path_segment_is_refused_before_sending() {
    for id in ["", ".", "..", &"x".repeat(10_240)] {
        let server = Server::start([]).await;
        for outcome in use_registration(&server, &registration(id)).await {
            let Err(Error::Request(error)) = outcome else {
                panic!("{id:?}: {outcome:?}");
            };
            assert_eq!(error.argument(), "id", "{id:?}");
        }
        assert!(server.requests().is_empty(), "{id:?}");
    }
}

#[tokio::test]
async fn token_that_cannot_be_sent_in_a_header_is_refused_before_sending_and_not_shown() {
    for token in [
        "",
        "hush\nx: y",
        "hush\r",
        "hush hush",
        "\thush",
        "hush\0",
        "hush\u{7f}",
        "hüsh",
        "hush☕",
    ] {
        let server = Server::start([]).await;
        let client = server.client();
        let initial = InitialAccessToken::new(token);
        let wanted = ClientMetadata::default();
        let registered = client.register(&wanted).initial_access_token(&initial);
        let mut outcomes = vec![registered.await.map(drop)];
        let user = client.userinfo(&token.into(), Subject::Unchecked).await;
        outcomes.push(user.map(drop));
        let saved = Registration::from_saved("c", token.into());
        outcomes.extend(use_registration(&server, &saved).await);
        assert_eq!(outcomes.len(), 5);
        for outcome in outcomes {
            let error = outcome.expect_err(token);
            assert!(matches!(error, Error::Request(_)), "{token:?}: {error:?}");
            assert!(!error.is_retryable(), "{token:?}");
            let shown = format!("{} {error:?}", error_chain(&error));
            assert!(!shown.contains("hush"), "{shown}");
            assert!(!shown.contains("hüsh"), "{shown}");
        }
        assert!(server.requests().is_empty(), "{token:?}");
    }
}

#[test]
fn user_agent_that_cannot_be_sent_in_a_header_is_refused() {
    let client = Client::builder("https://ory.example").user_agent("my-app\r\nx: y");
    let error = client
        .build()
        .expect_err("a line break would end the header");
    assert!(matches!(
        error,
        Error::Configuration(ConfigurationError::UserAgent)
    ));
}
