//! Signed userinfo of a real Ory Hydra, verified with its published keys.

use crate::recorded::RECORDED;
use ory_oidc::token::{RelyingParty, TokenProblem};
use ory_oidc::{Client, Subject};
use ory_oidc_mock::{Fault, OryMock};
use serde_json::Value;

/// The client of the recorded userinfo.
const AUDIENCE: &str = "350cdb09-da4a-4e5a-a470-9aeb59c96901";

#[tokio::test]
async fn the_recorded_signed_userinfo_verifies_with_the_recorded_keys() {
    let mock = OryMock::start().await;
    let recorded: Vec<Value> = serde_json::from_str(RECORDED).expect("the recording is JSON");
    for (name, path) in [
        ("discover", "/.well-known/openid-configuration"),
        ("discover_jwks", "/.well-known/jwks.json"),
        ("userinfo_jwt", "/userinfo"),
    ] {
        let recorded = recorded.iter().find(|one| one["name"] == name);
        let recorded = &recorded.expect("the exchange was recorded")["response"];
        let mut response =
            Fault::answer(200).body(recorded["body"].as_str().expect("the body is a text"));
        for header in recorded["headers"]
            .as_array()
            .expect("the headers are a list")
        {
            let text = |at: usize| header[at].as_str().expect("a header is two texts");
            response = response.header(text(0), text(1));
        }
        mock.fail_next(response.on("GET", path).times(2));
    }
    // Recorded at another port, which this process reaches at the URL of the mock server.
    let ory = Client::builder(mock.url()).public_issuer("http://127.0.0.1:4444/");
    let ory = ory.build().expect("the URL is valid");
    let token = "ory_at_EXAMPLE".into();
    let userinfo_for = |client| {
        let request = ory.userinfo(&token, Subject::Expect("user-zoë"));
        request
            .relying_party(RelyingParty::new(client))
            .into_future()
    };
    let user = userinfo_for(AUDIENCE)
        .await
        .expect("Ory signed the userinfo");
    assert_eq!((user.sub(), user.email()), ("user-zoë", Some("x@y")));
    let problem = super::problem(userinfo_for("another-client").await);
    assert_eq!(problem, TokenProblem::WrongAudience);
}
