//! Tests of sessions, of a login app that uses the admin API, and of the mock server's own pages.

use ory_oidc_mock::OryMock;
use serde_json::{Value, json};

use crate::http::{Response, get, send};
use crate::login::{authorization, create_client, post_form, returned};

const LOGIN: &str = "https://login.example/login";
const CONSENT: &str = "https://login.example/consent";

/// Starts a mock server with a client and the pages of a login app.
async fn start() -> OryMock {
    let builder = OryMock::builder().login_url(LOGIN).consent_url(CONSENT);
    let ory = builder.start().await;
    create_client(&ory, &json!({}));
    ory
}

/// Sends a request of the login app about the question at which the browser is.
async fn admin(ory: &OryMock, at: &Response, action: &str, body: Value) -> Response {
    let (name, challenge) = returned(at)
        .into_iter()
        .find(|(name, _)| name.ends_with("_challenge"))
        .expect("the browser is sent to the login app");
    let kind = name.trim_end_matches("_challenge");
    let url = format!(
        "{}/admin/oauth2/auth/requests/{kind}{action}?{name}={challenge}",
        ory.admin_url()
    );
    let method = if action.is_empty() { "GET" } else { "PUT" };
    send(ory, method, &url, &[], Some(body.to_string())).await
}

/// Answers a question, and opens the URL that the browser must open next.
async fn answer(ory: &OryMock, at: &Response, action: &str, body: Value) -> Response {
    let answered = admin(ory, at, action, body).await;
    assert_eq!(answered.status, 200, "{}", answered.body);
    get(ory, &answered.text("redirect_to")).await
}

/// Returns the `Cookie` header of a browser that received a response.
fn cookie(response: &Response) -> String {
    let set = response.header("set-cookie").expect("a session starts");
    set.split(';').next().unwrap_or_default().to_owned()
}

async fn open(ory: &OryMock, cookie: &str, changes: &[(&str, &str)]) -> Response {
    let headers = [("cookie", cookie)];
    send(ory, "GET", &authorization(changes), &headers, None).await
}

#[tokio::test]
async fn a_login_app_logs_in_a_user_and_adds_claims() {
    let ory = start().await;
    let login = get(&ory, &authorization(&[("login_hint", "u@example.com")])).await;
    assert!(login.location().starts_with(LOGIN));
    let shown = admin(&ory, &login, "", json!(null)).await.json();
    assert_eq!(
        (&shown["skip"], &shown["subject"]),
        (&json!(false), &json!(""))
    );
    assert_eq!(shown["requested_scope"], json!(["openid", "offline"]));
    assert_eq!(shown["client"]["client_id"], "app");
    assert_eq!(shown["client"].get("client_secret"), None);
    assert_eq!(shown["oidc_context"]["login_hint"], "u@example.com");

    let accepted = json!({"subject": "user-7", "remember": true, "acr": "2"});
    let consent = answer(&ory, &login, "/accept", accepted).await;
    assert!(consent.location().starts_with(CONSENT));
    let shown = admin(&ory, &consent, "", json!(null)).await.json();
    assert_eq!(
        (&shown["subject"], &shown["acr"]),
        (&json!("user-7"), &json!("2"))
    );
    let session = json!({"id_token": {"email": "u@example.com"}, "access_token": {"role": "x"}});
    let accepted = json!({"grant_scope": ["openid"], "session": session});
    let done = returned(&answer(&ory, &consent, "/accept", accepted).await);
    assert_eq!(done["scope"], "openid");

    let tokens = post_form(
        &ory,
        "/oauth2/token",
        &[
            ("grant_type", "authorization_code"),
            ("client_id", "app"),
            ("client_secret", "secret-of-app"),
            ("code", &done["code"]),
            ("redirect_uri", "http://127.0.0.1:5555/callback"),
            (
                "code_verifier",
                "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk",
            ),
        ],
    )
    .await;
    let claims = crate::jwt::parts(&tokens.text("id_token")).1;
    assert_eq!(
        (&claims["sub"], &claims["email"]),
        (&json!("user-7"), &json!("u@example.com"))
    );
    assert_eq!(claims["acr"], "2");
    let url = format!("{}/admin/oauth2/introspect", ory.admin_url());
    let shown = post_form(&ory, &url, &[("token", &tokens.text("access_token"))])
        .await
        .json();
    assert_eq!(shown["ext"], json!({"role": "x"}));
}

