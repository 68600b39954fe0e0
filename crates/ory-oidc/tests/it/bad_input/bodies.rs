//! Response bodies that cannot be used.

use crate::support::{
    Action, FLOOD, OPERATIONS, Server, call, call_expecting_error, error_chain, flood, html, http,
    json, registration, reply,
};
use ory_oidc::error::{DecodeError, ErrorKind};
use ory_oidc::operation;
use ory_oidc::operation::Operation;
use ory_oidc::{Client, Error};

const MEBIBYTE: usize = 1024 * 1024;

/// The operations that respond with a JSON document.
const JSON_OPERATIONS: [Operation; 5] = [
    operation::REGISTER,
    operation::READ_REGISTRATION,
    operation::UPDATE_REGISTRATION,
    operation::DISCOVER,
    operation::USERINFO,
];

/// Calls an operation whose response cannot be decoded, and returns the error.
async fn decode_error(operation: Operation, action: Action) -> Box<DecodeError> {
    let (error, _) = call_expecting_error(operation, action).await;
    let kind = if operation.is_safe() {
        ErrorKind::Decode
    } else {
        ErrorKind::OutcomeUnknown
    };
    assert_eq!(error.kind(), kind, "{operation}");
    assert!(!error.is_retryable(), "{operation}");
    assert_eq!(error.operation(), Some(operation));
    assert!(error.status().is_some_and(|status| status.is_success()));
    match error {
        Error::Decode(error) => error,
        other => panic!("{operation}: {other:?}"),
    }
}

#[tokio::test]
async fn html_instead_of_json_is_a_decode_error_with_its_media_type() {
    for operation in JSON_OPERATIONS {
        let error = decode_error(operation, html(200)).await;
        assert_eq!(error.media_type(), "text/html", "{operation}");
        assert!(error.to_string().contains("text/html"), "{error}");
    }
}

#[tokio::test]
async fn html_does_not_confirm_a_deletion() {
    let error = decode_error(operation::DELETE_REGISTRATION, html(200)).await;
    assert_eq!(error.media_type(), "text/html");
}

#[tokio::test]
async fn html_with_404_is_an_error_response_that_keeps_the_body() {
    for operation in OPERATIONS {
        let (error, _) = call_expecting_error(operation, html(404)).await;
        assert_eq!(error.kind(), ErrorKind::NotFound, "{operation}");
        let Error::Server(error) = error else {
            panic!("{operation}: {error:?}");
        };
        assert_eq!((error.code(), error.description()), (None, None));
        assert!(error.body().starts_with(b"<!doctype html>"), "{operation}");
        assert!(!error.to_string().contains('<'), "{error}");
    }
}

