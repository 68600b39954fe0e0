//! The servers that the suite runs on.

use ory_oidc::{AccessToken, Client, ClientMetadata, IdToken, Registration};
use serde_json::{Value, json};

/// A server, and what its operator can do outside the API.
#[allow(async_fn_in_trait)] // for tests, which run on one thread
pub trait Target {
    /// Returns the base URL.
    fn url(&self) -> &str;
    /// Returns the issuer that its metadata name.
    fn issuer(&self) -> &str;
    /// Returns an access token whose userinfo has these claims, for a client if one is given.
    async fn access_token(&self, client: Option<&Registration>, claims: Value) -> AccessToken;
    /// Returns a JWT access token with these scopes, for a user of a client that registered them; [`None`] if
    /// this server has opaque ones only.
    async fn jwt_access_token(
        &self,
        client: &Registration,
        scopes: &[&str],
        subject: &str,
    ) -> Option<AccessToken>;
    /// Returns an ID token for a user of a client.
    async fn id_token(&self, client: &Registration, subject: &str) -> IdToken;
    /// Returns a logout token for a user of a client; [`None`] if only a browser brings one about.
    async fn logout_token(&self, client: &Registration, subject: &str) -> Option<String>;
    /// Returns the URI that a client registers to receive logout tokens.
    fn backchannel_logout_uri(&self) -> String {
        "http://127.0.0.1:9/logout".to_owned()
    }
    /// Signs with new keys from now on, and still publishes the old ones.
    async fn rotate_keys(&self);
    /// Whether an update replaces the registration access token.
    fn rotates(&self) -> bool {
        true
    }
}

/// Returns the JSON Patch by which an administrator lets a client get JWT access tokens.
pub(crate) fn jwt_strategy() -> Value {
    json!([{"op": "replace", "path": "/access_token_strategy", "value": "jwt"}])
}

pub(crate) const CALLBACK: &str = "https://app.example/callback";
pub(crate) const BYE: &str = "https://app.example/bye";

pub(crate) fn client(target: &impl Target) -> Client {
    Client::builder(target.url())
        .issuer(target.issuer())
        .build()
        .expect("the URL is valid")
}

pub(crate) fn wanted() -> ClientMetadata {
    ClientMetadata::new([CALLBACK])
        .client_name("Zoë's App ☕")
        .grant_types(["authorization_code", "refresh_token"])
        .response_types(["code"])
        .scope(["openid", "offline_access", "email"])
        .token_endpoint_auth_method("client_secret_post")
        .post_logout_redirect_uris([BYE])
        .contacts(["ops@app.example"])
}

pub(crate) async fn registered(ory: &Client, wanted: &ClientMetadata) -> Registration {
    let registration = ory.register(wanted).await;
    registration.expect("the registration is accepted")
}
