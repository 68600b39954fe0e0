//! The rules of OpenID Connect Core 1.0 §5.3, and of RFC 6750 for the token that it is read with.

use crate::support::{Act, Server, TOKEN, json, reply, validation};
use ory_oidc::error::ErrorKind;
use ory_oidc::userinfo::UserInfo;
use ory_oidc::userinfo::UserInfoError;
use ory_oidc::{AccessToken, Error, Subject};
use serde::Deserialize;
use serde_json::{Value, json as value};

async fn answered(act: Act, subject: Subject<'_>) -> Result<UserInfo, Error> {
    let server = Server::start([act]).await;
    server
        .client()
        .userinfo(&AccessToken::new(TOKEN), subject)
        .await
}

async fn user(claims: &Value) -> UserInfo {
    let user = answered(json(200, claims.to_string()), Subject::Unchecked).await;
    user.expect("the claims are fine")
}

#[tokio::test]
async fn the_token_travels_in_the_header_only() {
    let server = Server::start([json(200, r#"{"sub": "u"}"#)]).await;
    let token = AccessToken::new(TOKEN);
    let user = server.client().userinfo(&token, Subject::Unchecked).await;
    user.expect("the claims are fine");
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
async fn a_missing_sub_is_an_error() {
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
            let outcome = answered(json(200, claims), subject).await;
            assert!(
                matches!(validation(&outcome), Some(UserInfoError::SubjectMissing)),
                "{claims}: {outcome:?}"
            );
        }
    }
}

#[tokio::test]
async fn sub_equals_the_expected_one() {
    let claims = r#"{"sub": "user-zoë"}"#;
    let user = answered(json(200, claims), Subject::Expect("user-zoë")).await;
    assert_eq!(user.expect("it is the same user").sub(), "user-zoë");
    for other in ["", "user-zo", "user-zoë ", "USER-ZOË", "user-zoe\u{308}"] {
        let outcome = answered(json(200, claims), Subject::Expect(other)).await;
        assert!(
            matches!(validation(&outcome), Some(UserInfoError::SubjectMismatch)),
            "{other}: {outcome:?}"
        );
    }
    let user = answered(json(200, claims), Subject::Unchecked).await;
    assert_eq!(user.expect("nobody asks who it is").sub(), "user-zoë");
}

#[tokio::test]
async fn signed_userinfo_hands_out_no_claims() {
    // {"alg":"none"}.{"sub":"u"}. and the like: what it says does not matter.
    for compact in [
        "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1In0.",
        r#"{"sub": "u"}"#,
        "",
    ] {
        for media_type in ["application/jwt", "Application/JWT; charset=utf-8"] {
            let act = reply(200, &[("content-type", media_type)], compact);
            let outcome = answered(act, Subject::Unchecked).await;
            let Some(UserInfoError::Unverified(signed)) = validation(&outcome) else {
                panic!("{media_type}: {outcome:?}");
            };
            assert_eq!(signed.unverified_compact(), compact);
        }
    }
}

#[tokio::test]
async fn media_types_compare_without_case_or_parameters() {
    for media_type in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
        "application/json;charset=\"utf-8\"",
        "application/json ; charset=utf-8",
    ] {
        let act = reply(200, &[("content-type", media_type)], r#"{"sub": "u"}"#);
        let user = answered(act, Subject::Unchecked).await;
        assert_eq!(user.expect(media_type).sub(), "u");
    }
    for media_type in [
        "text/html",
        "text/plain",
        "application/jsonp",
        "application/jwt+x",
    ] {
        let act = reply(200, &[("content-type", media_type)], r#"{"sub": "u"}"#);
        let outcome = answered(act, Subject::Unchecked).await;
        let Err(Error::Decode(error)) = outcome else {
            panic!("{media_type}: {outcome:?}");
        };
        assert_eq!(error.media_type(), media_type);
    }
}

#[tokio::test]
async fn claims_of_any_kind_are_kept_and_never_fetched() {
    let foreign = Server::start([]).await;
    let claims = value!({
        "sub": "u", "name": "Zoë", "name#ja": "ゾーイ", "groups": ["a", "b"],
        "address": {"country": "NL"},
        "_claim_names": {"salary": "src1"},
        "_claim_sources": {"src1": {"endpoint": foreign.url(), "access_token": "t"}},
    });
    let user = user(&claims).await;
    let groups: Vec<String> = user.claim("groups").expect("it is a list of texts");
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
async fn a_claim_that_is_missing_or_of_another_type_is_told_apart() {
    let user = user(&value!({"sub": "u", "age": "old", "nothing": null})).await;
    let claim = |error: Error| match error.validation() {
        Some(UserInfoError::Claim { name, present }) => (name.clone(), *present),
        _ => panic!("{error:?}"),
    };
    let missing = user.claim::<u8>("size").expect_err("there is none");
    assert_eq!(claim(missing), ("size".to_owned(), false));
    let wrong = user.claim::<u8>("age").expect_err("it is a text");
    assert!(!wrong.to_string().contains("old"), "{wrong}");
    assert_eq!(claim(wrong), ("age".to_owned(), true));
    for name in ["size", "nothing"] {
        let absent: Option<u8> = user.claim(name).expect("an option may be absent");
        assert_eq!(absent, None, "{name}");
    }
}

#[tokio::test]
async fn all_claims_fit_a_struct_of_the_callers() {
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
async fn updated_at_is_any_number_and_comes_out_as_it_came_in() {
    for number in [
        value!(1_700_000_000),
        value!(0),
        value!(-1),
        value!(1_700_000_000.5),
        value!(1.7e9),
    ] {
        let user = user(&value!({"sub": "u", "updated_at": number})).await;
        let claim: Value = user.claim("updated_at").expect("it is there");
        assert_eq!(claim, number);
        assert!(user.claim::<f64>("updated_at").is_ok(), "{number}");
    }
    let user = user(&value!({"sub": "u", "updated_at": 1_700_000_000})).await;
    let seconds: i64 = user.claim("updated_at").expect("it is a whole number");
    assert_eq!(seconds, 1_700_000_000);
}

#[tokio::test]
async fn email_verified_may_be_a_text_and_is_never_guessed() {
    for (said, verified) in [
        (value!(true), Some(true)),
        (value!("true"), Some(true)),
        (value!("false"), Some(false)),
        (value!(null), None),
        (value!(""), None),
    ] {
        let user = user(&value!({"sub": "u", "email_verified": said})).await;
        assert_eq!(user.email_verified(), verified, "{said}");
    }
    for said in [value!("yes"), value!(1)] {
        let claims = value!({"sub": "u", "email_verified": said});
        let outcome = answered(json(200, claims.to_string()), Subject::Unchecked).await;
        assert!(matches!(outcome, Err(Error::Decode(_))), "{outcome:?}");
    }
}

#[tokio::test]
async fn a_refused_token_is_a_condition_of_its_own() {
    for (status, header, condition) in [
        (
            401,
            r#"Bearer error="invalid_token""#,
            ErrorKind::Unauthorized,
        ),
        // A request without a token gets no code.
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
        let act = reply(status, &[("www-authenticate", header)], "");
        let error = answered(act, Subject::Unchecked).await;
        let error = error.expect_err("the token is refused");
        assert_eq!(error.kind(), condition, "{header}");
        assert!(!error.is_retryable(), "{header}");
    }
}
