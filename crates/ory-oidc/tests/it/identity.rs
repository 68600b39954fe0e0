//! Signed userinfo, logout tokens, the provider's keys, and the caches of keys and metadata.

mod attacks;
mod back_channel;
mod caching;
mod keys;
mod options;
mod recorded;
mod replay;
#[cfg(feature = "tower")]
mod shared_fetches;
mod split_horizon;
mod token_kinds;
mod unusual_keys;
mod userinfo;

use ory_oidc::cache::CachePolicy;
use ory_oidc::logout::LogoutToken;
use ory_oidc::token::{MemoryReplayGuard, RelyingParty, TokenError, TokenProblem};
use ory_oidc::userinfo::UserInfo;
use ory_oidc::{AccessToken, Client, Error, Subject};
use ory_oidc_mock::{Fault, OryMock};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const CLIENT: &str = "my-app";

/// A mock server with one client and keys for all of its algorithms.
pub(crate) struct Provider {
    pub(crate) mock: OryMock,
    pub(crate) ory: Client,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        Self::with(CachePolicy::new()).await
    }

    /// Starts a mock server and a client that caches its keys by this policy.
    pub(crate) async fn with(policy: CachePolicy) -> Self {
        let algorithms = ["RS256", "ES256", "EdDSA"];
        let mock = OryMock::builder().signing_algorithms(algorithms).start();
        let mock = mock.await;
        let _ = mock.create_client(json!({
            "client_id": CLIENT,
            "userinfo_signed_response_alg": "RS256",
        }));
        let ory = Client::builder(mock.url()).keys_cache(policy).build();
        let ory = ory.expect("the URL is valid");
        Self { mock, ory }
    }

    /// Returns claims that are valid for userinfo and for logout tokens.
    pub(crate) fn claims(&self) -> Value {
        let now = now();
        json!({"iss": self.mock.issuer(), "aud": [CLIENT], "sub": "user-1", "iat": now})
    }

    pub(crate) fn logout_claims(&self) -> Value {
        let mut claims = self.claims();
        claims["jti"] = json!(format!("token-{}", now()));
        claims["sid"] = json!("session-1");
        claims["events"] = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
        claims
    }

    /// Requests userinfo, to which the mock server responds with this JWT.
    pub(crate) async fn userinfo(&self, compact: &str) -> Result<UserInfo, Error> {
        let response = Fault::answer(200)
            .header("content-type", "application/jwt")
            .body(compact)
            .on("GET", "/userinfo");
        self.mock.fail_next(response);
        self.ory
            .userinfo(&AccessToken::new("ory_at_x"), Subject::Expect("user-1"))
            .relying_party(RelyingParty::new(CLIENT))
            .await
    }

    /// Verifies this logout token.
    pub(crate) async fn logout(&self, compact: &str) -> Result<LogoutToken, Error> {
        let guard = MemoryReplayGuard::new();
        let party = RelyingParty::new(CLIENT);
        self.ory.verify_logout_token(compact, party, &guard).await
    }

    pub(crate) fn key_requests(&self) -> usize {
        let requests = self.mock.requests_to("GET", "/.well-known/jwks.json");
        requests.len()
    }
}

pub(crate) fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.expect("the clock is after 1970").as_secs()
}

/// Returns the problem for which a token is refused.
pub(crate) fn problem<T: std::fmt::Debug>(outcome: Result<T, Error>) -> TokenProblem {
    let error = outcome.expect_err("the token fails verification");
    let token = error.validation::<TokenError>();
    token.unwrap_or_else(|| panic!("{error:?}")).problem()
}

/// A duration that is longer than any test.
pub(crate) const LONGER_THAN_A_TEST: Duration = Duration::from_secs(60 * 60);
