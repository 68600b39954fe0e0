//! Tests of logout that the recorded exchanges do not cover.

use ory_oidc_mock::OryMock;
use serde_json::json;

use crate::http::{get, send};

const LOGOUT: &str = "/oauth2/sessions/logout";

fn with_client(metadata: &serde_json::Value) -> (OryMock, String) {
    let ory = OryMock::builder()
        .post_logout_url("https://app.example/after")
        .start_blocking();
    let mut all = json!({
        "redirect_uris": ["https://app.example/cb"],
        "post_logout_redirect_uris": ["https://app.example/bye?a=b"],
    });
    all.as_object_mut()
        .expect("the metadata is an object")
        .extend(
            metadata
                .as_object()
                .expect("the metadata is an object")
                .clone(),
        );
    let client = ory.create_client(all);
    (ory, client)
}

#[tokio::test]
async fn logout_redirects_to_the_registered_uri_with_the_state() {
    let (ory, client) = with_client(&json!({}));
    // Hydra accepts an expired ID token as a hint.
    let hint = ory.issue_id_token_with(&client, "user-1", json!({"exp": 1}));
    let path = format!(
        "{LOGOUT}?id_token_hint={hint}&post_logout_redirect_uri=https%3A%2F%2Fapp.example%2Fbye%3Fa%3Db&state=x+y"
    );
    let back = ory.accept_logout(get(&ory, &path).await.location());
    let response = get(&ory, &back).await;
    assert_eq!(
        (response.status, response.location()),
        (302, "https://app.example/bye?a=b&state=x+y")
    );
    assert!(!ory.has_session("user-1"));

    // The session has ended: the same request needs no consent, and the verifier has no effect.
    assert_eq!(
        get(&ory, &path).await.location(),
        "https://app.example/bye?a=b&state=x+y"
    );
    assert_eq!(
        get(&ory, &back).await.location(),
        "https://app.example/bye?a=b&state=x+y"
    );
}

#[tokio::test]
async fn the_front_channel_page_has_a_frame_for_each_client_of_the_session() {
    let (ory, first) =
        with_client(&json!({"frontchannel_logout_uri": "https://app.example/fc?x=1"}));
    let second = ory.create_client(json!({"frontchannel_logout_uri": "https://other.example/fc"}));
    let hint = ory.issue_id_token(&first, "user-1");
    let _ = ory.issue_id_token(&second, "user-1");
    let to_login_app = get(&ory, &format!("{LOGOUT}?id_token_hint={hint}")).await;
    let page = get(&ory, &ory.accept_logout(to_login_app.location())).await;
    assert_eq!(
        (page.status, page.header("content-type")),
        (200, Some("text/html; charset=utf-8"))
    );
    assert!(
        page.body
            .contains("<iframe src=\"https://app.example/fc?iss="),
        "{}",
        page.body
    );
    assert!(page.body.contains("&amp;x=1\"></iframe>"), "{}", page.body);
    assert!(
        page.body
            .contains("<iframe src=\"https://other.example/fc?iss="),
        "{}",
        page.body
    );
}

#[tokio::test]
async fn logout_without_a_hint_ends_the_session_only_in_its_own_browser() {
    let ory = OryMock::builder()
        .post_logout_url("https://app.example/after")
        .start()
        .await;
    let cookie = ory.begin_session("user-1");
    let start = send(&ory, "GET", LOGOUT, &[("cookie", &cookie)], None).await;
    let back = ory.accept_logout(start.location());
    assert_eq!(
        get(&ory, &back).await.location(),
        "https://app.example/after"
    );
    assert!(ory.has_session("user-1"));
    let done = send(&ory, "GET", &back, &[("cookie", &cookie)], None).await;
    assert_eq!(done.location(), "https://app.example/after");
    assert!(
        done.header("set-cookie")
            .is_some_and(|cookie| cookie.starts_with("ory_hydra_session=;"))
    );
    assert!(!ory.has_session("user-1"));
}

#[tokio::test]
async fn logout_accepts_a_form_post() {
    let (ory, client) = with_client(&json!({}));
    let hint = ory.issue_id_token(&client, "user-1");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let response = send(
        &ory,
        "POST",
        LOGOUT,
        &form,
        Some(format!("id_token_hint={hint}")),
    )
    .await;
    assert_eq!((response.status, response.body.as_str()), (302, ""));
    assert!(
        response
            .location()
            .contains("/oauth2/fallbacks/logout?logout_challenge="),
        "{}",
        response.location()
    );
    assert_eq!(get(&ory, response.location()).await.status, 200);
}

#[tokio::test]
async fn an_invalid_id_token_hint_redirects_to_the_error_page() {
    let (ory, client) = with_client(&json!({}));
    let (other, other_client) = with_client(&json!({}));
    let wrong_audience = ory.issue_id_token_with(&client, "user-1", json!({"aud": ["nobody"]}));
    for (hint, reason) in [
        (
            other.issue_id_token(&other_client, "user-1"),
            "error+in+cryptographic+primitive",
        ),
        (
            ory.issue_id_token_with(&client, "user-1", json!({"iss": "https://evil.example"})),
            "does+not+match+with+issuer+value",
        ),
        (
            ory.issue_id_token_with(&client, "user-1", json!({"iat": 99_999_999_999_i64})),
            "iat+claim+value",
        ),
        (
            ory.issue_id_token_with(&client, "user-1", json!({"sid": ""})),
            "is+missing+sid+claim.",
        ),
        (wrong_audience, "none+of+the+listed+audiences"),
    ] {
        let response = get(&ory, &format!("{LOGOUT}?id_token_hint={hint}")).await;
        assert!(
            response.location().contains(reason),
            "{reason}: {}",
            response.location()
        );
        assert_eq!(get(&ory, response.location()).await.status, 500);
    }
    assert!(
        get(&ory, &format!("{LOGOUT}?state=x"))
            .await
            .location()
            .contains("state+is+set+but+id_token_hint+is+missing.")
    );
    assert!(
        get(&ory, &format!("{LOGOUT}?logout_verifier=x"))
            .await
            .location()
            .contains("error=Not+Found&error_description=Unable+to+locate+the+requested+resource+Failed+to+decrypt")
    );
}
