//! Redirects: tokens are sent only to the configured server.

use crate::support::{Action, OPERATIONS, Server, call, json, registration, reply};
use ory_oidc::error::ErrorKind;
use ory_oidc::logout::EndSessionOutcome;
use ory_oidc::operation;
use ory_oidc::registration::InitialAccessToken;
use ory_oidc::{Client, ClientMetadata, Error};

const STATUSES: [u16; 5] = [301, 302, 303, 307, 308];

fn redirect(status: u16, target: &str) -> Action {
    reply(status, &[("location", target)], "")
}

/// Returns a response that every operation would accept.
fn success() -> Action {
    json(200, r#"{"client_id": "c", "sub": "u"}"#)
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let foreign = Server::start([success()]).await;
    let targets = ["/elsewhere".to_owned(), foreign.url() + "/elsewhere"];
    let mut cases = Vec::new();
    for status in STATUSES {
        for target in &targets {
            cases.extend(OPERATIONS.map(|operation| (operation, status, target)));
        }
    }
    let actions = cases.iter().flat_map(|(operation, status, target)| {
        let update = *operation == operation::UPDATE_REGISTRATION;
        update
            .then(success)
            .into_iter()
            .chain([redirect(*status, target)])
    });
    let server = Server::start(actions).await;
    // Use the HTTP client that this crate builds, not the one of the tests.
    let client = Client::new(server.url()).expect("the URL is valid");
    for (operation, status, target) in cases {
        let before = server.lines().len();
        match call(&client, operation, &mut registration("c")).await {
            // A redirect is a successful response to a logout.
            Ok(()) => assert_eq!(operation, operation::END_SESSION),
            Err(Error::Server(error)) => assert_eq!(error.status().as_u16(), status),
            Err(error) => panic!("{operation} {status} {target}: {error:?}"),
        }
        let expected = 1 + usize::from(operation == operation::UPDATE_REGISTRATION);
        let sent = server.lines().len() - before;
        assert_eq!(sent, expected, "{operation} {status} {target}");
    }
    assert!(foreign.requests().is_empty());
}

#[tokio::test]
async fn redirect_of_a_logout_is_its_outcome_for_every_status() {
    for status in STATUSES {
        let target = "https://app.example/bye?state=xyz";
        let server = Server::start([redirect(status, target)]).await;
        let client = server.client();
        let request = client.end_session(None);
        let request = request.post_logout_redirect_uri("https://app.example/bye");
        let outcome = client.logout_probe(&request).await;
        let Ok(EndSessionOutcome::LoggedOut(url)) = outcome else {
            panic!("{status}: {outcome:?}");
        };
        assert_eq!(url.as_str(), target);
    }
}

#[tokio::test]
async fn redirect_that_a_custom_http_client_follows_is_an_error_and_sends_no_token_to_another_server()
 {
    let following = reqwest::Client::new();
    for status in STATUSES {
        for operation in OPERATIONS {
            let foreign = Server::start([success()]).await;
            let target = foreign.url() + "/elsewhere";
            let server = Server::for_operation(operation, redirect(status, &target)).await;
            let client = Client::builder(server.url()).http_client(following.clone());
            let client = client.build().expect("the URL is valid");
            let error = call(&client, operation, &mut registration("c")).await;
            let error = error.expect_err("the response comes from another server");
            assert!(matches!(error, Error::Decode(_)), "{error:?}");
            assert!(error.to_string().contains("redirect"), "{error}");
            assert!(!error.is_retryable(), "{operation} {status}");
            for request in foreign.requests() {
                assert_eq!(request.header("authorization"), None, "{operation}");
            }
        }
    }
}

#[tokio::test]
async fn redirect_that_a_custom_http_client_follows_on_the_same_server_is_an_error() {
    let following = reqwest::Client::new();
    for operation in OPERATIONS {
        let mut actions = vec![redirect(307, "/elsewhere"), success()];
        if operation == operation::UPDATE_REGISTRATION {
            actions.insert(0, success());
        }
        let server = Server::start(actions).await;
        let client = Client::builder(server.url()).http_client(following.clone());
        let client = client.build().expect("the URL is valid");
        let error = call(&client, operation, &mut registration("c")).await;
        let error = error.expect_err("the response comes from another URL");
        assert!(matches!(error, Error::Decode(_)), "{error:?}");
    }
}

#[tokio::test]
async fn initial_access_token_is_not_sent_to_another_server() {
    let foreign = Server::start([success()]).await;
    let server = Server::start([redirect(307, &foreign.url())]).await;
    let client = Client::builder(server.url()).http_client(reqwest::Client::new());
    let client = client.build().expect("the URL is valid");
    let token = InitialAccessToken::new("hush");
    let wanted = ClientMetadata::default();
    let error = client.register(&wanted).initial_access_token(&token);
    let error = error
        .await
        .expect_err("the response comes from another server");
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
    let sent = server.request();
    assert_eq!(sent.header("authorization"), Some("Bearer hush"));
    assert_eq!(foreign.request().header("authorization"), None);
}
