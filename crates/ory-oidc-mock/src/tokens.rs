//! The tokens a test can ask for, and the keys that sign them.

use serde_json::{Map, Value, json};

use crate::algorithm::Algorithm;
use crate::state::{Shared, State, unix_now};
use crate::{OryMock, random, userinfo};

/// The event of a logout token (OpenID Connect Back-Channel Logout 1.0, section 2.4).
const LOGGED_OUT: &str = "http://schemas.openid.net/event/backchannel-logout";

/// Tokens, and signing keys.
impl OryMock {
    /// Issues an access token whose userinfo, as plain JSON, has these claims. Ory's own (`aud`,
    /// `auth_time`, `iat`, `iss`, `rat`) are added where they are missing. `sub` is not: leave it
    /// out to see a client refuse the answer.
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// # let ory = OryMock::start_blocking();
    /// let token = ory.issue_access_token(json!({"sub": "user-1", "groups": ["a"]}));
    /// assert!(token.starts_with("ory_at_"));
    /// ```
    ///
    /// # Panics
    /// If the claims are not a JSON object.
    #[must_use]
    pub fn issue_access_token(&self, claims: Value) -> String {
        userinfo::issue(&self.shared, None, object(claims))
    }

    /// [`issue_access_token`](Self::issue_access_token) for one client. If that client registered a
    /// `userinfo_signed_response_alg`, such as `RS256`, userinfo is a JWT that the double signs.
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
    /// let answer = userinfo.bearer_auth(&token).send().await?;
    /// assert_eq!(answer.headers()["content-type"], "application/jwt");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// If no client has this id, or the claims are not a JSON object.
    #[must_use]
    pub fn issue_access_token_for(&self, client_id: &str, claims: Value) -> String {
        assert_registered(&self.shared.state(), client_id);
        userinfo::issue(&self.shared, Some(client_id), object(claims))
    }

    /// Voids an access token; userinfo answers 401 from now on.
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// # let ory = OryMock::start_blocking();
    /// let token = ory.issue_access_token(json!({"sub": "user-1"}));
    /// ory.revoke_access_token(&token);
    /// ```
    pub fn revoke_access_token(&self, token: &str) {
        self.shared.state().access_tokens.remove(token);
    }

    /// Issues an ID token for a user who logs in to a client: the start of a session, or of a
    /// client's part in the session that the user has already. It is signed with RS256, or with the
    /// client's `id_token_signed_response_alg` where
    /// [`signing_algorithms`](crate::OryMockBuilder::signing_algorithms) allow one.
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

    /// [`issue_id_token`](Self::issue_id_token) with more claims, or other values for its own: a
    /// `nonce`, an `exp` in the past.
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
    /// If no client has this id, or the claims are not a JSON object.
    #[must_use]
    pub fn issue_id_token_with(&self, client_id: &str, subject: &str, claims: Value) -> String {
        let mut state = self.shared.state();
        let algorithm = id_token_algorithm(&self.shared, &state, client_id);
        let session = state.session_of(subject);
        if !session.clients.iter().any(|client| client == client_id) {
            session.clients.push(client_id.to_owned());
        }
        let now = unix_now();
        let mut all = object(json!({
            "aud": [client_id],
            "auth_time": now,
            "exp": now + 3600,
            "iat": now,
            "iss": self.shared.config.issuer,
            "jti": random::uuid(),
            "rat": now,
            "sid": session.id,
            "sub": subject,
        }));
        all.extend(object(claims));
        state.keys.sign(&all, algorithm)
    }

    /// Issues a logout token, with which Ory tells a client's `backchannel_logout_uri` that a user
    /// has logged out (OpenID Connect Back-Channel Logout 1.0, section 2.4). Like Ory's it names
    /// the session, by the `sid` of the user's ID tokens, and not the user, and it has no `exp`.
    /// The session may be over already.
    ///
    /// The double calls no `backchannel_logout_uri` itself: a test sends the token, as the form
    /// parameter `logout_token`.
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

