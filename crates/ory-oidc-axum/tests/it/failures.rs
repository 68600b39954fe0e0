//! Ory is away, or its response cannot be used.

use crate::support::{advance, api, builder, call, calls, seconds};
use axum::http::StatusCode;
use ory_oidc_axum::Reason;
use ory_oidc_mock::{Fault, OryMock};
use serde_json::json;
use tokio::task::JoinSet;

#[tokio::test]
async fn failure_of_ory_is_503_and_never_401_or_500() {
    let server = OryMock::start().await;
    let api = api(builder(server.url()));
    let html = |status| {
        Fault::answer(status)
            .header("Content-Type", "text/html")
            .body("<html>")
    };
    let json = |body: &str| {
        Fault::answer(200)
            .header("Content-Type", "application/json")
            .body(body)
    };
    let faults = [
        ("500", Fault::answer(500)),
        ("502 of a gateway", html(502)),
        ("503", Fault::answer(503)),
        ("504", Fault::answer(504)),
        ("403 of a gateway", html(403)),
        ("404 of a wrong path", html(404)),
        ("400", Fault::answer(400)),
        ("a page of a gateway", html(200)),
        (
            "a redirect",
            Fault::answer(302).header("Location", "/login"),
        ),
        ("no sub", json("{}")),
        ("no JSON", json("{")),
        ("a closed connection", Fault::drop_connection()),
        ("a database in trouble", Fault::database_outage()),
    ];
    for (number, (name, fault)) in faults.into_iter().enumerate() {
        let token = server.issue_access_token(json!({"sub": format!("user-{number}")}));
        server.fail_next(fault.on("GET", "/userinfo").until_cleared());
        let answer = call(&api, &token).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE, "{name}");
        assert_eq!(answer.reason, Some(Reason::Unavailable), "{name}");
        assert_eq!(answer.header("retry-after"), Some("1"), "{name}");
        assert_eq!(answer.header("www-authenticate"), None, "{name}");

        server.clear_faults();
        advance(seconds(1)).await;
        assert_eq!(call(&api, &token).await.status, StatusCode::OK, "{name}");
    }
}

/// A Hydra whose PostgreSQL is down refuses every token as if it were invalid.
#[tokio::test]
async fn refusal_of_an_ory_whose_metadata_is_unavailable_is_503() {
    let server = OryMock::start().await;
    let api = api(builder(server.url()).time_to_live(seconds(30)));
    let token = server.issue_access_token(json!({"sub": "ann"}));
    assert_eq!(call(&api, &token).await.status, StatusCode::OK);
    advance(seconds(30)).await;

    let refused = Fault::answer(401).body(r#"{"error":"request_unauthorized"}"#);
    server.fail_next(refused.on("GET", "/userinfo").until_cleared());
    let metadata = |fault: Fault| fault.on("GET", "/.well-known/openid-configuration");
    for fault in [
        Fault::answer(500),
        Fault::answer(400),
        Fault::drop_connection(),
    ] {
        server.fail_next(metadata(fault));
        let answer = call(&api, &token).await;
        assert_eq!(answer.reason, Some(Reason::Unavailable));
        assert_eq!(answer.header("retry-after"), Some("1"));
        advance(seconds(1)).await;
    }
    // The metadata is not as expected, but something responds.
    server.fail_next(metadata(Fault::answer(404)));
    assert_eq!(call(&api, &token).await.reason, Some(Reason::InvalidToken));
}

/// Hydra answers 400 to a token of which only the last part is that of a token that it issued.
#[tokio::test]
async fn changed_token_is_401_whatever_status_ory_chooses() {
    let server = OryMock::start().await;
    let api = api(builder(server.url()));
    let app = server.create_client(json!({"access_token_strategy": "jwt"}));
    let token = server.issue_access_token_for(&app, json!({"sub": "ann"}));
    assert_eq!(call(&api, &token).await.status, StatusCode::OK);
    let (start, signature) = token.rsplit_once('.').expect("a JWT has three parts");
    let header = start.split('.').next().unwrap_or_default();
    for changed in [
        format!("{start}x.{signature}"),
        format!("{header}.e30.{signature}"),
        format!("~.{signature}"),
        format!("{token}x"),
    ] {
        let answer = call(&api, &changed).await;
        assert_eq!(answer.reason, Some(Reason::InvalidToken), "{changed}");
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        let challenge = answer.header("www-authenticate").expect("a challenge");
        assert!(
            challenge.contains(r#"error="invalid_token""#),
            "{challenge}"
        );
    }
    // The same responses mean nothing while the metadata is unavailable.
    let metadata = Fault::answer(500).on("GET", "/.well-known/openid-configuration");
    server.fail_next(metadata.until_cleared());
    let answer = call(&api, &format!("{header}.bm90.{signature}")).await;
    assert_eq!(answer.reason, Some(Reason::Unavailable));
}

/// A Hydra that has a new key refuses the tokens that the old one signed.
#[tokio::test]
async fn token_of_an_older_key_is_401_so_that_the_client_gets_a_new_one() {
    let server = OryMock::builder().jwt_access_tokens(true).start().await;
    let api = api(builder(server.url()));
    let token = server.issue_access_token(json!({"sub": "ann"}));
    server.rotate_access_token_keys();
    assert_eq!(call(&api, &token).await.reason, Some(Reason::InvalidToken));
}

#[tokio::test]
async fn ory_that_cannot_be_reached_is_503() {
    // Nothing listens on a port whose listener was closed.
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("the listener is bound");
    drop(listener);
    let answer = call(&api(builder(&format!("http://{address}"))), "abc").await;
    assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(answer.body, "the authorization server is not available");
}

#[tokio::test]
async fn ory_is_not_asked_while_it_asks_to_wait() {
    let server = OryMock::start().await;
    let api = api(builder(server.url()));
    let tokens = ["ann", "bob"].map(|sub| server.issue_access_token(json!({"sub": sub})));
    server.fail_next(Fault::answer(429).header("x-ratelimit-reset", "17"));
    for token in &tokens {
        let answer = call(&api, token).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(answer.reason, Some(Reason::RateLimited));
        assert_eq!(answer.header("retry-after"), Some("17"));
    }
    assert_eq!(calls(&server), 1);
    advance(seconds(10)).await;
    assert_eq!(
        call(&api, &tokens[1]).await.header("retry-after"),
        Some("7")
    );
    advance(seconds(7)).await;
    for token in &tokens {
        assert_eq!(call(&api, token).await.status, StatusCode::OK);
    }
}

#[tokio::test]
async fn unreasonable_wait_is_shortened_to_a_minute() {
    let server = OryMock::start().await;
    let api = api(builder(server.url()));
    let wait = "99999999999999999999";
    server.fail_next(Fault::answer(503).header("Retry-After", wait));
    let answer = call(&api, "abc").await;
    assert_eq!(answer.reason, Some(Reason::Unavailable));
    assert_eq!(answer.header("retry-after"), Some("60"));
}

#[tokio::test]
async fn concurrent_requests_share_a_failure() {
    let server = OryMock::start().await;
    let api = api(builder(server.url()));
    server.fail_next(Fault::answer(500).until_cleared());
    let mut requests = JoinSet::new();
    for _ in 0..50 {
        let api = api.clone();
        requests.spawn(async move { call(&api, "abc").await.reason });
    }
    let reasons = requests.join_all().await;
    assert!(
        reasons
            .iter()
            .all(|reason| *reason == Some(Reason::Unavailable))
    );
    assert_eq!(calls(&server), 1);
}
