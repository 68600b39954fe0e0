//! Issuing and signing tokens, and managing the signing keys.

use std::sync::Arc;

use serde_json::{Map, Value, json};

use crate::grants::Grant;
use crate::issue::{self, id_token_algorithm};
use crate::mock::OryMock;
use crate::state::{Shared, State};
use crate::{lifespans, random};

/// The client and the audience of access tokens that a test issues to no client.
const DEFAULT_CLIENT: &str = "ory-oidc-mock";

/// Tokens and signing keys.
impl OryMock {
    /// Issues an access token, which expires after an hour. `/userinfo` responds to it with these
    /// claims as plain JSON. The token is opaque, unless
    /// [`jwt_access_tokens`](crate::OryMockBuilder::jwt_access_tokens) is set.
    ///
    /// Hydra's own claims (`aud`, `auth_time`, `iat`, `iss`, `rat`) are added if they are missing.
    /// `sub` is not added, so that a test can check that a client rejects a response without it.
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// # let ory = OryMock::start_blocking();
    /// let token = ory.issue_access_token(json!({"sub": "user-1", "groups": ["a"]}));
    /// assert!(token.starts_with("ory_at_"));
    /// ```
    ///
    /// # Panics
    /// If `claims` is not a JSON object.
    #[must_use]
    pub fn issue_access_token(&self, claims: Value) -> String {
        issue_access_token(&self.shared, None, &[], into_object(claims))
    }

    /// Issues an access token to a client, as
    /// [`issue_access_token`](Self::issue_access_token) does without one. If the client registered
    /// a `userinfo_signed_response_alg` such as `RS256`, `/userinfo` responds with a signed JWT.
    ///
    /// The client's `access_token_strategy` decides whether the token is a JWT, and its
    /// `authorization_code_grant_access_token_lifespan` when it expires.
    ///
    /// ```
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// let ory = OryMock::start().await;
    /// let client = ory.create_client(json!({"userinfo_signed_response_alg": "RS256"}));
    /// let token = ory.issue_access_token_for(&client, json!({"sub": "user-1"}));
    ///
    /// let userinfo = reqwest::Client::new().get(format!("{}/userinfo", ory.url()));
    /// let response = userinfo.bearer_auth(&token).send().await?;
    /// assert_eq!(response.headers()["content-type"], "application/jwt");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// If no client has this id, or `claims` is not a JSON object.
    #[must_use]
    pub fn issue_access_token_for(&self, client_id: &str, claims: Value) -> String {
        self.issue_access_token_with_scopes(client_id, [], claims)
    }