#[tokio::test]
async fn truncated_json_is_a_decode_error() {
    for operation in JSON_OPERATIONS {
        let error = decode_error(operation, json(200, r#"{"client_id": "c", "sub": "#)).await;
        assert!(error.to_string().contains("EOF"), "{error}");
    }
}

#[tokio::test]
async fn empty_body_is_a_decode_error() {
    for operation in JSON_OPERATIONS {
        let error = decode_error(operation, json(200, "")).await;
        assert!(error.to_string().contains("empty"), "{error}");
    }
}

#[tokio::test]
async fn status_204_is_a_decode_error_where_json_is_expected() {
    for operation in JSON_OPERATIONS {
        decode_error(operation, reply(204, &[], "")).await;
    }
}

#[tokio::test]
async fn json_other_than_an_object_is_a_decode_error() {
    for operation in JSON_OPERATIONS {
        for body in ["null", "[]", "\"c\"", "7", "true"] {
            decode_error(operation, json(200, body)).await;
        }
    }
}

#[tokio::test]
async fn required_value_of_the_wrong_type_is_reported_by_its_path_and_not_shown() {
    use operation::{DISCOVER, READ_REGISTRATION, REGISTER, UPDATE_REGISTRATION};

    for (operation, body, path) in [
        (REGISTER, r#"{"client_id": 4711}"#, "client_id"),
        (REGISTER, r#"{"client_secret": 4711}"#, "client_secret"),
        (
            READ_REGISTRATION,
            r#"{"client_id": {"a": "4711"}}"#,
            "client_id",
        ),
        (
            UPDATE_REGISTRATION,
            r#"{"registration_access_token": ["4711"]}"#,
            "registration_access_token",
        ),
        (DISCOVER, r#"{"issuer": 4711}"#, "issuer"),
        (
            DISCOVER,
            r#"{"issuer": ["4711"], "jwks_uri": "j"}"#,
            "issuer",
        ),
        (
            DISCOVER,
            r#"{"issuer": "i", "jwks_uri": {"a": 4711}}"#,
            "jwks_uri",
        ),
        (
            DISCOVER,
            r#"{"jwks_uri": 4711.5, "issuer": "i"}"#,
            "jwks_uri",
        ),
    ] {
        let error = decode_error(operation, json(200, body)).await;
        assert_eq!(error.path(), Some(path), "{body}");
        assert!(error.to_string().contains(path), "{error}");
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("4711"), "{shown}");
    }
}

#[tokio::test]
async fn sub_of_the_wrong_type_fails_a_check_and_is_not_shown() {
    for body in [
        r#"{"sub": 4711}"#,
        r#"{"sub": {"id": "4711"}}"#,
        r#"{"sub": ["4711"]}"#,
        r#"{"sub": ""}"#,
        r#"{"sub": null}"#,
    ] {
        let (error, _) = call_expecting_error(operation::USERINFO, json(200, body)).await;
        assert!(matches!(error, Error::Validation(_)), "{body}: {error:?}");
        let shown = format!("{error} {error:?}");
        assert!(error.to_string().contains("sub"), "{shown}");
        assert!(!shown.contains("4711"), "{shown}");
    }
}

#[tokio::test]
async fn duplicate_member_is_a_decode_error() {
    for operation in JSON_OPERATIONS {
        let member = match operation {
            operation::DISCOVER => "issuer",
            operation::USERINFO => "sub",
            _ => "client_id",
        };
        let body = format!(r#"{{"{member}": "c", "{member}": "d"}}"#);
        let error = decode_error(operation, json(200, body)).await;
        assert!(error.to_string().contains("duplicate"), "{error}");
    }
}

#[tokio::test]
async fn deeply_nested_json_is_a_decode_error() {
    let deep = "[".repeat(100_000);
    for operation in JSON_OPERATIONS {
        let body = format!(r#"{{"client_id": "c", "x": {deep}"#);
        let error = decode_error(operation, json(200, body)).await;
        assert!(error.to_string().contains("recursion"), "{error}");
        let (error, _) =
            call_expecting_error(operation, json(400, format!(r#"{{"error": {deep}"#))).await;
        assert!(matches!(error, Error::Server(_)), "{operation}: {error:?}");
    }
}

#[tokio::test]
async fn invalid_utf_8_is_a_decode_error_that_names_its_place() {
    for operation in JSON_OPERATIONS {
        let member = match operation {
            operation::DISCOVER => "issuer",
            operation::USERINFO => "sub",
            _ => "client_id",
        };
        for member in [member, "unknown"] {
            let body = [b"{\"", member.as_bytes(), b"\": \"\xff\xfe\"}"].concat();
            let error = decode_error(operation, json(200, body)).await;
            assert_eq!(error.path(), Some(member), "{operation}");
        }
    }
}

#[tokio::test]
async fn json_without_a_media_type_is_decoded_except_for_userinfo() {
    for operation in JSON_OPERATIONS {
        let server = Server::start([]).await;
        let issuer = server.url();
        let body = format!(
            r#"{{"client_id": "c", "sub": "u", "issuer": "{issuer}",
                "jwks_uri": "{issuer}/j", "token_endpoint": "{issuer}/t",
                "authorization_endpoint": "{issuer}/a",
                "response_types_supported": [], "subject_types_supported": [],
                "id_token_signing_alg_values_supported": []}}"#
        );
        let other = Server::for_operation(operation, reply(200, &[], body)).await;
        let client = Client::builder(other.url())
            .issuer(issuer)
            .http_client(http())
            .build();
        let client = client.expect("the URL is valid");
        let outcome = call(&client, operation, &mut registration("c")).await;
        // Userinfo is JSON or a signed JWT, and only the media type tells which.
        match (operation, outcome) {
            (operation::USERINFO, Err(Error::Decode(error))) => {
                assert_eq!(error.media_type(), "");
            }
            (_, outcome) => outcome.expect("the body is valid JSON"),
        }
    }
}

#[tokio::test]
async fn body_with_a_content_length_above_the_limit_is_not_read_unless_it_may_hold_a_token() {
    let whole = vec![b' '; 5 * MEBIBYTE];
    for operation in JSON_OPERATIONS {
        if !operation.is_safe() {
            let error = decode_error(operation, json(200, &whole)).await;
            assert!(error.to_string().contains("1048576 bytes"), "{error}");
            assert_eq!(error.body().len(), MEBIBYTE, "{operation}");
            continue;
        }
        // Only the head is sent, so a client that waits for the body hangs.
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n",
            5 * MEBIBYTE
        );
        let error = decode_error(operation, Action::Respond(head.into_bytes())).await;
        assert!(error.to_string().contains("1048576 bytes"), "{error}");
    }
}

#[tokio::test]
async fn endless_body_is_read_only_up_to_the_limit() {
    for operation in OPERATIONS {
        let (error, mut server) = call_expecting_error(operation, flood(200)).await;
        assert!(error_chain(&error).contains("1048576 bytes"), "{error}");
        assert!(matches!(error, Error::Decode(_)), "{error:?}");
        let written = server.flooded().await;
        assert!(written < FLOOD, "{operation} read the whole body");
    }
}

#[tokio::test]
async fn error_response_is_reported_even_if_its_body_is_too_large() {
    let five = vec![b' '; 5 * MEBIBYTE];
    for operation in OPERATIONS {
        for action in [json(401, &five), flood(401)] {
            let (error, _) = call_expecting_error(operation, action).await;
            let Error::Server(error) = error else {
                panic!("{operation}: the status decides, not the body: {error:?}");
            };
            assert_eq!(error.status().as_u16(), 401, "{operation}");
        }
    }
}

#[tokio::test]
async fn body_limit_is_configurable_and_inclusive() {
    let body = r#"{"client_id": "c"}"#;
    for (limit, fits) in [(body.len(), true), (body.len() - 1, false)] {
        let chunked = Action::Respond(
            format!(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
                body.len()
            )
            .into_bytes(),
        );
        for action in [json(200, body), chunked] {
            let server = Server::start([action]).await;
            let client = Client::builder(server.url())
                .max_body_bytes(limit)
                .http_client(http())
                .build();
            let client = client.expect("the URL is valid");
            let outcome = client.read_registration(&mut registration("c")).await;
            assert_eq!(outcome.is_ok(), fits, "{limit} {outcome:?}");
        }
    }
}
