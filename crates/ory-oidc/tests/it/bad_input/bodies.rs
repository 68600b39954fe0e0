//! Bodies that are not what was promised.

use crate::support::{
    Act, FLOOD, OPERATIONS, Server, call, chain, fail, flood, html, http, json, registration, reply,
};
use ory_oidc::error::{DecodeError, ErrorKind};
use ory_oidc::operation;
use ory_oidc::operation::Operation;
use ory_oidc::{Client, Error};

const MEBIBYTE: usize = 1024 * 1024;

/// The operations whose success is a document in JSON.
const DOCUMENTS: [Operation; 5] = [
    operation::REGISTER,
    operation::READ_REGISTRATION,
    operation::UPDATE_REGISTRATION,
    operation::DISCOVER,
    operation::USERINFO,
];

/// The error of an operation whose answer cannot be read.
async fn unreadable(operation: Operation, act: Act) -> Box<DecodeError> {
    let (error, _) = fail(operation, act).await;
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
async fn a_page_instead_of_json_is_unreadable_and_named_as_one() {
    for operation in DOCUMENTS {
        let error = unreadable(operation, html(200)).await;
        assert_eq!(error.media_type(), "text/html", "{operation}");
        assert!(error.to_string().contains("text/html"), "{error}");
    }
}

#[tokio::test]
async fn a_page_is_no_proof_that_a_registration_was_deleted() {
    let error = unreadable(operation::DELETE_REGISTRATION, html(200)).await;
    assert_eq!(error.media_type(), "text/html");
}

#[tokio::test]
async fn a_page_with_404_is_a_refusal_that_keeps_the_page() {
    for operation in OPERATIONS {
        let (error, _) = fail(operation, html(404)).await;
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
async fn truncated_json_is_unreadable() {
    for operation in DOCUMENTS {
        let error = unreadable(operation, json(200, r#"{"client_id": "c", "sub": "#)).await;
        assert!(error.to_string().contains("EOF"), "{error}");
    }
}

#[tokio::test]
async fn an_empty_success_is_unreadable() {
    for operation in DOCUMENTS {
        let error = unreadable(operation, json(200, "")).await;
        assert!(error.to_string().contains("empty"), "{error}");
    }
}

#[tokio::test]
async fn a_204_is_unreadable_where_a_document_is_due() {
    for operation in DOCUMENTS {
        unreadable(operation, reply(204, &[], "")).await;
    }
}

#[tokio::test]
async fn json_that_is_no_object_is_unreadable() {
    for operation in DOCUMENTS {
        for body in ["null", "[]", "\"c\"", "7", "true"] {
            unreadable(operation, json(200, body)).await;
        }
    }
}

#[tokio::test]
async fn a_value_of_the_wrong_type_is_named_by_its_path_and_not_shown() {
    use operation::{DISCOVER, READ_REGISTRATION, REGISTER, UPDATE_REGISTRATION, USERINFO};

    for (operation, body, path) in [
        (
            REGISTER,
            r#"{"client_id": "c", "redirect_uris": [4711]}"#,
            "redirect_uris[0]",
        ),
        (REGISTER, r#"{"client_id": 4711}"#, "client_id"),
        (REGISTER, r#"{"client_secret": 4711}"#, "client_secret"),
        (
            REGISTER,
            r#"{"jwks": {"keys": [{"kty": "oct"}, {"kty": "oct", "k": 4711}]}}"#,
            "jwks.keys[1].k",
        ),
        (
            READ_REGISTRATION,
            r#"{"skip_consent": "4711"}"#,
            "skip_consent",
        ),
        (
            UPDATE_REGISTRATION,
            r#"{"registration_access_token": ["4711"]}"#,
            "registration_access_token",
        ),
        (UPDATE_REGISTRATION, r#"{"contacts": "4711"}"#, "contacts"),
        (
            DISCOVER,
            r#"{"scopes_supported": ["openid", 4711]}"#,
            "scopes_supported[1]",
        ),
        (USERINFO, r#"{"sub": 4711}"#, "sub"),
        (USERINFO, r#"{"sub": "u", "email": {"a": 4711}}"#, "email"),
    ] {
        let error = unreadable(operation, json(200, body)).await;
        assert_eq!(error.path(), Some(path), "{body}");
        assert!(error.to_string().contains(path), "{error}");
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("4711"), "{shown}");
    }
}

#[tokio::test]
async fn a_member_that_comes_twice_is_an_error() {
    for operation in DOCUMENTS {
        let member = match operation {
            operation::DISCOVER => "issuer",
            operation::USERINFO => "sub",
            _ => "client_id",
        };
        let body = format!(r#"{{"{member}": "c", "{member}": "d"}}"#);
        let error = unreadable(operation, json(200, body)).await;
        assert!(error.to_string().contains("duplicate"), "{error}");
    }
}

#[tokio::test]
async fn json_that_is_nested_too_deeply_is_unreadable() {
    let deep = "[".repeat(100_000);
    for operation in DOCUMENTS {
        let body = format!(r#"{{"client_id": "c", "x": {deep}"#);
        let error = unreadable(operation, json(200, body)).await;
        assert!(error.to_string().contains("recursion"), "{error}");
        let (error, _) = fail(operation, json(400, format!(r#"{{"error": {deep}"#))).await;
        assert!(matches!(error, Error::Server(_)), "{operation}: {error:?}");
    }
}

#[tokio::test]
async fn text_that_is_no_utf_8_is_unreadable() {
    for operation in DOCUMENTS {
        let member = match operation {
            operation::DISCOVER => "issuer",
            operation::USERINFO => "sub",
            _ => "client_id",
        };
        for member in [member, "unknown"] {
            let body = [b"{\"", member.as_bytes(), b"\": \"\xff\xfe\"}"].concat();
            unreadable(operation, json(200, body)).await;
        }
    }
}

#[tokio::test]
async fn json_without_a_media_type_is_read_but_for_claims() {
    for operation in DOCUMENTS {
        let server = Server::start([]).await;
        let issuer = server.url();
        let body = format!(
            r#"{{"client_id": "c", "sub": "u", "issuer": "{issuer}",
                "jwks_uri": "{issuer}/j", "token_endpoint": "{issuer}/t",
                "authorization_endpoint": "{issuer}/a",
                "response_types_supported": [], "subject_types_supported": [],
                "id_token_signing_alg_values_supported": []}}"#
        );
        let other = Server::before(operation, reply(200, &[], body)).await;
        let client = Client::builder(other.url())
            .issuer(issuer)
            .http_client(http())
            .build();
        let client = client.expect("the URL is fine");
        let outcome = call(&client, operation, &mut registration("c")).await;
        // Claims are JSON or a signed token, and only the media type tells which.
        match (operation, outcome) {
            (operation::USERINFO, Err(Error::Decode(error))) => {
                assert_eq!(error.media_type(), "");
            }
            (_, outcome) => outcome.expect("JSON is JSON"),
        }
    }
}

#[tokio::test]
async fn a_body_that_announces_more_than_the_limit_is_not_read() {
    for operation in DOCUMENTS {
        // Nothing but the head ever comes: who waits for the rest waits in vain.
        let head = format!(
            "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n",
            5 * MEBIBYTE
        );
        let error = unreadable(operation, Act::Answer(head.into_bytes())).await;
        assert!(error.to_string().contains("1048576 bytes"), "{error}");
    }
}

#[tokio::test]
async fn a_body_without_end_is_read_up_to_the_limit_and_no_further() {
    for operation in OPERATIONS {
        let (error, mut server) = fail(operation, flood(200)).await;
        assert!(chain(&error).contains("1048576 bytes"), "{error}");
        assert!(matches!(error, Error::Decode(_)), "{error:?}");
        let written = server.flooded().await;
        assert!(written < FLOOD, "{operation} read all of it");
    }
}

#[tokio::test]
async fn a_refusal_is_one_even_if_its_body_is_too_large() {
    let five = vec![b' '; 5 * MEBIBYTE];
    for operation in OPERATIONS {
        for act in [json(401, &five), flood(401)] {
            let (error, _) = fail(operation, act).await;
            let Error::Server(error) = error else {
                panic!("{operation}: the status decides, not the body: {error:?}");
            };
            assert_eq!(error.status().as_u16(), 401, "{operation}");
        }
    }
}

#[tokio::test]
async fn the_limit_is_the_callers_and_a_body_of_that_size_fits() {
    let body = r#"{"client_id": "c"}"#;
    for (limit, fits) in [(body.len(), true), (body.len() - 1, false)] {
        let chunked = Act::Answer(
            format!(
                "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n",
                body.len()
            )
            .into_bytes(),
        );
        for act in [json(200, body), chunked] {
            let server = Server::start([act]).await;
            let client = Client::builder(server.url())
                .max_body_bytes(limit)
                .http_client(http())
                .build();
            let client = client.expect("the URL is fine");
            let outcome = client.read_registration(&mut registration("c")).await;
            assert_eq!(outcome.is_ok(), fits, "{limit} {outcome:?}");
        }
    }
}