    /// Issues an access token with scopes, such as a user grants to a client.
    ///
    /// A JWT access token names them in its claim `scp`. Give the client the `access_token_strategy` `jwt`
    /// to test an API that checks scopes:
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// # let ory = OryMock::start_blocking();
    /// let app = ory.create_client(json!({"access_token_strategy": "jwt"}));
    /// let token = ory.issue_access_token_with_scopes(&app, ["report:read"], json!({"sub": "ann"}));
    /// assert_eq!(token.split('.').count(), 3);
    /// ```
    ///
    /// The client need not have registered the scopes. Otherwise like
    /// [`issue_access_token_for`](Self::issue_access_token_for).
    ///
    /// # Panics
    /// If no client has this id, or `claims` is not a JSON object.
    #[must_use]
    pub fn issue_access_token_with_scopes<'a>(
        &self,
        client_id: &str,
        scopes: impl IntoIterator<Item = &'a str>,
        claims: Value,
    ) -> String {
        assert_registered(&self.shared.state(), client_id);
        let scopes: Vec<_> = scopes.into_iter().collect();
        issue_access_token(&self.shared, Some(client_id), &scopes, into_object(claims))
    }

    /// Revokes an access token. `/userinfo` then responds to it with 401.
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// # let ory = OryMock::start_blocking();
    /// let token = ory.issue_access_token(json!({"sub": "user-1"}));
    /// ory.revoke_access_token(&token);
    /// ```
    pub fn revoke_access_token(&self, token: &str) {
        self.shared.state().tokens.remove_access_token(token);
    }

    /// Issues an ID token, as if the user had logged in to the client. Starts a session for the
    /// user, or adds the client to the user's existing session.
    ///
    /// The token is signed with `RS256`, or with the client's `id_token_signed_response_alg` if
    /// [`signing_algorithms`](crate::OryMockBuilder::signing_algorithms) enables it.
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// # let ory = OryMock::start_blocking();
    /// let client = ory.create_client(json!({"client_id": "my-app"}));
    /// let id_token = ory.issue_id_token(&client, "user-1");
    /// assert!(ory.has_session("user-1"));
    /// ```
    ///
    /// # Panics
    /// If no client has this id.
    #[must_use]
    pub fn issue_id_token(&self, client_id: &str, subject: &str) -> String {
        self.issue_id_token_with(client_id, subject, json!({}))
    }

    /// Issues an ID token with additional or replaced claims, such as a `nonce` or an `exp` in the
    /// past. See [`issue_id_token`](Self::issue_id_token).
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// let ory = OryMock::start_blocking();
    /// let client = ory.create_client(json!({"client_id": "my-app"}));
    /// let expired = ory.issue_id_token_with(&client, "user-1", json!({"exp": 1_700_000_000}));
    /// assert_eq!(expired.split('.').count(), 3);
    /// ```
    ///
    /// # Panics
    /// If no client has this id, or `claims` is not a JSON object.
    #[must_use]
    pub fn issue_id_token_with(&self, client_id: &str, subject: &str, claims: Value) -> String {
        let mut state = self.shared.state();
        assert_registered(&state, client_id);
        let algorithm = id_token_algorithm(&self.shared, &state.clients[client_id].metadata);
        let now = self.shared.clock.unix_now();
        let session = state.session_of(subject, now);
        session.add_client(client_id);
        let mut all = into_object(json!({
            "aud": [client_id],
            "auth_time": now,
            "exp": now + lifespans::ID_TOKEN,
            "iat": now,
            "iss": self.shared.config.issuer,
            "jti": random::uuid(),
            "rat": now,
            "sid": session.id,
            "sub": subject,
        }));
        all.extend(into_object(claims));
        state.keys.sign(&all, algorithm)
    }

    /// Issues a logout token, which tells a client that a user has logged out (OpenID Connect
    /// Back-Channel Logout 1.0, section 2.4).
    ///
    /// Like Hydra's logout tokens, it identifies the session by the `sid` of the user's ID tokens.
    /// It has no `sub` and no `exp`. The session may already have ended.
    ///
    /// This sends nothing: a test sends the token to its app itself, as the form parameter
    /// `logout_token`. When a user logs out, the mock server calls the app: see
    /// [`backchannel_logouts`](Self::backchannel_logouts).
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// # let ory = OryMock::start_blocking();
    /// let client = ory.create_client(json!({"client_id": "my-app"}));
    /// let id_token = ory.issue_id_token(&client, "user-1");
    /// let logout_token = ory.issue_logout_token(&client, "user-1");
    /// assert_eq!(logout_token.split('.').count(), 3);
    /// ```
    ///
    /// # Panics
    /// If no client has this id.
    #[must_use]
    pub fn issue_logout_token(&self, client_id: &str, subject: &str) -> String {
        self.issue_logout_token_with(client_id, subject, json!({}))
    }

    /// Issues a logout token with additional or replaced claims, such as the `sub` and `exp` of
    /// other providers, or a forbidden `nonce`. `null` removes a claim. See
    /// [`issue_logout_token`](Self::issue_logout_token).
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// let ory = OryMock::start_blocking();
    /// let client = ory.create_client(json!({"client_id": "my-app"}));
    /// let by_user = json!({"sub": "user-1", "sid": null});
    /// let logout_token = ory.issue_logout_token_with(&client, "user-1", by_user);
    /// assert_eq!(logout_token.split('.').count(), 3);
    /// ```
    ///
    /// # Panics
    /// If no client has this id, or `claims` is not a JSON object.
    #[must_use]
    pub fn issue_logout_token_with(&self, client_id: &str, subject: &str, claims: Value) -> String {
        let mut state = self.shared.state();
        assert_registered(&state, client_id);
        let algorithm = id_token_algorithm(&self.shared, &state.clients[client_id].metadata);
        let session_id = state.session_id_of(subject);
        let mut all = issue::logout_token_claims(&self.shared, client_id, &session_id);
        all.extend(into_object(claims));
        all.retain(|_, value| !value.is_null());
        state.keys.sign(&all, algorithm)
    }

    /// Signs a JWT with any header and claims, to test how an app handles tokens that no server
    /// should issue.
    ///
    /// The `alg` of the header determines the signature:
    ///
    /// | `alg` | signature |
    /// |---|---|
    /// | `RS256`, `RS384`, `RS512`, `PS256`, `PS384`, `PS512` | by the newest RSA key |
    /// | `ES256`, `EdDSA`, `Ed25519` | by the newest key of that type; enable it with [`signing_algorithms`](crate::OryMockBuilder::signing_algorithms) |
    /// | `none` | empty |
    /// | `HS256`, `HS384`, `HS512` | HMAC with the newest public RSA key (PEM) as the secret: an algorithm confusion attack |
    /// | any other | by the newest key of the first signing algorithm, so the header is wrong |
    /// | missing | as for `RS256` |
    ///
    /// If the header has no `kid`, the id of the signing key is added. A `kid` of `null` is
    /// removed.
    ///
    /// All mock servers of a process share their RSA key pairs, under different key ids. To sign
    /// with a key that another mock server does not publish, start a second mock server, call
    /// [`rotate_keys`](Self::rotate_keys) on it, and sign with it.
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// # let ory = OryMock::start_blocking();
    /// let claims = json!({"iss": ory.issuer(), "sub": "user-1"});
    /// let unsigned = ory.sign_jwt(json!({"alg": "none"}), claims.clone());
    /// assert!(unsigned.ends_with('.'));
    /// let without_key_id = ory.sign_jwt(json!({"alg": "RS256", "kid": null}), claims);
    /// ```
    ///
    /// # Panics
    /// If `header` is not a JSON object, or its `alg` needs a key of an algorithm that
    /// [`signing_algorithms`](crate::OryMockBuilder::signing_algorithms) does not enable.
    #[must_use]
    pub fn sign_jwt(&self, header: Value, claims: Value) -> String {
        let Value::Object(header) = header else {
            panic!("the header must be a JSON object");
        };
        self.shared.state().keys.sign_custom(header, claims)
    }

    /// Adds new signing keys, which sign from now on. The old keys stay in the published key set.
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// # let ory = OryMock::start_blocking();
    /// let client = ory.create_client(json!({}));
    /// let old = ory.issue_id_token(&client, "user-1");
    /// ory.rotate_keys();
    /// let new = ory.issue_id_token(&client, "user-1");
    /// assert_ne!(old.split('.').next(), new.split('.').next()); // another `kid`
    /// ```
    pub fn rotate_keys(&self) {
        self.shared.state().keys.rotate();
    }

    /// Adds a new key for JWT access tokens, which signs from now on. The old keys remain published, but
    /// as in Hydra, `/userinfo` and introspection no longer accept the tokens that they signed.
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// # let ory = OryMock::builder().jwt_access_tokens(true).start_blocking();
    /// let token = ory.issue_access_token(json!({"sub": "user-1"}));
    /// ory.rotate_access_token_keys(); // `/userinfo` responds to the token with 400
    /// ```
    pub fn rotate_access_token_keys(&self) {
        self.shared.state().access_token_keys.rotate();
    }

    /// Removes all keys but the newest of each kind from the published key set. The mock server itself no
    /// longer accepts ID tokens that an old key signed.
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// # let ory = OryMock::start_blocking();
    /// let client = ory.create_client(json!({}));
    /// let old = ory.issue_id_token(&client, "user-1");
    /// ory.rotate_keys();
    /// ory.drop_old_keys(); // no published key verifies `old` now
    /// ```
    pub fn drop_old_keys(&self) {
        let mut state = self.shared.state();
        state.keys.drop_old();
        state.access_token_keys.drop_old();
    }
}

