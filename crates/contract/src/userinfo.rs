//! Turning an access token into a user (OpenID Connect Core 1.0 §5.3).

use crate::target::{Target, client, registered, wanted};
use ory_oidc::error::ErrorKind;
use ory_oidc::userinfo::UserInfoError;
use ory_oidc::{AccessToken, Error, Subject};
use serde_json::{Value, json};

pub async fn an_access_token_becomes_its_user(target: &impl Target) {
    let ory = client(target);
    let claims = json!({
        "sub": "user-zoë", "name": "Zoë", "email": "zoe@app.example", "email_verified": true,
        "groups": ["a", "b"], "name#ja": "ゾーイ", "address": {"country": "NL"},
        "updated_at": 1_700_000_000.5,
    });
    let token = target.access_token(None, claims).await;
    let user = ory
        .userinfo(&token, Subject::Expect("user-zoë"))
        .await
        .expect("the token is valid");
    assert_eq!((user.sub(), user.name()), ("user-zoë", Some("Zoë")));
    assert_eq!(user.email(), Some("zoe@app.example"));
    assert_eq!(user.email_verified(), Some(true));
    let groups: Vec<String> = user.claim("groups").expect("the claim is a list of texts");
    assert_eq!(groups, ["a", "b"]);
    let address: Value = user.claim("address").expect("the claim is an object");
    assert_eq!(address["country"], "NL");
    assert_eq!(
        user.claim::<String>("name#ja")
            .expect("the claim is a text"),
        "ゾーイ"
    );
    assert_eq!(
        user.claim::<Option<String>>("nickname")
            .expect("an option may be absent"),
        None
    );
}

pub async fn userinfo_about_another_user_is_refused(target: &impl Target) {
    let ory = client(target);
    let token = target.access_token(None, json!({"sub": "user-1"})).await;
    let error = ory
        .userinfo(&token, Subject::Expect("user-2"))
        .await
        .expect_err("the check fails");
    assert!(
        matches!(error.validation(), Some(UserInfoError::SubjectMismatch)),
        "{error:?}"
    );
    ory.userinfo(&token, Subject::Unchecked)
        .await
        .expect("the subject is not checked");
}

pub async fn an_invalid_access_token_is_unauthorized_with_a_challenge(target: &impl Target) {
    let ory = client(target);
    let error = ory
        .userinfo(&AccessToken::new("ory_at_bad"), Subject::Unchecked)
        .await;
    let error = error.expect_err("the token is invalid");
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
    let Error::Server(refusal) = &error else {
        panic!("{error:?}")
    };
    let bearer = refusal
        .challenges()
        .iter()
        .find(|challenge| challenge.is_bearer());
    assert!(
        bearer.is_some_and(|bearer| bearer.error().is_some()),
        "{refusal:?}"
    );
}

pub async fn signed_userinfo_is_not_returned_unverified(target: &impl Target) {
    let ory = client(target);
    let registration = registered(&ory, &wanted().userinfo_signed_response_alg("RS256")).await;
    let token = target
        .access_token(Some(&registration), json!({"sub": "user-1"}))
        .await;
    let error = ory
        .userinfo(&token, Subject::Unchecked)
        .await
        .expect_err("the client is not named");
    let Some(UserInfoError::Unverified(signed)) = error.validation() else {
        panic!("{error:?}")
    };
    assert_eq!(signed.unverified_compact().split('.').count(), 3);
}
