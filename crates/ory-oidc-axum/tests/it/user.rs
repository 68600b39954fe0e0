//! Checks of a user's claims.

use axum::response::IntoResponse as _;
use ory_oidc_axum::{Reason, User};
use serde_json::{Value, json};

fn user(mut claims: Value) -> User {
    claims["sub"] = json!("ann");
    User::new(serde_json::from_value(claims).expect("it has a sub"))
}

#[test]
fn claim_has_the_value_or_is_a_list_that_contains_it() {
    for (claims, value, expected) in [
        (json!({"x": "a"}), json!("a"), true),
        (json!({"x": ["b", "a"]}), json!("a"), true),
        (json!({"x": 7}), json!(7), true),
        (json!({"x": true}), json!(true), true),
        (json!({"x": ["a"]}), json!(["a"]), true),
        (json!({"x": {"a": 1}}), json!({"a": 1}), true),
        (json!({"x": "ab"}), json!("a"), false),
        (json!({"x": "b a"}), json!("a"), false),
        (json!({"x": {"a": 1}}), json!("a"), false),
        (json!({"x": [["a"]]}), json!("a"), false),
        (json!({"x": "true"}), json!(true), false),
        (json!({"x": []}), json!("a"), false),
        (json!({"x": null}), json!("a"), false),
        (json!({}), json!("a"), false),
        // As of an `Option` that is `None`.
        (json!({}), Value::Null, false),
        (json!({"x": null}), Value::Null, false),
        (json!({"x": [null]}), Value::Null, false),
    ] {
        let result = user(claims.clone()).require_claim("x", value.clone());
        assert_eq!(result.is_ok(), expected, "{claims} {value}");
    }
}

#[test]
fn email_must_be_present_and_verified() {
    for (claims, expected) in [
        (
            json!({"email": "a@x.example", "email_verified": true}),
            true,
        ),
        (
            json!({"email": "a@x.example", "email_verified": false}),
            false,
        ),
        (json!({"email": "a@x.example"}), false),
        (json!({"email_verified": true}), false),
        (json!({"email": 7, "email_verified": 1}), false),
    ] {
        let result = user(claims.clone()).require_email_verified();
        assert_eq!(result.is_ok(), expected, "{claims}");
        if let Err(rejection) = result {
            assert_eq!(rejection.reason(), Reason::Forbidden);
        }
    }
}

#[test]
fn missing_scope_is_named_in_the_challenge() {
    let response = user(json!({}))
        .insufficient_scope("report:read")
        .into_response();
    assert_eq!(response.status(), 403);
    let challenge = r#"Bearer error="insufficient_scope",error_description="the access token lacks a scope",scope="report:read""#;
    assert_eq!(response.headers()["www-authenticate"], challenge);
}

#[test]
fn forbidden_says_why_without_a_challenge() {
    let rejection = user(json!({})).forbidden("only for owners");
    assert_eq!(rejection.to_string(), "only for owners");
    let response = rejection.into_response();
    assert_eq!(response.status(), 403);
    assert!(!response.headers().contains_key("www-authenticate"));
}
