//! Credentials are taken from a response that cannot be used otherwise, and only proof of the outcome
//! counts as a success.

use super::management::{ok, rename, secret, token};
use crate::support::{Action, Server, http, json, registration, reply, stalled, truncated};
use ory_oidc::error::ErrorKind;
use ory_oidc::registration::{RegistrationAccessToken, RegistrationError};
use ory_oidc::{Client, ClientMetadata, Error, Registration};
use serde_json::{Value, json as value};
use std::time::Duration;
use tokio::task::JoinSet;

const MEBIBYTE: usize = 1024 * 1024;

/// Returns a token of the length of Ory's.
fn long_token(fill: char) -> String {
    let part = fill.to_string().repeat(43);
    format!("ory_at_{part}.{part}")
}

/// Returns responses with a new token, in Ory's order of members and in others.
fn replies(new: &str) -> [String; 3] {
    [
        format!(
            r#"{{"client_id":"c","client_name":"A \" ☕","client_secret":"s","jwks":{{"keys":[]}},"registration_access_token":"{new}","scope":"openid","x":[1,{{"y":null}}]}}"#
        ),
        format!(
            "{{\n  \"client_id\" : \"c\",\n  \"registration_access_token\" : \"{new}\",\n  \"client_secret\" : \"s\"\n}}\n"
        ),
        format!(r#"{{"registration_access_token":"{new}","client_id":"c","client_secret":"s"}}"#),
    ]
}

/// Returns the response cut after each of its bytes. The connection closes before it is complete.
fn cuts(body: &str) -> impl Iterator<Item = Vec<u8>> {
    (0..=body.len()).map(|at| body.as_bytes()[..at].to_vec())
}

fn end_of(body: &str, text: &str) -> usize {
    body.find(text).expect("the body has the text") + text.len()
}

#[tokio::test]
async fn update_that_is_cut_at_any_byte_keeps_the_token_if_it_arrived() {
    let (old, new) = (long_token('o'), long_token('n'));
    for body in replies(&new) {
        let arrived = end_of(&body, &new);
        let server = Server::start(cuts(&body).map(|cut| truncated(200, cut))).await;
        let (client, wanted) = (server.client(), ClientMetadata::default());
        let mut kept = 0;
        for at in 0..=body.len() {
            let mut known = Registration::from_saved("c", RegistrationAccessToken::new(&old));
            let outcome = client.replace_registration(&mut known, &wanted).await;
            let error = outcome.expect_err("the response is incomplete");
            assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{at}");
            let expected = if at < arrived { &old } else { &new };
            assert_eq!(token(&known), Some(expected.as_str()), "{at} of {body}");
            kept += usize::from(at >= arrived);
        }
        assert_eq!(kept, body.len() - arrived + 1);
    }
}

#[tokio::test]
async fn read_that_is_cut_at_any_byte_keeps_the_token_if_it_arrived() {
    let (old, new) = (long_token('o'), long_token('n'));
    for body in replies(&new) {
        let arrived = end_of(&body, &new);
        let server = Server::start(cuts(&body).map(|cut| truncated(200, cut))).await;
        let client = server.client();
        for at in 0..=body.len() {
            let mut known = Registration::from_saved("c", RegistrationAccessToken::new(&old));
            let outcome = client.read_registration(&mut known).await;
            outcome.expect_err("the response is incomplete");
            let expected = if at < arrived { &old } else { &new };
            assert_eq!(token(&known), Some(expected.as_str()), "{at} of {body}");
        }
    }
}

#[tokio::test]
async fn registration_that_is_cut_at_any_byte_is_in_the_error_as_far_as_it_arrived() {
    let new = long_token('n');
    for body in replies(&new) {
        let (id_at, secret_at) = (end_of(&body, r#""c""#), end_of(&body, r#""s""#));
        let token_at = end_of(&body, &new);
        let server = Server::start(cuts(&body).map(|cut| truncated(201, cut))).await;
        let (client, wanted) = (server.client(), ClientMetadata::default());
        for at in 0..=body.len() {
            let error = client.register(&wanted).await;
            let error = error.expect_err("the response is incomplete");
            assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{at}");
            let rescued = Registration::from_error(&error);
            assert_eq!(rescued.is_some(), at >= id_at, "{at} of {body}");
            let Some(rescued) = rescued else { continue };
            assert_eq!(rescued.client_id(), "c");
            let expected = (at >= token_at).then_some(new.as_str());
            assert_eq!(token(&rescued), expected, "{at} of {body}");
            let expected = (at >= secret_at).then_some("s");
            assert_eq!(secret(&rescued), expected, "{at} of {body}");
        }
    }
}

/// Checks that the token of a response that stalls is kept when the client's time limit or the call's
/// time-out ends the call.
async fn check_stalled(limit: Duration, timeout: Duration, status: u16, body: String) {
    let end = || stalled(status, &body);
    let server = Server::start([end(), end(), end()]).await;
    let client = server.client().with_time_limit(limit);
    let wanted = ClientMetadata::default();
    let (mut read, mut replaced) = (registration("c"), registration("c"));
    let (registered, of_read, of_replaced) = tokio::join!(
        client.register(&wanted).timeout(timeout).into_future(),
        client
            .read_registration(&mut read)
            .timeout(timeout)
            .into_future(),
        client
            .replace_registration(&mut replaced, &wanted)
            .timeout(timeout)
            .into_future(),
    );
    of_read.expect_err("the response stalls");
    let error = registered.expect_err("the response stalls");
    let rescued = Registration::from_error(&error).expect("the client id arrived");
    for error in [error, of_replaced.expect_err("the response stalls")] {
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error:?}");
    }
    for known in [rescued, read, replaced] {
        assert_eq!(token(&known), Some("new"), "{status} {body}");
    }
}

#[tokio::test]
async fn token_of_a_response_that_stalls_is_kept() {
    let (short, long) = (Duration::from_secs(1), Duration::from_secs(60));
    let mut checks = JoinSet::new();
    for (limit, timeout) in [(short, long), (long, short)] {
        for (status, end) in [(200, ""), (201, ","), (200, "}"), (302, ""), (502, "")] {
            let body = r#"{"client_id": "c", "registration_access_token": "new""#.to_owned();
            checks.spawn(check_stalled(limit, timeout, status, body + end));
        }
    }
    checks.join_all().await;
}

#[tokio::test]
async fn call_without_any_response_ends_at_the_time_limit() {
    let server = Server::start([Action::Stall, Action::Stall]).await;
    let client = server.client().with_time_limit(Duration::from_millis(200));
    let read = client.read_registration(&mut registration("c")).await;
    let error = read.expect_err("the server does not respond");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.is_retryable());
    let error = client.register(&ClientMetadata::default()).await;
    let error = error.expect_err("the server does not respond");
    assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
    assert_eq!(Registration::from_error(&error), None);
}

/// Returns responses to a change that arrived with a new token and cannot be used otherwise.
fn unusable() -> Vec<(&'static str, Action)> {
    let body = r#"{"client_id": "c", "registration_access_token": "new""#;
    let with = |end: &[u8]| [body.as_bytes(), end].concat();
    let whole = with(b"}");
    let large = with(&[b", \"x\": \"".as_slice(), &vec![b'x'; 2 * MEBIBYTE], b"\"}"].concat());
    let deep = with(format!(", \"x\": {}", "[".repeat(100_000)).as_bytes());
    let chunked = |body: &[u8]| {
        let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".as_slice();
        let size = format!("{:x}\r\n", body.len());
        Action::RespondAndClose([head, size.as_bytes(), body, b"\r\n"].concat())
    };
    vec![
        ("ends early", json(200, with(b""))),
        ("is followed by text", json(200, with(b"} trailing"))),
        ("is followed by an error page", json(200, with(b"<html>"))),
        (
            "has an invalid text",
            json(200, with(b", \"x\": \"\xff\"}")),
        ),
        ("is nested too deeply", json(200, deep)),
        (
            "has a secret of another type",
            json(200, with(b", \"client_secret\": 7}")),
        ),
        (
            "has a byte order mark and ends early",
            json(200, [b"\xef\xbb\xbf", body.as_bytes()].concat()),
        ),
        ("is too large", json(200, &large)),
        ("is too large, in chunks", chunked(&large)),
        ("is cut between chunks", chunked(&whole)),
        ("has the status 302", json(302, &whole)),
        ("has the status 502", json(502, &whole)),
        ("has the status 600", json(600, &whole)),
    ]
}

#[tokio::test]
async fn update_keeps_the_token_of_a_response_that_cannot_be_used_otherwise() {
    for (case, action) in unusable() {
        let server = Server::start([ok(&value!({})), action]).await;
        let mut known = registration("c");
        let client = server.client();
        let outcome = client.update_registration(&mut known, rename).await;
        let error = outcome.expect_err(case);
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{case}");
        assert_eq!(token(&known), Some("new"), "{case}");
    }
}

#[tokio::test]
async fn registration_is_in_the_error_of_a_response_that_cannot_be_used_otherwise() {
    for (case, action) in unusable() {
        let server = Server::start([action]).await;
        let outcome = server.client().register(&ClientMetadata::default()).await;
        let error = outcome.expect_err(case);
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{case}");
        let rescued = Registration::from_error(&error).expect(case);
        assert_eq!((rescued.client_id(), token(&rescued)), ("c", Some("new")));
        let shown = format!("{error} {error:?} {rescued:?}");
        assert!(!shown.contains("\"new\""), "{case}: {shown}");
    }
}

#[tokio::test]
async fn credentials_of_another_client_and_of_a_refusal_are_not_taken() {
    let other = value!({"client_id": "other", "registration_access_token": "new"}).to_string();
    let refusal = value!({"client_id": "c", "registration_access_token": "new"}).to_string();
    for action in [
        json(200, &other),
        truncated(200, &other),
        json(502, &other),
        json(200, format!("{other} trailing")),
        json(400, &refusal),
        json(403, &refusal),
        json(429, &refusal),
    ] {
        let server = Server::start([ok(&value!({})), action]).await;
        let mut known = registration("c");
        let before = known.clone();
        let client = server.client();
        let outcome = client.update_registration(&mut known, rename).await;
        outcome.expect_err("the response is not about this client, or it is a refusal");
        assert_eq!(token(&known), token(&before));
    }
    let server = Server::start([json(400, &refusal), json(200, "{}")]).await;
    let client = server.client();
    let error = client.register(&ClientMetadata::default()).await;
    let error = error.expect_err("the server refuses");
    assert_eq!(Registration::from_error(&error), None);
    // Only a registration creates a client.
    let read = client.read_registration(&mut registration("c")).await;
    let error = read.expect_err("the response has no client_id");
    assert_eq!(Registration::from_error(&error), None);
}

#[tokio::test]
async fn response_without_the_client_id_proves_nothing() {
    for body in [
        value!({}),
        value!({"client_id": null}),
        value!({"client_id": ""}),
        value!({"client_name": "Renamed"}),
        value!({"status": "ok"}),
        value!({"registration_access_token": "new"}),
    ] {
        let server = Server::start([
            ok(&value!({"client_name": "a"})),
            json(200, body.to_string()),
            json(200, body.to_string()),
        ])
        .await;
        let client = server.client();
        let mut known = registration("c");
        let updated = client.update_registration(&mut known, rename).await;
        let read = client.read_registration(&mut known).await;
        for (outcome, kind) in [
            (updated, ErrorKind::OutcomeUnknown),
            (read, ErrorKind::Validation),
        ] {
            let error = outcome.expect_err("the response has no client_id");
            assert_eq!(error.kind(), kind, "{body}");
            let reason = error.validation();
            assert!(matches!(
                reason,
                Some(RegistrationError::ClientIdMissing { .. })
            ));
        }
        assert_eq!(known.granted().client_name.as_deref(), Some("a"));
        // The token is the server's newest, whatever else is missing.
        let sent = body["registration_access_token"].as_str();
        assert_eq!(token(&known).filter(|token| *token == "new"), sent);
    }
}

#[tokio::test]
async fn only_204_confirms_a_deletion() {
    let error = value!({"error": "no"});
    for action in [
        json(200, error.to_string()),
        json(200, "{}"),
        json(200, ""),
        reply(200, &[], ""),
        json(201, "{}"),
        json(202, "{}"),
        reply(205, &[], ""),
        json(206, "{}"),
        reply(302, &[("location", "/login")], ""),
        reply(303, &[("location", "/login")], ""),
        reply(408, &[], ""),
        reply(499, &[], ""),
        reply(999, &[], ""),
    ] {
        let server = Server::start([action]).await;
        let outcome = server
            .client()
            .delete_registration(&registration("c"))
            .await;
        let error = outcome.expect_err("the response is not 204");
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{error:?}");
    }
}

#[tokio::test]
async fn status_that_is_no_refusal_leaves_the_outcome_of_a_change_unknown() {
    for status in [
        101, 300, 301, 302, 303, 304, 307, 308, 399, 408, 460, 499, 500, 520, 599, 600, 999,
    ] {
        let action = || reply(status, &[], "");
        let server = Server::start([action(), action(), action()]).await;
        let (client, wanted) = (server.client(), ClientMetadata::default());
        let mut known = registration("c");
        for outcome in [
            client.register(&wanted).await.map(drop),
            client.replace_registration(&mut known, &wanted).await,
            client.delete_registration(&known).await,
        ] {
            let error = outcome.expect_err("the status is no success");
            assert_eq!(
                error.kind(),
                ErrorKind::OutcomeUnknown,
                "{status} {error:?}"
            );
            assert!(!error.is_retryable(), "{status}");
        }
    }
    for status in [400, 401, 403, 404, 405, 409, 410, 413, 415, 422, 429, 451] {
        let server = Server::start([reply(status, &[], "")]).await;
        let (client, wanted) = (server.client(), ClientMetadata::default());
        let outcome = client
            .replace_registration(&mut registration("c"), &wanted)
            .await;
        let error = outcome.expect_err("the status is a refusal");
        assert_ne!(error.kind(), ErrorKind::OutcomeUnknown, "{status}");
    }
}

#[tokio::test]
async fn refused_token_right_after_a_good_read_leaves_the_outcome_unknown() {
    for code in ["", "invalid_token", "invalid_request", "insufficient_scope"] {
        let body = value!({"error": code}).to_string();
        let server = Server::start([ok(&value!({})), json(401, body)]).await;
        let client = server.client();
        let mut known = registration("c");
        let outcome = client.update_registration(&mut known, rename).await;
        let error = outcome.expect_err("the server refuses the token");
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown, "{code}");
        assert_eq!(error.status().map(|status| status.as_u16()), Some(401));
    }
    // The read itself is refused: nothing is sent after it.
    let server = Server::start([json(401, "{}")]).await;
    let client = server.client();
    let mut known = registration("c");
    let outcome = client.update_registration(&mut known, rename).await;
    let error = outcome.expect_err("the server refuses the token");
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    assert_eq!(server.lines().len(), 1);
}

#[tokio::test]
async fn panic_of_the_observer_does_not_lose_a_token() {
    let new: Value = value!({"client_id": "c", "registration_access_token": "new"});
    let server = Server::start([json(201, new.to_string()), ok(&new), ok(&new), ok(&new)]).await;
    let client = Client::builder(server.url()).http_client(http());
    let client = client.observe(|_| panic!("the observer fails"));
    let client = client.build().expect("a loopback URL is valid");
    let registered = client.register(&ClientMetadata::default()).await;
    assert_eq!(token(&registered.expect("registered")), Some("new"));
    let mut known = registration("c");
    let read: Result<(), Error> = client.read_registration(&mut known).await;
    read.expect("read");
    assert_eq!(token(&known), Some("new"));
    let mut known = registration("c");
    let updated = client.update_registration(&mut known, rename).await;
    updated.expect("updated");
    assert_eq!(token(&known), Some("new"));
}
