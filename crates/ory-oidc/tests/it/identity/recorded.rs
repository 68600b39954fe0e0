//! What a real Ory Hydra signed, with the keys that it published.

use crate::recorded::RECORDED;
use ory_oidc::token::{RelyingParty, TokenProblem};
use ory_oidc::{Client, Subject};
use ory_oidc_mock::{Fault, OryMock};
use serde_json::Value;

/// The client that it was signed for.
const AUDIENCE: &str = "350cdb09-da4a-4e5a-a470-9aeb59c96901";

#[tokio::test]
async fn the_recorded_signed_userinfo_verifies_with_the_recorded_keys() {
    let double = OryMock::start().await;
    let recorded: Vec<Value> = serde_json::from_str(RECORDED).expect("the recording is JSON");
    for (name, path) in [
        ("discover", "/.well-known/openid-configuration"),
        ("discover_jwks", "/.well-known/jwks.json"),
        ("userinfo_jwt", "/userinfo"),
    ] {
        let recorded = recorded.iter().find(|one| one["name"] == name);
        let response = &recorded.expect("it was recorded")["response"];
        let mut answer = Fault::answer(200).body(response["body"].as_str().expect("a text"));
        for header in response["headers"].as_array().expect("a list") {
            let text = |at: usize| header[at].as_str().expect("a text");
            answer = answer.header(text(0), text(1));
        }
        double.fail_next(answer.on("GET", path).times(2));
    }
    // It was recorded at another port: we reach it at ours.
    let ory = Client::builder(double.url()).public_issuer("http://127.0.0.1:4444/");
    let ory = ory.build().expect("a client");
    let token = "ory_at_EXAMPLE".into();
    let ask = |client| {
        let request = ory.userinfo(&token, Subject::Expect("user-zoë"));
        request
            .relying_party(RelyingParty::new(client))
            .into_future()
    };
    let user = ask(AUDIENCE).await.expect("Ory signed it");
    assert_eq!((user.sub(), user.email()), ("user-zoë", Some("x@y")));
    let problem = super::problem(ask("another-client").await);
    assert_eq!(problem, TokenProblem::WrongAudience);
}
