//! What is verified: who issued it, who the user is, whether the session is over.

mod attacks;
mod back_channel;
mod caching;
mod keys;
mod recorded;
mod split_horizon;
mod userinfo;

use ory_oidc::cache::CachePolicy;
use ory_oidc::logout::LogoutToken;
use ory_oidc::token::{TokenError, MemoryReplayGuard, RelyingParty, TokenProblem};
use ory_oidc::userinfo::UserInfo;
use ory_oidc::{AccessToken, Client, Error, Subject};
use ory_oidc_mock::{Fault, OryMock};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const CLIENT: &str = "my-app";

/// A double that signs in every way it can, with one client.
pub(crate) struct Provider {
    pub(crate) double: OryMock,
    pub(crate) ory: Client,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        Self::with(CachePolicy::new()).await
    }

    /// One whose keys are kept by this policy.
    pub(crate) async fn with(policy: CachePolicy) -> Self {
        let algorithms = ["RS256", "ES256", "EdDSA"];
        let double = OryMock::builder().signing_algorithms(algorithms).start();
        let double = double.await;
        let _ = double.create_client(json!({
            "client_id": CLIENT,
            "userinfo_signed_response_alg": "RS256",
        }));
        let ory = Client::builder(double.url()).keys_cache(policy).build();
        let ory = ory.expect("a client");
        Self { double, ory }
    }

    /// The claims of a good userinfo answer and of a good logout token at once.
    pub(crate) fn claims(&self) -> Value {
        let now = now();
        json!({"iss": self.double.issuer(), "aud": [CLIENT], "sub": "user-1", "iat": now})
    }

    pub(crate) fn logout_claims(&self) -> Value {
        let mut claims = self.claims();
        claims["jti"] = json!(format!("token-{}", now()));
        claims["sid"] = json!("session-1");
        claims["events"] = json!({"http://schemas.openid.net/event/backchannel-logout": {}});
        claims
    }

    /// What the client makes of this userinfo answer.
    pub(crate) async fn userinfo(&self, compact: &str) -> Result<UserInfo, Error> {
        let answer = Fault::answer(200)
            .header("content-type", "application/jwt")
            .body(compact)
            .on("GET", "/userinfo");
        self.double.fail_next(answer);
        self.ory
            .userinfo(&AccessToken::new("ory_at_x"), Subject::Expect("user-1"))
            .relying_party(RelyingParty::new(CLIENT))
            .await
    }

    /// What the client makes of this logout token.
    pub(crate) async fn logout(&self, compact: &str) -> Result<LogoutToken, Error> {
        let guard = MemoryReplayGuard::new();
        let party = RelyingParty::new(CLIENT);
        self.ory.verify_logout_token(compact, party, &guard).await
    }

    pub(crate) fn key_requests(&self) -> usize {
        let requests = self.double.requests_to("GET", "/.well-known/jwks.json");
        requests.len()
    }
}

pub(crate) fn now() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    now.expect("it is after 1970").as_secs()
}

/// What is wrong with a token, if that is why it was refused.
pub(crate) fn problem<T: std::fmt::Debug>(outcome: Result<T, Error>) -> TokenProblem {
    let error = outcome.expect_err("the token fails verification");
    let token = error.validation::<TokenError>();
    token.unwrap_or_else(|| panic!("{error:?}")).problem()
}

/// Long enough that it never ends within a test.
pub(crate) const FOREVER: Duration = Duration::from_secs(60 * 60);
