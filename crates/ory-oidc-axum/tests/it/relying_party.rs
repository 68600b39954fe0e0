//! Only tokens of one client are accepted.

use crate::support::{api, builder, call};
use axum::http::StatusCode;
use ory_oidc::token::RelyingParty;
use ory_oidc_axum::Reason;
use ory_oidc_mock::{Fault, OryMock};
use serde_json::json;

#[tokio::test]
async fn only_tokens_of_the_relying_party_are_accepted() {
    let server = OryMock::start().await;
    let signing = |alg: &str| {
        server.create_client(json!({
            "redirect_uris": ["https://app.example/callback"],
            "userinfo_signed_response_alg": alg,
        }))
    };
    let (own, other, plain) = (signing("RS256"), signing("RS256"), signing("none"));
    let party = RelyingParty::new(own.clone()).userinfo_signed_response_alg("RS256");
    let api = api(builder(server.url()).relying_party(party));
    let token =
        |client: &str, sub: &str| server.issue_access_token_for(client, json!({"sub": sub}));

    assert_eq!(call(&api, &token(&own, "ann")).await.status, StatusCode::OK);
    for client in [&other, &plain] {
        let answer = call(&api, &token(client, "ann")).await;
        assert_eq!(answer.reason, Some(Reason::InvalidToken));
    }

    // Without the keys, nobody can tell.
    server.rotate_keys();
    server.fail_next(
        Fault::answer(503)
            .on("GET", "/.well-known/jwks.json")
            .until_cleared(),
    );
    let answer = call(&api, &token(&own, "bob")).await;
    assert_eq!(answer.reason, Some(Reason::Unavailable));
}

#[tokio::test]
async fn signed_userinfo_is_refused_without_a_relying_party() {
    let server = OryMock::start().await;
    let client = server.create_client(json!({
        "redirect_uris": ["https://app.example/callback"],
        "userinfo_signed_response_alg": "RS256",
    }));
    let token = server.issue_access_token_for(&client, json!({"sub": "ann"}));
    let answer = call(&api(builder(server.url())), &token).await;
    assert_eq!(answer.reason, Some(Reason::InvalidToken));
}
