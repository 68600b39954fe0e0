//! Hydra's admin API.

use std::sync::atomic::{AtomicU32, Ordering};

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use url::Url;

use super::http;

/// The key set that signs ID tokens, logout tokens and signed userinfo.
pub const ID_TOKEN_KEYS: &str = "hydra.openid.id-token";

/// A client of Hydra's admin API. Its functions panic if Hydra answers with an error.
#[derive(Debug, Clone)]
pub struct Admin {
    url: Url,
    http: Client,
}

impl Admin {
    /// Creates a client of the admin API at a base URL: Hydra's, or that of a server like it.
    #[must_use]
    pub fn new(url: &str) -> Self {
        Self {
            url: Url::parse(url).expect("the admin URL is valid"),
            http: http::client(),
        }
    }

    /// Returns the base URL.
    #[must_use]
    pub fn url(&self) -> &str {
        self.url.as_str().trim_end_matches('/')
    }

    /// Lists the clients: the first 500.
    pub async fn clients(&self) -> Vec<Value> {
        let mut url = self.path(&["clients"]);
        url.set_query(Some("page_size=500"));
        match self.call(Method::GET, url, None).await {
            Value::Array(clients) => clients,
            other => panic!("GET /admin/clients answered no list: {other}"),
        }
    }

    /// Returns a client, or [`None`] if there is no such client.
    pub async fn client(&self, id: &str) -> Option<Value> {
        let url = self.path(&["clients", id]);
        match self.send(Method::GET, url.clone(), None).await {
            (StatusCode::NOT_FOUND, _) => None,
            (status, reply) => Some(checked(&Method::GET, &url, status, reply)),
        }
    }

    /// Creates a client. Members that dynamic registration refuses are allowed.
    pub async fn create_client(&self, client: &Value) -> Value {
        self.call(Method::POST, self.path(&["clients"]), Some(client))
            .await
    }

    /// Changes a client by a JSON Patch (RFC 6902).
    pub async fn patch_client(&self, id: &str, patch: &Value) -> Value {
        self.call(Method::PATCH, self.path(&["clients", id]), Some(patch))
            .await
    }

    /// Replaces a client.
    pub async fn put_client(&self, id: &str, client: &Value) -> Value {
        self.call(Method::PUT, self.path(&["clients", id]), Some(client))
            .await
    }

    /// Replaces the token lifespans of a client.
    pub async fn put_lifespans(&self, id: &str, lifespans: &Value) -> Value {
        let url = self.path(&["clients", id, "lifespans"]);
        self.call(Method::PUT, url, Some(lifespans)).await
    }

    /// Deletes a client.
    pub async fn delete_client(&self, id: &str) {
        self.call(Method::DELETE, self.path(&["clients", id]), None)
            .await;
    }

    /// Returns a key set with its private keys, or [`None`] if there is no such set.
    pub async fn key_set(&self, set: &str) -> Option<Value> {
        let url = self.path(&["keys", set]);
        match self.send(Method::GET, url.clone(), None).await {
            (StatusCode::NOT_FOUND, _) => None,
            (status, reply) => Some(checked(&Method::GET, &url, status, reply)),
        }
    }

