//! Tests of back-channel logout. What is called, and with which claims, was observed at a real Hydra.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread::{self, JoinHandle};

use ory_oidc_mock::OryMock;
use serde_json::json;

use crate::http::{get, send};
use crate::jwt;

/// Starts an app that answers one request with this status. Returns its URL and the request.
fn app(status: u16) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("the listener is bound");
    let request = thread::spawn(move || {
        let (mut stream, _) = listener.accept().expect("the mock server connects");
        let mut request = Vec::new();
        let mut buffer = [0; 4096];
        while !is_complete(&request) {
            let length = stream.read(&mut buffer).expect("the request can be read");
            assert!(length > 0, "the request is complete");
            request.extend_from_slice(&buffer[..length]);
        }
        let response = format!("HTTP/1.1 {status} x\r\ncontent-length: 0\r\n\r\n");
        stream
            .write_all(response.as_bytes())
            .expect("the response can be sent");
        String::from_utf8(request).expect("the request is text")
    });
    (format!("http://{address}/logout?from=ory"), request)
}

fn is_complete(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    length.and_then(|length| length.parse().ok()) == Some(body.len())
}

async fn log_out(ory: &OryMock, id_token: &str) {
    let logout = format!("/oauth2/sessions/logout?id_token_hint={id_token}");
    let back = ory.accept_logout(get(ory, &logout).await.location());
    let response = get(ory, &back).await;
    assert_eq!(response.status, 302);
    assert!(
        response
            .location()
            .ends_with("/oauth2/fallbacks/logout/callback")
    );
}

#[tokio::test]
async fn logout_calls_each_client_of_the_session_with_a_token_of_its_own() {
    let ory = OryMock::start().await;
    let (uri, request) = app(200);
    let (other_uri, other_request) = app(204);
    let client = ory.create_client(json!({"backchannel_logout_uri": uri}));
    let other = ory.create_client(json!({"backchannel_logout_uri": other_uri}));
    let without = ory.create_client(json!({}));
    let elsewhere = ory.create_client(json!({"backchannel_logout_uri": "http://127.0.0.1:9/"}));
    let id_token = ory.issue_id_token(&client, "user-1");
    let _ = ory.issue_id_token(&other, "user-1");
    let _ = ory.issue_id_token(&without, "user-1");
    let _ = ory.issue_id_token(&elsewhere, "user-2");
    log_out(&ory, &id_token).await;

    let calls = ory.backchannel_logouts().await;
    let called: Vec<_> = calls
        .iter()
        .map(|call| (call.client_id(), call.uri()))
        .collect();
    assert_eq!(called, [(&*client, &*uri), (&*other, &*other_uri)]);
    assert_eq!(
        (calls[0].status(), calls[1].status()),
        (Some(200), Some(204))
    );
    assert!(
        calls
            .iter()
            .all(|call| call.succeeded() && call.failure().is_none())
    );
    let shown = format!("{calls:?}");
    for (call, request) in calls.iter().zip([request, other_request]) {
        let token = call.logout_token();
        assert!(!shown.contains(token));
        let request = request.join().expect("the app has run");
        assert!(
            request.starts_with("POST /logout?from=ory HTTP/1.1\r\n"),
            "{request}"
        );
        assert!(request.contains("content-type: application/x-www-form-urlencoded\r\n"));
        assert!(request.ends_with(&format!("\r\n\r\nlogout_token={token}")));
        let claims = jwt::verified(&ory, token)
            .await
            .expect("a published key verifies it");
        assert_eq!(claims["aud"], json!([call.client_id()]));
        assert_eq!(claims["sid"], jwt::parts(&id_token).1["sid"]);
        let mut names: Vec<_> = claims.as_object().expect("an object").keys().collect();
        names.sort_unstable();
        assert_eq!(names, ["aud", "events", "iat", "iss", "jti", "sid"]);
    }
}

#[tokio::test]
async fn a_client_that_fails_does_not_prevent_the_logout_and_is_reported() {
    let ory = OryMock::start().await;
    let (uri, _) = app(500);
    for (uri, status, failure) in [
        (&*uri, Some(500), None),
        ("http://127.0.0.1:9/logout", None, Some("no connection")),
        ("https://app.example/logout", None, Some("not sent")),
    ] {
        let client = ory.create_client(json!({"backchannel_logout_uri": uri}));
        log_out(&ory, &ory.issue_id_token(&client, "user-1")).await;
        assert!(!ory.has_session("user-1"));
        let calls = ory.backchannel_logouts().await;
        let call = calls.last().expect("the client was to be called");
        assert_eq!((call.status(), call.succeeded()), (status, false));
        let reason = call.failure().unwrap_or_default();
        assert!(reason.starts_with(failure.unwrap_or_default()), "{reason}");
        assert_eq!(call.failure().is_some(), failure.is_some());
    }
}

#[tokio::test]
async fn an_administrator_ends_a_session_with_calls_and_all_of_a_user_without() {
    let ory = OryMock::start().await;
    let client = ory.create_client(json!({"backchannel_logout_uri": "http://127.0.0.1:9/"}));
    let delete = async |query: &str| {
        let path = "/admin/oauth2/auth/sessions/login";
        let url = format!("{}{path}{query}", ory.admin_url());
        send(&ory, "DELETE", &url, &[], None).await.status
    };
    let sid = |token: &str| {
        jwt::parts(token).1["sid"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let first = sid(&ory.issue_id_token(&client, "user-1"));
    assert_eq!(delete("").await, 400);
    assert_eq!(delete("?sid=unknown").await, 204);
    assert!(ory.backchannel_logouts().await.is_empty());
    assert_eq!(delete(&format!("?sid={first}")).await, 204);
    assert!(!ory.has_session("user-1"));
    let calls = ory.backchannel_logouts().await;
    assert_eq!(calls.len(), 1);
    assert_eq!(sid(calls[0].logout_token()), first);

    let _ = ory.issue_id_token(&client, "user-1");
    assert_eq!(delete("?subject=user-1").await, 204);
    assert!(!ory.has_session("user-1"));
    assert_eq!(ory.backchannel_logouts().await.len(), 1);
}
