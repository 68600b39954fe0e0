//! The meaning of an error response: its status, its body and its challenges (RFC 6749 §5.2,
//! RFC 6750 §3, RFC 9110 §11.6.1).

use crate::support::{Action, OPERATIONS, call_expecting_error, json, reply};
use ory_oidc::error::{Challenge, ErrorCode, ErrorKind, ServerError};
use ory_oidc::operation;
use ory_oidc::operation::Operation;
use serde_json::json as value;
use std::time::Duration;

async fn error_response(operation: Operation, action: Action) -> Box<ServerError> {
    match call_expecting_error(operation, action).await.0 {
        ory_oidc::Error::Server(error) => error,
        error => panic!("{operation}: {error:?}"),
    }
}

fn unauthorized(headers: &[&str], body: &str) -> Action {
    let headers: Vec<_> = headers
        .iter()
        .map(|value| ("WWW-Authenticate", *value))
        .collect();
    reply(401, &headers, body)
}

#[tokio::test]
async fn a_401_that_reports_a_failure_of_the_server_is_not_a_refusal() {
    for operation in OPERATIONS {
        let conflict = "Unable to serialize access due to a concurrent update in another session";
        for body in [
            value!({"error": conflict}),
            value!({"error": "Unable to locate the table"}),
            value!({"error": "server_error"}),
            value!({"error": "temporarily_unavailable"}),
            value!({"error": "error", "error_description": conflict}),
            value!({"error": {"code": 401, "message": conflict}}),
            value!({"error": {"id": "conflict", "message": "Conflict", "reason": conflict}}),
            value!({"code": 401, "message": conflict}),
        ] {
            let body = body.to_string();
            let (error, _) = call_expecting_error(operation, json(401, &body)).await;
            let failed = if operation.is_safe() {
                ErrorKind::Unavailable
            } else {
                ErrorKind::OutcomeUnknown
            };
            assert_eq!(error.kind(), failed, "{operation} {body}");
            assert_eq!(error.is_retryable(), operation.is_safe(), "{body}");
        }
    }
}

#[tokio::test]
async fn refused_token_is_refused_whatever_the_description_says() {
    let body = r#"{"error": "invalid_token", "error_description": "Unable to locate the table"}"#;
    let (error, _) = call_expecting_error(operation::USERINFO, json(401, body)).await;
    assert_eq!(error.kind(), ErrorKind::Unauthorized);
}