#[tokio::test]
async fn a_login_app_rejects_a_login_or_a_consent() {
    let ory = start().await;
    let login = get(&ory, &authorization(&[])).await;
    let rejection = json!({"error": "access_denied", "error_description": "no way"});
    let rejected = returned(&answer(&ory, &login, "/reject", rejection).await);
    assert_eq!(
        (&*rejected["error"], &*rejected["error_description"]),
        ("access_denied", "no way")
    );

    let consent = answer(&ory, &login, "/accept", json!({"subject": "user-1"})).await;
    let rejected = returned(&answer(&ory, &consent, "/reject", json!({})).await);
    assert_eq!(rejected["error"], "consent request denied");
}

#[tokio::test]
async fn a_verifier_is_used_only_once() {
    let ory = start().await;
    let login = get(&ory, &authorization(&[])).await;
    let accepted = admin(&ory, &login, "/accept", json!({"subject": "user-1"})).await;
    let location = accepted.text("redirect_to");
    assert_eq!(get(&ory, &location).await.status, 302);
    assert_eq!(
        returned(&get(&ory, &location).await)["error"],
        "access_denied"
    );
}

#[tokio::test]
async fn a_remembered_session_skips_the_login_and_a_remembered_consent_the_consent() {
    let ory = start().await;
    let login = get(&ory, &authorization(&[])).await;
    let accepted = json!({"subject": "user-1", "remember": true});
    let consent = answer(&ory, &login, "/accept", accepted).await;
    let cookie = cookie(&consent);
    let without_consent = answer(
        &ory,
        &open(&ory, &cookie, &[("prompt", "none")]).await,
        "/accept",
        json!({"subject": "user-1"}),
    )
    .await;
    assert_eq!(returned(&without_consent)["error"], "consent_required");

    let granted = json!({"grant_scope": ["openid", "offline"], "remember": true});
    answer(&ory, &consent, "/accept", granted.clone()).await;
    let login = open(&ory, &cookie, &[("prompt", "none")]).await;
    let shown = admin(&ory, &login, "", json!(null)).await.json();
    assert_eq!(
        (&shown["skip"], &shown["subject"]),
        (&json!(true), &json!("user-1"))
    );
    let consent = answer(&ory, &login, "/accept", json!({"subject": "user-1"})).await;
    let shown = admin(&ory, &consent, "", json!(null)).await.json();
    assert_eq!(shown["skip"], true);
    let done = answer(&ory, &consent, "/accept", granted).await;
    assert!(returned(&done).contains_key("code"));

    let login = open(&ory, &cookie, &[]).await;
    let other_user = admin(&ory, &login, "/accept", json!({"subject": "user-2"})).await;
    assert!(other_user.text("redirect_to").contains("prompt=login"));
}

#[tokio::test]
async fn a_login_that_is_not_remembered_starts_no_session() {
    let ory = start().await;
    let login = get(&ory, &authorization(&[])).await;
    let consent = answer(&ory, &login, "/accept", json!({"subject": "user-1"})).await;
    assert_eq!(consent.header("set-cookie"), None);
    assert!(!ory.has_session("user-1"));
}

