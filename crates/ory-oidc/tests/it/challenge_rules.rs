//! What a refusal means: its status, its body and its challenges (RFC 6749 §5.2, RFC 6750 §3,
//! RFC 9110 §11.6.1).

use crate::support::{Act, OPERATIONS, changes, fail, json, reply};
use ory_oidc::{Challenge, Condition, ErrorCode, Operation, ServerError};
use std::time::Duration;

async fn refused(operation: Operation, act: Act) -> Box<ServerError> {
    match fail(operation, act).await.0 {
        ory_oidc::Error::Server(error) => error,
        error => panic!("{operation}: {error:?}"),
    }
}

fn bearer(headers: &[&str], body: &str) -> Act {
    let headers: Vec<_> = headers
        .iter()
        .map(|value| ("WWW-Authenticate", *value))
        .collect();
    reply(401, &headers, body)
}

#[tokio::test]
async fn every_status_means_what_programs_handle() {
    use Condition::{
        AccessTokenInvalid, OutcomeUnknown, RateLimited, RegistrationDisabled,
        TokenInvalidOrClientGone,
    };

    for operation in OPERATIONS {
        let changes = changes(operation);
        let registration = changes || operation == Operation::ReadRegistration;
        let invalid = match operation {
            Operation::UserInfo => Some(AccessTokenInvalid),
            Operation::Register => None,
            _ => registration.then_some(TokenInvalidOrClientGone),
        };
        let unknown = changes.then_some(OutcomeUnknown);
        for (status, condition, retryable) in [
            (400, None, false),
            (401, invalid, false),
            (403, None, false),
            (404, registration.then_some(RegistrationDisabled), false),
            (409, None, false),
            (429, Some(RateLimited), true),
            (500, unknown, !changes),
            (502, unknown, !changes),
            (503, unknown, !changes),
            (504, unknown, !changes),
            (501, unknown, false),
        ] {
            let (error, _) = fail(operation, json(status, r#"{"error": "no"}"#)).await;
            let place = format!("{operation} {status}");
            assert_eq!(error.condition(), condition, "{place}");
            assert_eq!(error.is_retryable(), retryable, "{place}");
            assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
            assert_eq!(error.operation(), Some(operation));
            assert!(error.to_string().contains(&status.to_string()), "{error}");
        }
    }
}

#[tokio::test]
async fn a_refused_secret_is_told_from_a_refused_auth_method() {
    let own = "It is not allowed to choose your own OAuth2 Client secret.";
    let method = "token_endpoint_auth_method client_secret_jwt is not supported";
    for (status, code, description, condition) in [
        (
            400,
            "The request was malformed",
            own,
            Some(Condition::SecretNotAllowed),
        ),
        (
            403,
            "The requested action was forbidden",
            own,
            Some(Condition::SecretNotAllowed),
        ),
        (400, "invalid_client_metadata", method, None),
        (
            403,
            "access_denied",
            "the client's secret has expired",
            None,
        ),
    ] {
        for operation in [Operation::Register, Operation::UpdateRegistration] {
            let body = format!(r#"{{"error": "{code}", "error_description": "{description}"}}"#);
            let (error, _) = fail(operation, json(status, body)).await;
            assert_eq!(error.condition(), condition, "{description}");
        }
    }
}

#[tokio::test]
async fn an_insufficient_scope_is_one_whatever_the_body_says() {
    let header = r#"Bearer error="insufficient_scope", scope="openid email""#;
    for body in [
        "",
        "<p>",
        r#"{"error": "The requested action was forbidden"}"#,
    ] {
        let act = reply(403, &[("www-authenticate", header)], body);
        let (error, _) = fail(Operation::UserInfo, act).await;
        assert_eq!(
            error.condition(),
            Some(Condition::InsufficientScope),
            "{body}"
        );
    }
}

#[tokio::test]
async fn both_forms_of_an_error_are_read() {
    let oauth = r#"{"error": "invalid_request", "error_description": "why", "error_hint": "how"}"#;
    let own = r#"{"message": "invalid_request", "reason": "why", "request": "r1", "code": 400}"#;
    let nested = format!(r#"{{"error": {own}}}"#);
    for (body, hint, request) in [
        (oauth, Some("how"), None),
        (own, None, Some("r1")),
        (&nested, None, Some("r1")),
    ] {
        let error = refused(Operation::Discover, json(400, body)).await;
        assert_eq!(error.code(), Some(&ErrorCode::InvalidRequest), "{body}");
        assert_eq!(error.description(), Some("why"), "{body}");
        assert_eq!(error.hint(), hint, "{body}");
        assert_eq!(error.request_id(), request, "{body}");
        assert_eq!(error.body(), body.as_bytes());
        let shown = error.to_string();
        assert!(shown.contains("invalid_request: why"), "{shown}");
        assert_eq!(shown.contains("(how)"), hint.is_some(), "{shown}");
    }
}

#[tokio::test]
async fn an_error_of_no_known_form_has_no_code() {
    for body in [
        "",
        "nope",
        "[]",
        "null",
        r#"{"error": null}"#,
        r#"{"error": 7, "error_description": ["x"]}"#,
        r#"{"error": ""}"#,
        r#"{"error": {"message": 7}}"#,
    ] {
        let error = refused(Operation::Discover, json(400, body)).await;
        assert_eq!((error.code(), error.description()), (None, None), "{body}");
        assert_eq!(error.body(), body.as_bytes());
    }
}

#[tokio::test]
async fn a_servers_text_cannot_take_over_a_terminal_or_a_log() {
    let long = "x".repeat(100_000);
    let body = format!(r#"{{"error": "a\u001b[31m\nb", "error_description": "{long}"}}"#);
    let shown = refused(Operation::Discover, json(400, body))
        .await
        .to_string();
    assert!(!shown.contains(char::is_control), "{shown:?}");
    assert!(shown.len() < 2_000, "{} bytes", shown.len());
}

#[tokio::test]
async fn the_server_says_when_to_come_back() {
    let seconds = |n| Some(Duration::from_secs(n));
    for (said, expected) in [
        ("120", seconds(120)),
        ("0", seconds(0)),
        // RFC 9110 §10.2.3 has dates, too; these are past.
        ("Fri, 31 Dec 1999 23:59:59 GMT", seconds(0)),
        ("Friday, 31-Dec-99 23:59:59 GMT", seconds(0)),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
    ] {
        let act = reply(429, &[("retry-after", said)], "");
        let (error, _) = fail(Operation::Discover, act).await;
        assert_eq!(error.retry_after(), expected, "{said:?}");
    }
    let act = reply(429, &[("retry-after", "Thu, 31 Dec 9998 23:59:59 GMT")], "");
    let (error, _) = fail(Operation::Discover, act).await;
    let century = Duration::from_secs(100 * 365 * 24 * 60 * 60);
    assert!(error.retry_after().is_some_and(|wait| wait > century));
    let (error, _) = fail(Operation::Discover, reply(429, &[], "")).await;
    assert_eq!(error.retry_after(), None);
}

#[tokio::test]
async fn the_server_names_the_request() {
    let body = r#"{"error": {"message": "no", "request": "from-body"}}"#;
    for (headers, expected) in [
        (&[("x-request-id", "from-header")][..], "from-header"),
        (&[("X-Correlation-Id", "from-header")], "from-header"),
        (&[], "from-body"),
    ] {
        let (error, _) = fail(Operation::Discover, reply(500, headers, body)).await;
        assert_eq!(error.request_id(), Some(expected));
    }
    let (error, _) = fail(Operation::Discover, reply(500, &[], "")).await;
    assert_eq!(error.request_id(), None);
}

#[tokio::test]
async fn a_challenge_speaks_where_the_body_is_silent() {
    let act = bearer(
        &[r#"Bearer error="invalid_token",error_description="It \"expired\"""#],
        "",
    );
    let error = refused(Operation::UserInfo, act).await;
    assert_eq!(error.code(), Some(&ErrorCode::InvalidToken));
    assert_eq!(error.description(), Some(r#"It "expired""#));
}

#[tokio::test]
async fn challenges_of_all_headers_are_seen_in_their_order() {
    let act = bearer(
        &[
            r#"Basic realm="a, b", bEARER ERROR="invalid_token", scope="x y""#,
            "Broken ",
            r#"DPoP algs="ES256""#,
        ],
        "",
    );
    let error = refused(Operation::UserInfo, act).await;
    let schemes: Vec<_> = error.challenges().iter().map(Challenge::scheme).collect();
    let known: Vec<_> = schemes.iter().filter(|one| **one != "Broken").collect();
    assert_eq!(known, [&"Basic", &"bEARER", &"DPoP"]);
    assert_eq!(error.challenges()[0].realm(), Some("a, b"));
    assert_eq!(error.challenges()[1].scope(), Some("x y"));
    assert_eq!(error.code(), Some(&ErrorCode::InvalidToken));
}

#[tokio::test]
async fn a_challenge_without_error_is_no_error_code() {
    for header in [
        "Bearer",
        r#"Bearer realm="ory""#,
        r#"Basic error="invalid_token""#,
    ] {
        let error = refused(Operation::UserInfo, bearer(&[header], "")).await;
        assert_eq!(error.code(), None, "{header}");
        assert_eq!(error.challenges().len(), 1, "{header}");
    }
}

#[tokio::test]
async fn a_challenge_that_breaks_the_grammar_hides_nothing_else() {
    let broken = r#"Bearer error="open"#;
    let fine = r#"Bearer error="invalid_token""#;
    let error = refused(Operation::UserInfo, bearer(&[broken, fine], "")).await;
    assert_eq!(error.code(), Some(&ErrorCode::InvalidToken));
    assert_eq!(
        error.headers().get_all("www-authenticate").iter().count(),
        2
    );
}
