//! The rules of OpenID Connect Core 1.0 §5.3, and of RFC 6750 for the access token.

use crate::support::{Action, Server, TOKEN, json, reply, validation};
use ory_oidc::error::ErrorKind;
use ory_oidc::userinfo::UserInfo;
use ory_oidc::userinfo::UserInfoError;
use ory_oidc::{AccessToken, Error, Subject};
use serde::Deserialize;
use serde_json::{Value, json as value};

async fn userinfo(action: Action, subject: Subject<'_>) -> Result<UserInfo, Error> {
    let server = Server::start([action]).await;
    server
        .client()
        .userinfo(&AccessToken::new(TOKEN), subject)
        .await
}

async fn user(claims: &Value) -> UserInfo {
    let user = userinfo(json(200, claims.to_string()), Subject::Unchecked).await;
    user.expect("the claims are valid")
}

#[tokio::test]
async fn access_token_is_sent_only_in_the_header() {
    let server = Server::start([json(200, r#"{"sub": "u"}"#)]).await;
    let token = AccessToken::new(TOKEN);
    let user = server.client().userinfo(&token, Subject::Unchecked).await;
    user.expect("the claims are valid");
    let request = server.request();
    assert_eq!(
        (request.method.as_str(), request.target.as_str()),
        ("GET", "/userinfo")
    );
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(request.header("authorization"), Some(bearer.as_str()));
    assert!(request.body.is_empty());
}

#[tokio::test]
async fn missing_sub_is_an_error() {
    for claims in [
        r#"{"name": "Zoë"}"#,
        r#"{"sub": null}"#,
        r#"{"sub": ""}"#,
        "{}",
    ] {
        for subject in [
            Subject::Unchecked,
            Subject::Expect(""),
            Subject::Expect("u"),
        ] {
            let outcome = userinfo(json(200, claims), subject).await;
            assert!(
                matches!(validation(&outcome), Some(UserInfoError::SubjectMissing)),
                "{claims}: {outcome:?}"
            );
        }
    }
}

#[tokio::test]
async fn sub_must_equal_the_expected_subject() {
    let claims = r#"{"sub": "user-zoë"}"#;
    let user = userinfo(json(200, claims), Subject::Expect("user-zoë")).await;
    assert_eq!(user.expect("the subject matches").sub(), "user-zoë");
    for other in ["", "user-zo", "user-zoë ", "USER-ZOË", "user-zoe\u{308}"] {
        let outcome = userinfo(json(200, claims), Subject::Expect(other)).await;
        assert!(
            matches!(validation(&outcome), Some(UserInfoError::SubjectMismatch)),
            "{other}: {outcome:?}"
        );
    }
    let user = userinfo(json(200, claims), Subject::Unchecked).await;
    assert_eq!(user.expect("the subject is not checked").sub(), "user-zoë");
}

#[tokio::test]
async fn signed_userinfo_without_a_relying_party_returns_no_claims() {
    // The first is {"alg":"none"}.{"sub":"u"}. The content does not matter.
    for compact in [
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1In0.",
        r#"{"sub": "u"}"#,
        "",
    ] {
        for media_type in ["application/jwt", "Application/JWT; charset=utf-8"] {
            let action = reply(200, &[("content-type", media_type)], compact);
            let outcome = userinfo(action, Subject::Unchecked).await;
            let Some(UserInfoError::Unverified(signed)) = validation(&outcome) else {
                panic!("{media_type}: {outcome:?}");
            };
            assert_eq!(signed.unverified_compact(), compact);
        }
    }
}

#[tokio::test]
async fn media_types_compare_case_insensitively_and_without_parameters() {
    for media_type in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"utf-8\"",
        "application/json ; charset=utf-8",
    ] {
        let action = reply(200, &[("content-type", media_type)], r#"{"sub": "u"}"#);
        let user = userinfo(action, Subject::Unchecked).await;
        assert_eq!(user.expect(media_type).sub(), "u");
    }
    for media_type in [
        "text/html",
        "text/plain",
        "application/jsonp",
        "application/jwt+x",
    ] {
        let action = reply(200, &[("content-type", media_type)], r#"{"sub": "u"}"#);
        let outcome = userinfo(action, Subject::Unchecked).await;
        let Err(Error::Decode(error)) = outcome else {
            panic!("{media_type}: {outcome:?}");
        };
        assert_eq!(error.media_type(), media_type);
    }
}

#[tokio::test]
async fn custom_and_distributed_claims_are_kept_and_never_fetched() {
    let foreign = Server::start([]).await;
    let claims = value!({
        "sub": "u", "name": "Zoë", "name#ja": "ゾーイ", "groups": ["a", "b"],
        "address": {"country": "NL"},
        "_claim_names": {"salary": "src1"},
        "_claim_sources": {"src1": {"endpoint": foreign.url(), "access_token": "t"}},
    });
    let user = user(&claims).await;
    let groups: Vec<String> = user.claim("groups").expect("the claim is a list of texts");
    assert_eq!(groups, ["a", "b"]);
    for name in [
        "name",
        "name#ja",
        "sub",
        "address",
        "_claim_names",
        "_claim_sources",
    ] {
        let claim: Value = user.claim(name).expect(name);
        assert_eq!(claim, claims[name], "{name}");
    }
    let all: Value = user.claims().expect("claims are an object");
    assert_eq!(all, claims);
    assert!(foreign.requests().is_empty());
}

#[tokio::test]
async fn missing_claims_and_claims_of_another_type_are_distinguished() {
    let user = user(&value!({"sub": "u", "age": "old", "nothing": null})).await;
    let claim = |error: Error| match error.validation() {
        Some(UserInfoError::Claim { name, present }) => (name.clone(), *present),
        _ => panic!("{error:?}"),
    };
    let missing = user.claim::<u8>("size").expect_err("the claim is missing");
    assert_eq!(claim(missing), ("size".to_owned(), false));
    let wrong = user.claim::<u8>("age").expect_err("the claim is a text");
    assert!(!wrong.to_string().contains("old"), "{wrong}");
    assert_eq!(claim(wrong), ("age".to_owned(), true));
    for name in ["size", "nothing"] {
        let absent: Option<u8> = user.claim(name).expect("an option may be absent");
        assert_eq!(absent, None, "{name}");
    }
}

#[tokio::test]
async fn claims_decode_to_a_struct_of_the_caller() {
    #[derive(Debug, Deserialize, PartialEq)]
    struct Mine {
        sub: String,
        email: Option<String>,
        email_verified: bool,
        updated_at: u64,
        groups: Vec<String>,
    }

    let user = user(&value!({
        "sub": "u", "email_verified": "true", "updated_at": 1_700_000_000, "groups": [],
    }))
    .await;
    let mine: Mine = user.claims().expect("the claims fit");
    let expected = Mine {
        sub: "u".to_owned(),
        email: None,
        email_verified: true,
        updated_at: 1_700_000_000,
        groups: Vec::new(),
    };
    assert_eq!(mine, expected);
}

#[tokio::test]
async fn updated_at_is_any_number_and_is_returned_unchanged() {
    for number in [
        value!(1_700_000_000),
        value!(0),
        value!(-1),
        value!(1_700_000_000.5),
        value!(1.7e9),
    ] {
        let user = user(&value!({"sub": "u", "updated_at": number})).await;
        let claim: Value = user.claim("updated_at").expect("the claim is present");
        assert_eq!(claim, number);
        assert!(user.claim::<f64>("updated_at").is_ok(), "{number}");
    }
    let user = user(&value!({"sub": "u", "updated_at": 1_700_000_000})).await;
    let seconds: i64 = user.claim("updated_at").expect("the claim is an integer");
    assert_eq!(seconds, 1_700_000_000);
}

#[tokio::test]
async fn email_verified_accepts_only_booleans_and_their_texts() {
    for (claim, verified) in [
        (value!(true), Some(true)),
        (value!("true"), Some(true)),
        (value!("false"), Some(false)),
        (value!(null), None),
        (value!(""), None),
    ] {
        let user = user(&value!({"sub": "u", "email_verified": claim})).await;
        assert_eq!(user.email_verified(), verified, "{claim}");
    }
    for claim in [value!("yes"), value!(1)] {
        let user = user(&value!({"sub": "u", "email_verified": claim})).await;
        assert_eq!(user.email_verified(), None, "{claim}");
        assert_eq!(user.unexpected_members(), ["email_verified"], "{claim}");
        let raw: Value = user.claim("email_verified").expect("the claim is present");
        assert_eq!(raw, claim);
    }
}

/// Ory Hydra answers 400 if only a part of the token is that of a token that it issued.
#[tokio::test]
async fn status_400_refuses_the_token_only_if_its_code_says_so() {
    for (code, kind) in [
        ("invalid_token", ErrorKind::Unauthorized),
        ("token_signature_mismatch", ErrorKind::Unauthorized),
        ("invalid_request", ErrorKind::ErrorResponse),
        ("error", ErrorKind::ErrorResponse),
        ("", ErrorKind::ErrorResponse),
    ] {
        let body = value!({"error": code}).to_string();
        let action = reply(400, &[], &body);
        let error = userinfo(action, Subject::Unchecked).await;
        let error = error.expect_err("the token is refused");
        assert_eq!(error.kind(), kind, "{code}");
        assert!(!error.is_retryable());
    }
}

#[tokio::test]
async fn refused_token_has_a_kind_by_its_challenge() {
    for (status, header, kind) in [
        (
            401,
            r#"Bearer error="invalid_token""#,
            ErrorKind::Unauthorized,
        ),
        // The challenge has no code if the request has no token.
        (401, "Bearer", ErrorKind::Unauthorized),
        (
            403,
            r#"Bearer error="insufficient_scope", scope="openid""#,
            ErrorKind::InsufficientScope,
        ),
        (403, "Bearer", ErrorKind::Forbidden),
        (
            400,
            r#"Bearer error="invalid_request""#,
            ErrorKind::ErrorResponse,
        ),
    ] {
        let action = reply(status, &[("www-authenticate", header)], "");
        let error = userinfo(action, Subject::Unchecked).await;
        let error = error.expect_err("the token is refused");
        assert_eq!(error.kind(), kind, "{header}");
        assert!(!error.is_retryable(), "{header}");
    }
}

#[tokio::test]
async fn access_token_that_no_server_issues_is_unauthorized_and_not_sent() {
    let server = Server::start([]).await;
    for token in [
        "",
        "a b",
        "é",
        "a\r\nb",
        "a\tb",
        " a",
        "a ",
        "a\0",
        "\u{7f}",
        "a\u{200b}b",
    ] {
        let token = AccessToken::new(token);
        let client = server.client();
        let outcome = client.userinfo(&token, Subject::Unchecked).await;
        let error = outcome.expect_err("the token cannot be sent");
        assert_eq!(error.kind(), ErrorKind::Unauthorized, "{token:?}");
        assert!(matches!(error, Error::Request(_)), "{error:?}");
        assert!(!error.is_retryable());
    }
    assert!(server.requests().is_empty());
}