fn issue_access_token(
    shared: &Shared,
    client_id: Option<&str>,
    scopes: &[&str],
    claims: Map<String, Value>,
) -> String {
    let now = shared.clock.unix_now();
    let client_id = client_id.unwrap_or(DEFAULT_CLIENT);
    let subject = claims.get("sub").and_then(Value::as_str);
    let grant = Grant {
        id: random::uuid(),
        client_id: client_id.to_owned(),
        subject: subject.unwrap_or_default().to_owned(),
        scopes: scopes.iter().copied().map(str::to_owned).collect(),
        audience: Vec::new(),
        login: None,
        access_token_claims: Map::new(),
    };
    let mut all = Map::from_iter([
        ("aud".to_owned(), json!([client_id])),
        ("auth_time".to_owned(), json!(now)),
        ("iat".to_owned(), json!(now)),
        ("iss".to_owned(), json!(shared.config.issuer)),
        ("rat".to_owned(), json!(now)),
    ]);
    all.extend(claims);
    // Hydra sorts the claims. With its feature `preserve_order`, `serde_json` does not.
    all.sort_keys();
    let mut state = shared.state();
    let lifespan = state
        .clients
        .get(client_id)
        .map_or(lifespans::ACCESS_TOKEN, |client| {
            lifespans::of(&client.metadata, "authorization_code", "access_token")
        });
    issue::issue_access_token(shared, &mut state, &Arc::new(grant), all, now, lifespan)
}

#[track_caller]
fn assert_registered(state: &State, client_id: &str) {
    let registered = state.clients.contains_key(client_id);
    assert!(registered, "no client has the id {client_id:?}");
}

#[track_caller]
fn into_object(claims: Value) -> Map<String, Value> {
    match claims {
        Value::Object(claims) => claims,
        _ => panic!("the claims must be a JSON object"),
    }
}
