//! Tower services as HTTP client.

use ory_oidc::error::{ErrorKind, TransportError};
use ory_oidc::reqwest::{self, Request, Response};
use ory_oidc::{AccessToken, Client, ClientBuilder, ClientMetadata, Error, IdToken, Subject};
use ory_oidc_mock::OryMock;
use serde_json::json;
use std::error::Error as _;
use std::future::pending;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tower::{ServiceBuilder, service_fn};

const BASE: &str = "https://id.example";

fn build(builder: ClientBuilder) -> Client {
    builder.build().expect("the URL is valid")
}

fn wanted() -> ClientMetadata {
    ClientMetadata::new(["https://app.example/callback"])
}

async fn userinfo(ory: &Client) -> Result<(), Error> {
    let token = AccessToken::new("ory_at_example");
    let user = ory.userinfo(&token, Subject::Expect("user-1")).await;
    user.map(drop)
}

fn transport(error: &Error) -> &TransportError {
    match error {
        Error::Transport(error) => error,
        other => panic!("{other:?} is no transport error"),
    }
}

#[tokio::test]
async fn service_answers_without_a_server() {
    let service = service_fn(|request: Request| async move {
        assert_eq!(request.url().as_str(), "https://id.example/userinfo");
        assert!(request.headers().contains_key("authorization"));
        let response = http::Response::builder().header("content-type", "application/json");
        let response = response.body(r#"{"sub": "user-1"}"#);
        Ok::<_, io::Error>(Response::from(response.expect("the response is valid")))
    });
    let ory = build(Client::builder(BASE).http_service(service));
    userinfo(&ory).await.expect("the service answers");
}

#[tokio::test]
async fn layers_change_requests_and_limit_their_number() {
    const CALLS: usize = 20;
    let mock = OryMock::start().await;
    let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let (counter, maximum) = (Arc::clone(&now), Arc::clone(&most));
    let client = reqwest::Client::builder().no_proxy().build();
    let client = client.expect("the HTTP client can be built");
    let watched = service_fn(move |request: Request| {
        let (counter, maximum) = (Arc::clone(&counter), Arc::clone(&maximum));
        let client = client.clone();
        async move {
            let running = counter.fetch_add(1, Ordering::SeqCst) + 1;
            maximum.fetch_max(running, Ordering::SeqCst);
            let response = client.execute(request).await;
            counter.fetch_sub(1, Ordering::SeqCst);
            response
        }
    });
    let service = ServiceBuilder::new()
        .map_request(|mut request: Request| {
            let acme = reqwest::header::HeaderValue::from_static("acme");
            request.headers_mut().insert("x-tenant", acme);
            request
        })
        .concurrency_limit(2)
        .service(watched);
    let ory = build(Client::builder(mock.url()).http_service(service));
    let token = AccessToken::new(mock.issue_access_token(json!({"sub": "user-1"})));
    let calls = (0..CALLS).map(|_| {
        let (ory, token) = (ory.clone(), token.clone());
        tokio::spawn(async move {
            let user = ory.userinfo(&token, Subject::Expect("user-1")).await;
            user.map(drop)
        })
    });
    for call in calls.collect::<Vec<_>>() {
        let outcome = call.await.expect("the call does not panic");
        outcome.expect("the token works");
    }
    let requests = mock.requests();
    assert_eq!(requests.len(), CALLS);
    let labelled =
        |request: &ory_oidc_mock::RecordedRequest| request.header("x-tenant") == Some("acme");
    assert!(requests.iter().all(labelled));
    assert!((1..=2).contains(&most.load(Ordering::SeqCst)));
}

#[tokio::test]
async fn service_that_never_answers_times_out() {
    let service = service_fn(|_| pending::<Result<Response, io::Error>>());
    let builder = Client::builder(BASE).http_service(service);
    let ory = build(builder.timeout(Duration::from_millis(50)));
    let read = userinfo(&ory).await.expect_err("there is no answer");
    assert_eq!(read.kind(), ErrorKind::Timeout);
    let change = ory
        .register(&wanted())
        .await
        .expect_err("there is no answer");
    assert_eq!(change.kind(), ErrorKind::OutcomeUnknown);
}

/// A middleware may have sent a request before it failed.
#[tokio::test]
async fn failure_of_a_service_leaves_the_outcome_of_a_change_unknown() {
    let service = service_fn(|_| async { Err(io::Error::other("the circuit is open")) });
    let ory = build(Client::builder(BASE).http_service(service));
    let read = userinfo(&ory).await.expect_err("the service fails");
    assert_eq!(read.kind(), ErrorKind::Unavailable);
    assert!(read.is_retryable());
    assert_eq!(read.to_string(), "GET /userinfo: the HTTP service failed");
    let source = transport(&read).source().map(ToString::to_string);
    assert_eq!(source.as_deref(), Some("the circuit is open"));
    let change = ory
        .register(&wanted())
        .await
        .expect_err("the service fails");
    assert_eq!(change.kind(), ErrorKind::OutcomeUnknown);
    assert!(!change.is_retryable());
}

#[tokio::test]
async fn failure_to_connect_in_a_service_does_not_prove_that_nothing_was_sent() {
    let port = std::net::TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
    let address = port.local_addr().expect("the listener has an address");
    drop(port);
    let base = format!("http://{address}");
    let client = reqwest::Client::builder().no_proxy().build();
    let client = client.expect("the HTTP client can be built");
    let ory = build(Client::builder(base).http_service(client));
    let read = userinfo(&ory).await.expect_err("nobody listens");
    assert_eq!(read.kind(), ErrorKind::Connect);
    let change = ory.register(&wanted()).await.expect_err("nobody listens");
    assert_eq!(change.kind(), ErrorKind::OutcomeUnknown);
    assert!(!transport(&change).is_connect());
}

#[tokio::test]
async fn error_of_a_service_does_not_show_the_query() {
    let service = service_fn(|request: Request| async move {
        Err::<Response, _>(io::Error::other(format!("cannot send {}", request.url())))
    });
    let ory = build(Client::builder(BASE).http_service(service));
    let hint = IdToken::new("hush");
    let request = ory.end_session(&hint);
    let error = ory.logout_probe(&request).await.expect_err("it fails");
    let source = transport(&error).source().map(ToString::to_string);
    let shown = format!("{error} {error:?} {source:?}");
    assert!(!shown.contains("hush"), "{shown}");
    assert!(shown.contains("cannot send https://id.example"), "{shown}");
}

#[tokio::test]
async fn redirect_that_a_service_followed_is_an_error() {
    let service = service_fn(|_| async {
        use reqwest::ResponseBuilderExt as _;
        let elsewhere = reqwest::Url::parse("https://other.example/").expect("the URL is valid");
        let response = http::Response::builder().url(elsewhere).body("{}");
        Ok::<_, io::Error>(Response::from(response.expect("the response is valid")))
    });
    let ory = build(Client::builder(BASE).http_service(service));
    let error = userinfo(&ory).await.expect_err("another server answered");
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn reqwest_middleware_is_a_service() {
    let mock = OryMock::start().await;
    let client = reqwest::Client::builder().no_proxy().build();
    let client = client.expect("the HTTP client can be built");
    let client = reqwest_middleware::ClientBuilder::new(client).build();
    let ory = build(Client::builder(mock.url()).http_service(client));
    ory.discover().await.expect("there are metadata");
    assert_eq!(mock.requests().len(), 1);
}