#[tokio::test]
async fn each_status_maps_to_its_error_kind() {
    use ErrorKind::{
        ErrorResponse, Forbidden, NotFound, OutcomeUnknown, RateLimited, Unauthorized, Unavailable,
    };

    for operation in OPERATIONS {
        let safe = operation.is_safe();
        let failed = if safe { Unavailable } else { OutcomeUnknown };
        // The read before an update shows that the token was accepted.
        let refused = match operation {
            operation::UPDATE_REGISTRATION => OutcomeUnknown,
            _ => Unauthorized,
        };
        let ambiguous = if safe { ErrorResponse } else { OutcomeUnknown };
        for (status, kind, retryable) in [
            (400, ErrorResponse, false),
            (401, refused, false),
            (403, Forbidden, false),
            (404, NotFound, false),
            (408, ambiguous, false),
            (409, ErrorResponse, false),
            (429, RateLimited, true),
            (460, ambiguous, false),
            (499, ambiguous, false),
            (500, failed, safe),
            (502, failed, safe),
            (503, failed, safe),
            (504, failed, safe),
            (501, failed, false),
            (505, failed, false),
            (507, failed, safe),
            (508, failed, false),
            (511, failed, false),
            (520, failed, safe),
            (522, failed, safe),
            (525, failed, safe),
            (529, failed, safe),
            (530, failed, safe),
            (599, failed, safe),
            (600, ambiguous, false),
            (999, ambiguous, false),
        ] {
            let (error, _) =
                call_expecting_error(operation, json(status, r#"{"error": "no"}"#)).await;
            let place = format!("{operation} {status}");
            assert_eq!(error.kind(), kind, "{place}");
            assert_eq!(error.is_retryable(), retryable, "{place}");
            assert_eq!(error.status().map(|status| status.as_u16()), Some(status));
            assert_eq!(error.operation(), Some(operation));
            assert!(error.to_string().contains(&status.to_string()), "{error}");
        }
    }
}

#[tokio::test]
async fn message_contains_the_explanation_of_the_server() {
    let own = "It is not allowed to choose your own OAuth2 Client secret.";
    let method = "token_endpoint_auth_method client_secret_jwt is not supported";
    for (status, code, description) in [
        (400, "The request was malformed", own),
        (403, "The requested action was forbidden", own),
        (400, "invalid_client_metadata", method),
        (403, "access_denied", "the client's secret has expired"),
    ] {
        for operation in [operation::REGISTER, operation::UPDATE_REGISTRATION] {
            let body = format!(r#"{{"error": "{code}", "error_description": "{description}"}}"#);
            let (error, _) = call_expecting_error(operation, json(status, body)).await;
            let shown = error.to_string();
            assert!(
                shown.contains(code) && shown.contains(description),
                "{shown}"
            );
        }
    }
}

#[tokio::test]
async fn insufficient_scope_in_the_challenge_takes_precedence_over_the_body() {
    let header = r#"Bearer error="insufficient_scope", scope="openid email""#;
    for body in [
        "",
        "<p>",
        r#"{"error": "The requested action was forbidden"}"#,
    ] {
        let action = reply(403, &[("www-authenticate", header)], body);
        let (error, _) = call_expecting_error(operation::USERINFO, action).await;
        assert_eq!(error.kind(), ErrorKind::InsufficientScope, "{body}");
    }
}

#[tokio::test]
async fn challenge_is_found_beside_others_in_any_valid_form() {
    for headers in [
        &[r#"Negotiate YII=, Bearer error="insufficient_scope", scope="openid""#][..],
        &[r#"Negotiate YII==,Bearer error="insufficient_scope",scope="openid""#],
        &[r#"NTLM TlRM, Negotiate, Bearer error="insufficient_scope", scope="openid""#],
        &["Basic realm=\"a\"\t,\tBearer error=\"insufficient_scope\"\t,\tscope=\"openid\""],
        &[r#"Bearer error="insufficient_scope", scope="openid", NTLM TlRM"#],
        &[r#", ,Basic realm="caf\u{e9}",, Bearer scope = "openid" ,ERROR=insufficient_scope ,"#],
        &[r#"bearer realm="a, b \" c", error="insufficient_scope", scope="openid""#],
        &[
            "Negotiate",
            r#"Bearer error="insufficient_scope", scope="openid""#,
        ],
        &[
            r#"Digest realm="open"#,
            r#"Bearer error="insufficient_scope", scope="openid""#,
        ],
        &[r#"Basic realm=a b, Bearer error="insufficient_scope", scope="openid""#],
    ] {
        let headers: Vec<_> = headers
            .iter()
            .map(|value| ("www-authenticate", *value))
            .collect();
        for status in [401, 403] {
            let action = reply(status, &headers, "");
            let (error, _) = call_expecting_error(operation::USERINFO, action).await;
            assert_eq!(error.kind(), ErrorKind::InsufficientScope, "{headers:?}");
            assert_eq!(error.required_scope(), Some("openid"), "{headers:?}");
        }
    }
}

#[tokio::test]
async fn both_forms_of_error_bodies_are_read() {
    let oauth = r#"{"error": "invalid_request", "error_description": "why", "error_hint": "how"}"#;
    let own = r#"{"message": "invalid_request", "reason": "why", "request": "r1", "code": 400}"#;
    let nested = format!(r#"{{"error": {own}}}"#);
    for (body, hint, request) in [
        (oauth, Some("how"), None),
        (own, None, Some("r1")),
        (&nested, None, Some("r1")),
    ] {
        let error = error_response(operation::DISCOVER, json(400, body)).await;
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
async fn error_body_of_an_unknown_form_has_no_code() {
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
        let error = error_response(operation::DISCOVER, json(400, body)).await;
        assert_eq!((error.code(), error.description()), (None, None), "{body}");
        assert_eq!(error.body(), body.as_bytes());
    }
}

#[tokio::test]
async fn control_characters_and_long_texts_of_a_server_are_not_shown() {
    let long = "x".repeat(100_000);
    let body = format!(r#"{{"error": "a\u001b[31m\nb", "error_description": "{long}"}}"#);
    let shown = error_response(operation::DISCOVER, json(400, body))
        .await
        .to_string();
    assert!(!shown.contains(char::is_control), "{shown:?}");
    assert!(shown.len() < 2_000, "{} bytes", shown.len());
}

#[tokio::test]
async fn retry_after_is_read_as_seconds_or_as_a_date() {
    let seconds = |n| Some(Duration::from_secs(n));
    for (header, expected) in [
        ("120", seconds(120)),
        ("0", seconds(0)),
        // Dates in the past (RFC 9110 §10.2.3).
        ("Fri, 31 Dec 1999 23:59:59 GMT", seconds(0)),
        ("Friday, 31-Dec-99 23:59:59 GMT", seconds(0)),
        ("Fri Dec 31 23:59:59 1999", seconds(0)),
        ("-1", None),
        ("1.5", None),
        ("soon", None),
        ("", None),
    ] {
        let action = reply(429, &[("retry-after", header)], "");
        let (error, _) = call_expecting_error(operation::DISCOVER, action).await;
        assert_eq!(error.retry_after(), expected, "{header:?}");
    }
    let (error, _) = call_expecting_error(operation::DISCOVER, reply(429, &[], "")).await;
    assert_eq!(error.retry_after(), None);
}

#[tokio::test]
async fn retry_after_is_at_most_a_day() {
    let day = Duration::from_secs(24 * 60 * 60);
    for header in [
        "86401",
        "18446744073709551615",
        "99999999999999999999",
        "Thu, 31 Dec 9998 23:59:59 GMT",
    ] {
        let action = reply(429, &[("retry-after", header)], "");
        let (error, _) = call_expecting_error(operation::DISCOVER, action).await;
        assert_eq!(error.retry_after(), Some(day), "{header}");
    }
}

#[tokio::test]
async fn a_rate_limit_says_when_it_resets() {
    let reset = [("x-ratelimit-reset", "17")];
    let both = [("retry-after", "3"), ("x-ratelimit-reset", "17")];
    let standard = [("ratelimit-reset", "5"), ("x-ratelimit-reset", "17")];
    let broken = [("x-ratelimit-reset", "-1")];
    let draft = [
        ("ratelimit", r#""day";r=9;t=900, "burst";r=0;t=10"#),
        ("x-ratelimit-reset", "17"),
    ];
    let older_draft = [("ratelimit", "limit=10, remaining=0, reset=11")];
    let unusable = [
        ("retry-after", "soon"),
        ("ratelimit", "?"),
        ("ratelimit-reset", "12"),
    ];
    for (status, headers, seconds) in [
        (429, &draft[..], Some(10)),
        (429, &older_draft, Some(11)),
        (429, &unusable, Some(12)),
        (429, &reset, Some(17)),
        (429, &both, Some(3)),
        (429, &standard, Some(5)),
        (429, &broken, None),
        // Ory Network sends its quota with every response.
        (503, &reset, None),
    ] {
        let action = reply(status, headers, "");
        let (error, _) = call_expecting_error(operation::DISCOVER, action).await;
        let expected = seconds.map(Duration::from_secs);
        assert_eq!(error.retry_after(), expected, "{status} {headers:?}");
    }
}

#[tokio::test]
async fn request_id_is_read_from_the_headers_or_the_body() {
    let body = r#"{"error": {"message": "no", "request": "from-body"}}"#;
    for (headers, expected) in [
        (&[("x-request-id", "from-header")][..], "from-header"),
        (&[("X-Correlation-Id", "from-header")], "from-header"),
        (&[], "from-body"),
    ] {
        let (error, _) = call_expecting_error(operation::DISCOVER, reply(500, headers, body)).await;
        assert_eq!(error.request_id(), Some(expected));
    }
    let (error, _) = call_expecting_error(operation::DISCOVER, reply(500, &[], "")).await;
    assert_eq!(error.request_id(), None);
}

#[tokio::test]
async fn challenge_provides_code_and_description_if_the_body_has_none() {
    let action = unauthorized(
        &[r#"Bearer error="invalid_token",error_description="It \"expired\"""#],
        "",
    );
    let error = error_response(operation::USERINFO, action).await;
    assert_eq!(error.code(), Some(&ErrorCode::InvalidToken));
    assert_eq!(error.description(), Some(r#"It "expired""#));
}

#[tokio::test]
async fn challenges_of_all_headers_are_returned_in_order() {
    let action = unauthorized(
        &[
            r#"Basic realm="a, b", bEARER ERROR="invalid_token", scope="x y""#,
            "Broken ",
            r#"DPoP algs="ES256""#,
        ],
        "",
    );
    let error = error_response(operation::USERINFO, action).await;
    let schemes: Vec<_> = error.challenges().iter().map(Challenge::scheme).collect();
    let known: Vec<_> = schemes.iter().filter(|one| **one != "Broken").collect();
    assert_eq!(known, [&"Basic", &"bEARER", &"DPoP"]);
    assert_eq!(error.challenges()[0].realm(), Some("a, b"));
    assert_eq!(error.challenges()[1].scope(), Some("x y"));
    assert_eq!(error.code(), Some(&ErrorCode::InvalidToken));
}

#[tokio::test]
async fn challenge_without_a_bearer_error_gives_no_code() {
    for header in [
        "Bearer",
        r#"Bearer realm="ory""#,
        r#"Basic error="invalid_token""#,
    ] {
        let error = error_response(operation::USERINFO, unauthorized(&[header], "")).await;
        assert_eq!(error.code(), None, "{header}");
        assert_eq!(error.challenges().len(), 1, "{header}");
    }
}

#[tokio::test]
async fn malformed_challenge_does_not_hide_the_others() {
    let broken = r#"Bearer error="open"#;
    let valid = r#"Bearer error="invalid_token""#;
    let error = error_response(operation::USERINFO, unauthorized(&[broken, valid], "")).await;
    assert_eq!(error.code(), Some(&ErrorCode::InvalidToken));
    assert_eq!(
        error.headers().get_all("www-authenticate").iter().count(),
        2
    );
}
