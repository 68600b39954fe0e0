//! What the tests share.

use std::time::Duration;

use ory_oidc_test_servers::{Hydra, Postgres};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::sync::OnceCell;

pub(crate) const CALLBACK: &str = "https://app.example/callback";

/// A Hydra for the tests that change nothing but their own clients. On PostgreSQL: parallel log-ins
/// fail on SQLite.
pub(crate) async fn shared_hydra() -> &'static Hydra {
    static SHARED: OnceCell<Hydra> = OnceCell::const_new();
    SHARED
        .get_or_init(async || {
            let postgres = Postgres::shared().await;
            Hydra::builder().postgres(postgres).start().await
        })
        .await
}

pub(crate) fn http() -> reqwest::Client {
    reqwest::Client::builder()
        .timeout(Duration::from_secs(30))
        .no_proxy()
        .build()
        .unwrap()
}

/// Registers a client. Returns the status and the reply.
pub(crate) async fn register(hydra: &Hydra, metadata: &Value) -> (StatusCode, Value) {
    let url = format!("{}/oauth2/register", hydra.public_url());
    let response = http().post(url).json(metadata).send().await.unwrap();
    let status = response.status();
    (status, response.json().await.unwrap_or_default())
}

/// Registers a client for logging in with the scope, and more members.
pub(crate) async fn registered(hydra: &Hydra, scope: &str, more: &Value) -> Value {
    let mut metadata = json!({
        "redirect_uris": [CALLBACK], "scope": scope,
        "grant_types": ["authorization_code", "refresh_token"], "response_types": ["code"],
    });
    let more = more.as_object().unwrap().clone();
    metadata.as_object_mut().unwrap().extend(more);
    let (status, client) = register(hydra, &metadata).await;
    assert_eq!(status, 201, "{}", client["error_description"]);
    client
}

/// The status of a read of the client's registration by its own token.
pub(crate) async fn read(hydra: &Hydra, client: &Value) -> StatusCode {
    let path = format!("/oauth2/register/{}", id(client));
    let token = client["registration_access_token"].as_str().unwrap();
    let url = format!("{}{path}", hydra.public_url());
    let request = http().request(Method::GET, url).bearer_auth(token);
    request.send().await.unwrap().status()
}

pub(crate) fn id(client: &Value) -> &str {
    client["client_id"].as_str().unwrap()
}

pub(crate) fn secret(client: &Value) -> Option<&str> {
    client["client_secret"].as_str()
}

/// The claims of a JWT, which is not verified.
pub(crate) fn claims(jwt: &str) -> Value {
    use base64::Engine;
    let payload = jwt.split('.').nth(1).unwrap();
    let payload = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(payload);
    serde_json::from_slice(&payload.unwrap()).unwrap()
}

/// The claims of the userinfo endpoint.
pub(crate) async fn userinfo(hydra: &Hydra, access_token: &str) -> Value {
    let url = format!("{}/userinfo", hydra.public_url());
    let response = http().get(url).bearer_auth(access_token).send().await;
    response.unwrap().json().await.unwrap()
}