    /// Adds a new key to a set, for signatures with the algorithm. Returns the new key.
    pub async fn create_key(&self, set: &str, algorithm: &str) -> Value {
        static COUNT: AtomicU32 = AtomicU32::new(1);
        let kid = format!("created-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let key = json!({"alg": algorithm, "use": "sig", "kid": kid});
        let url = self.path(&["keys", set]);
        // Hydra drops a connection after 10 seconds. It has the key then, if the key took longer.
        if let Some((status, reply)) = self.try_send(Method::POST, url.clone(), Some(&key)).await {
            checked(&Method::POST, &url, status, reply);
        }
        let keys = self.key_set(set).await.unwrap_or_default();
        let mut keys = keys["keys"].as_array().into_iter().flatten();
        let created = keys.find(|key| key["kid"] == kid.as_str());
        created.expect("Hydra created the key").clone()
    }

    /// Adds a new key for ID tokens, which signs from now on. The old keys remain published.
    pub async fn rotate_keys(&self) -> Value {
        self.create_key(ID_TOKEN_KEYS, "RS256").await
    }

    /// Replaces a key set.
    pub async fn put_key_set(&self, set: &str, keys: &Value) -> Value {
        self.call(Method::PUT, self.path(&["keys", set]), Some(keys))
            .await
    }

    /// Adds a key to a set, or replaces the key of the same `kid`.
    pub async fn put_key(&self, set: &str, kid: &str, key: &Value) -> Value {
        self.call(Method::PUT, self.path(&["keys", set, kid]), Some(key))
            .await
    }

    /// Deletes a key.
    pub async fn delete_key(&self, set: &str, kid: &str) {
        self.call(Method::DELETE, self.path(&["keys", set, kid]), None)
            .await;
    }

    /// Deletes a key set.
    pub async fn delete_key_set(&self, set: &str) {
        self.call(Method::DELETE, self.path(&["keys", set]), None)
            .await;
    }

    /// Returns the login request of a challenge.
    pub async fn login_request(&self, challenge: &str) -> Value {
        self.request("login", challenge).await
    }

    /// Returns the consent request of a challenge.
    pub async fn consent_request(&self, challenge: &str) -> Value {
        self.request("consent", challenge).await
    }

    /// Returns the logout request of a challenge.
    pub async fn logout_request(&self, challenge: &str) -> Value {
        self.request("logout", challenge).await
    }

    /// Accepts a login request. Returns the URL to send the browser to.
    pub async fn accept_login(&self, challenge: &str, body: &Value) -> String {
        self.accept("login", challenge, Some(body)).await
    }

    /// Accepts a consent request. Returns the URL to send the browser to.
    pub async fn accept_consent(&self, challenge: &str, body: &Value) -> String {
        self.accept("consent", challenge, Some(body)).await
    }

    /// Accepts a logout request. Returns the URL to send the browser to.
    pub async fn accept_logout(&self, challenge: &str) -> String {
        self.accept("logout", challenge, None).await
    }

    async fn request(&self, step: &str, challenge: &str) -> Value {
        let mut url = self.path(&["oauth2", "auth", "requests", step]);
        url.query_pairs_mut()
            .append_pair(&format!("{step}_challenge"), challenge);
        self.call(Method::GET, url, None).await
    }

    async fn accept(&self, step: &str, challenge: &str, body: Option<&Value>) -> String {
        let mut url = self.path(&["oauth2", "auth", "requests", step, "accept"]);
        url.query_pairs_mut()
            .append_pair(&format!("{step}_challenge"), challenge);
        let reply = self.call(Method::PUT, url, body).await;
        let next = reply["redirect_to"].as_str();
        next.expect("an accepted request has redirect_to")
            .to_owned()
    }

    fn path(&self, segments: &[&str]) -> Url {
        let mut url = self.url.clone();
        url.path_segments_mut()
            .expect("an http URL has a path")
            .pop_if_empty()
            .push("admin")
            .extend(segments);
        url
    }

    async fn call(&self, method: Method, url: Url, body: Option<&Value>) -> Value {
        let (status, reply) = self.send(method.clone(), url.clone(), body).await;
        checked(&method, &url, status, reply)
    }

    async fn send(&self, method: Method, url: Url, body: Option<&Value>) -> (StatusCode, Value) {
        let reply = self.try_send(method.clone(), url.clone(), body).await;
        reply.unwrap_or_else(|| panic!("no reply to {method} {}", url.path()))
    }

    /// Returns the reply, or [`None`] if the connection was dropped or the time was up.
    async fn try_send(
        &self,
        method: Method,
        url: Url,
        body: Option<&Value>,
    ) -> Option<(StatusCode, Value)> {
        let mut request = self.http.request(method, url);
        if let Some(body) = body {
            request = request.json(body);
        }
        let response = request.send().await.ok()?;
        let status = response.status();
        let body = response.bytes().await.ok()?;
        Some((status, serde_json::from_slice(&body).unwrap_or(Value::Null)))
    }
}

/// Returns the reply if it is a success. Shows only the error members of another one: a client in a
/// reply has secrets.
fn checked(method: &Method, url: &Url, status: StatusCode, reply: Value) -> Value {
    assert!(
        status.is_success(),
        "{method} {} answered {status}: {} {}",
        url.path(),
        reply["error"],
        reply["error_description"]
    );
    reply
}