#[tokio::test]
async fn errors_of_the_login_requests_are_those_of_hydra() {
    let ory = start().await;
    let requests = format!("{}/admin/oauth2/auth/requests", ory.admin_url());
    for (method, path, body, status) in [
        ("GET", "/login?login_challenge=x", "", 404),
        ("GET", "/login", "", 400),
        ("GET", "/consent?consent_challenge=x", "", 404),
        ("GET", "/logout?logout_challenge=x", "", 404),
        ("PUT", "/login/accept?login_challenge=x", "{}", 400),
        (
            "PUT",
            "/login/accept?login_challenge=x",
            "{\"subject\":\"u\"}",
            404,
        ),
        ("PUT", "/login/accept?login_challenge=x", "{", 400),
        ("PUT", "/logout/accept?logout_challenge=x", "", 404),
    ] {
        let url = format!("{requests}{path}");
        let response = send(&ory, method, &url, &[], Some(body.to_owned())).await;
        assert_eq!(response.status, status, "{method} {path} {body}");
    }
}

#[tokio::test]
async fn prompt_none_needs_the_session_of_the_browser() {
    let ory = OryMock::start().await;
    create_client(&ory, &json!({}));
    ory.log_in_as(json!({"sub": "user-1"}));
    let first = get(&ory, &authorization(&[])).await;
    let cookie = cookie(&first);
    let silent = open(&ory, &cookie, &[("prompt", "none")]).await;
    assert!(returned(&silent).contains_key("code"));
    for changes in [
        &[("prompt", "none"), ("max_age", "60")][..],
        &[
            ("prompt", "none"),
            ("id_token_hint", &*ory.issue_id_token("app", "user-2")),
        ],
    ] {
        ory.advance_time(std::time::Duration::from_secs(61));
        let response = returned(&open(&ory, &cookie, changes).await);
        assert_eq!(response["error"], "login_required", "{changes:?}");
    }
    let again = open(&ory, &cookie, &[("max_age", "60")]).await;
    assert_ne!(self::cookie(&again), cookie, "the user logs in again");
}

#[tokio::test]
async fn a_user_chosen_on_the_login_page_is_logged_in() {
    let ory = OryMock::start().await;
    create_client(&ory, &json!({}));
    ory.add_user(json!({"sub": "<user> 1", "email": "u@example.com"}));
    let to_page = get(&ory, &authorization(&[])).await;
    let page = get(&ory, to_page.location()).await;
    assert_eq!(page.status, 200);
    assert!(
        page.body.contains("value=\"&lt;user&gt; 1\""),
        "{}",
        page.body
    );

    let choice = format!("{}&subject=%3Cuser%3E%201", to_page.location());
    let chosen = get(&ory, &choice).await;
    let done = get(&ory, chosen.location()).await;
    assert!(returned(&done).contains_key("code"));
    assert!(ory.has_session("<user> 1"));
    let used = get(&ory, "/oauth2/fallbacks/login?login_challenge=x&subject=y").await;
    assert!(used.body.contains("No login request is waiting."));
}

#[tokio::test]
async fn a_logout_is_accepted_by_the_admin_api_or_on_the_logout_page() {
    let ory = OryMock::start().await;
    create_client(&ory, &json!({"skip_logout_consent": true}));
    for by_page in [true, false] {
        let hint = ory.issue_id_token("app", "user-1");
        let logout = format!("/oauth2/sessions/logout?id_token_hint={hint}");
        let to_page = get(&ory, &logout).await;
        let back = if by_page {
            let page = get(&ory, to_page.location()).await;
            assert!(page.body.contains("name=\"confirmed\""), "{}", page.body);
            let confirmed = format!("{}&confirmed=", to_page.location());
            get(&ory, &confirmed).await.location().to_owned()
        } else {
            let shown = admin(&ory, &to_page, "", json!(null)).await.json();
            assert_eq!(shown["subject"], "user-1");
            assert_eq!(shown["client"]["skip_logout_consent"], true);
            admin(&ory, &to_page, "/accept", json!(null))
                .await
                .text("redirect_to")
        };
        assert_eq!(get(&ory, &back).await.status, 302);
        assert!(!ory.has_session("user-1"));
    }
}