    /// [`issue_logout_token`](Self::issue_logout_token) with more claims, or other values for its
    /// own: the `sub` and `exp` of other providers, a forbidden `nonce`. A claim that is `null` is
    /// left out.
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
    /// If no client has this id, or the claims are not a JSON object.
    #[must_use]
    pub fn issue_logout_token_with(&self, client_id: &str, subject: &str, claims: Value) -> String {
        let mut state = self.shared.state();
        let algorithm = id_token_algorithm(&self.shared, &state, client_id);
        let mut all = object(json!({
            "aud": [client_id],
            "events": {LOGGED_OUT: {}},
            "iat": unix_now(),
            "iss": self.shared.config.issuer,
            "jti": random::uuid(),
            "sid": state.session_id_of(subject),
        }));
        all.extend(object(claims));
        all.retain(|_, value| !value.is_null());
        state.keys.sign(&all, algorithm)
    }

    /// Signs any header and claims, for a test of tokens that no server should issue.
    ///
    /// The header's `alg` says how: `RS256` to `PS512` with the newest RSA key; `ES256`, `EdDSA` and
    /// `Ed25519` with the newest key of that type, which
    /// [`signing_algorithms`](crate::OryMockBuilder::signing_algorithms) switch on. `none` leaves
    /// the signature empty. `HS256` to `HS512` use the newest RSA key's public half, as PEM, for the
    /// secret: the forgery of who has nothing else. With any other `alg` it is the signature of the
    /// newest key, by the first of the algorithms, and the header's claim about it is wrong; without
    /// one it is that of `RS256`.
    ///
    /// A header without `kid` is given the key's; one whose `kid` is `null` goes without.
    ///
    /// All doubles of a process have the same RSA key pairs under different key ids. For a good
    /// signature by a foreign key, rotate the keys of the double that signs more often.
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// # let ory = OryMock::start_blocking();
    /// let claims = json!({"iss": ory.issuer(), "sub": "user-1"});
    /// let unsigned = ory.sign_jwt(json!({"alg": "none"}), claims.clone());
    /// assert!(unsigned.ends_with('.'));
    /// let nameless = ory.sign_jwt(json!({"alg": "RS256", "kid": null}), claims);
    /// ```
    ///
    /// # Panics
    /// If the header is not a JSON object, or there is no key for its `alg`: `ES256` and `EdDSA` were
    /// not switched on, say, or others were in place of `RS256`.
    #[must_use]
    pub fn sign_jwt(&self, header: Value, claims: Value) -> String {
        let Value::Object(header) = header else {
            panic!("a header is a JSON object");
        };
        self.shared.state().keys.sign_any(header, claims)
    }

    /// Signs with new keys from now on. The old ones stay in the published key set.
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

    /// Takes all keys but the newest out of the published key set: what the others signed, the
    /// double itself no longer accepts either.
    ///
    /// ```
    /// # use {ory_oidc_mock::OryMock, serde_json::json};
    /// # let ory = OryMock::start_blocking();
    /// let client = ory.create_client(json!({}));
    /// let old = ory.issue_id_token(&client, "user-1");
    /// ory.rotate_keys();
    /// ory.drop_old_keys(); // nothing verifies `old` now
    /// ```
    pub fn drop_old_keys(&self) {
        self.shared.state().keys.drop_old();
    }
}

/// What a client's ID tokens and logout tokens are signed with (Back-Channel Logout 1.0, section
/// 2.6).
#[track_caller]
fn id_token_algorithm(shared: &Shared, state: &State, client_id: &str) -> Algorithm {
    assert_registered(state, client_id);
    let registered = state.clients[client_id]
        .metadata
        .text("id_token_signed_response_alg");
    Algorithm::named(registered).unwrap_or_else(|| Algorithm::default_of(&shared.config.algorithms))
}

#[track_caller]
fn assert_registered(state: &State, client_id: &str) {
    let known = state.clients.contains_key(client_id);
    assert!(known, "no client has the id {client_id:?}");
}

#[track_caller]
fn object(claims: Value) -> Map<String, Value> {
    match claims {
        Value::Object(claims) => claims,
        _ => panic!("claims are a JSON object"),
    }
}
