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

/// Userinfo that is unsigned, signed with a client secret, or encrypted: other clients registered it.
#[tokio::test]
async fn userinfo_in_a_form_that_the_relying_party_did_not_register_is_that_of_another_client() {
    let server = OryMock::start().await;
    let party = RelyingParty::new("app").userinfo_signed_response_alg("RS256");
    let api = api(builder(server.url()).relying_party(party));
    for (token, userinfo) in [
        ("none", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbm4ifQ."),
        ("HS256", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhbm4ifQ.AA"),
        (
            "RSA-OAEP",
            "eyJhbGciOiJSU0EtT0FFUCIsImVuYyI6IkEyNTZHQ00ifQ.AA.AA.AA.AA",
        ),
    ] {
        let jwt = Fault::answer(200).header("Content-Type", "application/jwt");
        server.fail_next(jwt.body(userinfo).on("GET", "/userinfo"));
        let answer = call(&api, token).await;
        assert_eq!(answer.reason, Some(Reason::InvalidToken), "{token}");
    }
}
