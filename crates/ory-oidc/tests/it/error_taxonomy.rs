//! The kind, code and description of every recorded error response, and of the codes of RFC 6750
//! §3.1 that other servers send.

use crate::recorded::exchanges::{Call, Exchange};
use crate::support::{Action, call_expecting_error, reply};
use ory_oidc::Error;
use ory_oidc::error::{ErrorCode, ErrorKind};
use ory_oidc::operation;
use ory_oidc::operation::Operation;

/// The names of recorded exchanges, and the code, the description and the kind of their errors.
type Row = (
    &'static [&'static str],
    Option<&'static str>,
    Option<&'static str>,
    ErrorKind,
);

const MALFORMED: Option<&str> = Some("The request was malformed or contained invalid parameters");
const UNAUTHORIZED: Option<&str> = Some("The request could not be authorized");
const FORBIDDEN: Option<&str> = Some("The requested action was forbidden");
const NOT_FOUND: Option<&str> = Some("The requested resource could not be found");
const METADATA: Option<&str> = Some("invalid_client_metadata");
const REDIRECT: Option<&str> = Some("invalid_redirect_uri");
const NO_CLIENT: Option<&str> =
    Some("The requested OAuth 2.0 client does not exist or you provided incorrect credentials.");

const ROWS: [Row; 15] = [
    (
        &["register_with_secret"],
        MALFORMED,
        Some("It is not allowed to choose your own OAuth2 Client secret."),
        ErrorKind::ErrorResponse,
    ),
    (
        &["put_with_secret"],
        FORBIDDEN,
        Some("It is not allowed to choose your own OAuth2 Client secret."),
        ErrorKind::Forbidden,
    ),
    (
        &["register_with_metadata"],
        METADATA,
        Some("'metadata' cannot be set for dynamic client registration"),
        ErrorKind::ErrorResponse,
    ),
    (
        &["register_jwks_and_uri"],
        METADATA,
        Some("Fields jwks and jwks_uri can not both be set, you must choose one."),
        ErrorKind::ErrorResponse,
    ),
    (
        &["register_pairwise"],
        METADATA,
        Some("for any requested parameter of a Client's Metadata."),
        ErrorKind::ErrorResponse,
    ),
    (
        &["register_bad_redirect", "register_http_frag", "put_bad"],
        REDIRECT,
        Some("Redirect URIs must not contain fragments (#)."),
        ErrorKind::ErrorResponse,
    ),
    (
        &["register_skip_consent"],
        Some("invalid_request"),
        Some("'skip_consent' cannot be set for dynamic client registration"),
        ErrorKind::ErrorResponse,
    ),
    (
        &["register_bad_type"],
        MALFORMED,
        Some("Client.redirect_uris of type sqlxx.StringSliceJSONFormat"),
        ErrorKind::ErrorResponse,
    ),
    (
        &["register_not_json"],
        MALFORMED,
        Some("invalid character 'n' looking for beginning of object key string"),
        ErrorKind::ErrorResponse,
    ),
    (
        &["register_form"],
        MALFORMED,
        Some("invalid character 'a' looking for beginning of value"),
        ErrorKind::ErrorResponse,
    ),
    (
        &[
            "get_no_auth",
            "get_bad_token",
            "get_garbage",
            "get_basic",
            "get_secret_query",
            "get_unknown_id",
            "get_other_id",
            "get_old_token",
            "delete_bad_token",
            "delete_again",
            "get_deleted",
            "path_slash",
            "path_space",
        ],
        UNAUTHORIZED,
        NO_CLIENT,
        ErrorKind::Unauthorized,
    ),
    // The read before the update shows that the token was accepted.
    (
        &["put_old_token"],
        UNAUTHORIZED,
        NO_CLIENT,
        ErrorKind::OutcomeUnknown,
    ),
    (
        &["userinfo_no_auth", "userinfo_bad_token"],
        Some("request_unauthorized"),
        Some("Check that you provided valid credentials in the right format."),
        ErrorKind::Unauthorized,
    ),
    (
        &[
            "disabled_post",
            "disabled_get",
            "disabled_put",
            "disabled_delete",
        ],
        NOT_FOUND,
        Some("Dynamic registration is not enabled."),
        ErrorKind::NotFound,
    ),
    // Pages without an error body.
    (
        &["patch_not_allowed", "path_empty"],
        None,
        None,
        ErrorKind::NotFound,
    ),
];

/// Returns the operation that gets the response: a read if no call sends the request.
fn operation(exchange: &Exchange) -> Operation {
    match exchange.call {
        Call::Register => operation::REGISTER,
        Call::Update => operation::UPDATE_REGISTRATION,
        Call::Delete => operation::DELETE_REGISTRATION,
        Call::UserInfo => operation::USERINFO,
        Call::Discover => operation::DISCOVER,
        Call::EndSession => operation::END_SESSION,
        Call::Read | Call::None(_) => operation::READ_REGISTRATION,
    }
}

#[tokio::test]
async fn every_recorded_error_has_its_code_description_and_kind() {
    let mut rows = ROWS.iter().flat_map(|(names, code, description, kind)| {
        names
            .iter()
            .map(move |name| (*name, (*code, *description, *kind)))
    });
    for exchange in Exchange::all() {
        let name = exchange.name;
        let row = rows.clone().find(|(known, _)| *known == name);
        if exchange.status() < 400 {
            assert!(row.is_none(), "{name} is not an error response");
            continue;
        }
        let (_, (code, description, kind)) =
            row.unwrap_or_else(|| panic!("{name}: no row expects it"));
        let operation = operation(&exchange);
        let (error, _) = call_expecting_error(operation, exchange.response()).await;
        assert_eq!(error.kind(), kind, "{name}");
        assert_eq!(error.required_scope(), None, "{name}");
        assert!(!error.is_retryable(), "{name}");
        let Error::Server(error) = error else {
            panic!("{name}: {error:?}");
        };
        assert_eq!(error.status().as_u16(), exchange.status(), "{name}");
        assert_eq!(error.code().map(ErrorCode::as_str), code, "{name}");
        assert_eq!(error.description().is_some(), description.is_some());
        if let (Some(found), Some(end)) = (error.description(), description) {
            assert!(found.ends_with(end), "{name}: {found}");
        }
        assert_eq!((error.hint(), error.request_id()), (None, None), "{name}");
    }
    let recorded = |name: &str| Exchange::all().iter().any(|one| one.name == name);
    assert!(
        rows.all(|(name, _)| recorded(name)),
        "a row names an exchange that was not recorded"
    );
}

async fn challenged(status: u16, header: &str, body: &str) -> Error {
    let action: Action = reply(status, &[("www-authenticate", header)], body);
    call_expecting_error(operation::USERINFO, action).await.0
}

#[tokio::test]
async fn invalid_token_is_unauthorized() {
    for (header, body) in [
        (r#"Bearer error="invalid_token""#, ""),
        (r#"Bearer error="request_unauthorized""#, ""),
        // The server did not find the token.
        ("Bearer", ""),
        (
            "Bearer",
            r#"{"error": "The request could not be authorized"}"#,
        ),
        // The challenge takes precedence over the body.
        (
            r#"Bearer error="invalid_token""#,
            r#"{"error": "invalid_request"}"#,
        ),
        (r#"Bearer error="invalid_token", scope="openid""#, ""),
    ] {
        let error = challenged(401, header, body).await;
        assert_eq!(error.kind(), ErrorKind::Unauthorized);
        assert_eq!(error.required_scope(), None, "{header}");
    }
}

#[tokio::test]
async fn invalid_request_is_not_unauthorized() {
    let header = r#"Bearer error="invalid_request", error_description="twice", scope="openid""#;
    for (status, header, body) in [
        (400, header, ""),
        (401, header, ""),
        (401, header, r#"{"error": "invalid_token"}"#),
        (400, "Bearer", r#"{"error": "invalid_request"}"#),
        (401, "Bearer", r#"{"error": "invalid_request"}"#),
    ] {
        let error = challenged(status, header, body).await;
        let kind = error.kind();
        assert_eq!(kind, ErrorKind::ErrorResponse, "{status} {header} {body}");
        assert_eq!(error.required_scope(), None);
    }
}

#[tokio::test]
async fn insufficient_scope_has_its_own_kind_and_names_the_scope() {
    let challenge = r#"Bearer error="insufficient_scope", scope="openid email""#;
    let elsewhere = r#"Basic scope="x", Bearer realm="r", bearer ERROR="insufficient_scope", Scope="openid email""#;
    let body = r#"{"error": "insufficient_scope"}"#;
    for (status, header, body, scope) in [
        (403, challenge, "", Some("openid email")),
        (401, challenge, "", Some("openid email")),
        (403, elsewhere, "", Some("openid email")),
        (403, r#"Bearer scope="email""#, body, Some("email")),
        (403, r#"Bearer error="insufficient_scope""#, "", None),
        (
            403,
            r#"Bearer error="insufficient_scope", scope="""#,
            "",
            None,
        ),
        (403, "Bearer", body, None),
    ] {
        let error = challenged(status, header, body).await;
        assert_eq!(error.kind(), ErrorKind::InsufficientScope);
        assert_eq!(error.required_scope(), scope, "{header}");
        let shown = error.to_string();
        let advice = match scope {
            Some(scope) => format!("; the access token lacks the scope {scope:?}"),
            None => "; the access token lacks a scope".to_owned(),
        };
        assert!(shown.contains(&advice), "{shown}");
    }
}

#[tokio::test]
async fn long_scope_is_shortened_in_the_message() {
    let scope = "x".repeat(5_000);
    let header = format!(r#"Bearer error="insufficient_scope", scope="{scope}""#);
    let error = challenged(403, &header, "").await;
    assert_eq!(error.required_scope(), Some(scope.as_str()));
    let shown = error.to_string();
    assert!(shown.len() < 1_000, "{} bytes", shown.len());
}

#[tokio::test]
async fn orys_own_form_takes_its_code_from_id_or_message() {
    let full = r#"{"error": {"id": "no_such_thing", "code": 400, "status": "Bad Request",
        "message": "It went wrong.", "reason": "Because.", "request": "r1", "debug": "inside"}}"#;
    let no_reason = r#"{"id": "no_such_thing", "message": "It went wrong."}"#;
    let no_id = r#"{"message": "It went wrong.", "reason": "Because."}"#;
    let bare = r#"{"message": "It went wrong."}"#;
    for (body, code, description) in [
        (full, "no_such_thing", Some("Because.")),
        (no_reason, "no_such_thing", Some("It went wrong.")),
        (no_id, "It went wrong.", Some("Because.")),
        (bare, "It went wrong.", None),
    ] {
        let action = reply(400, &[("content-type", "application/json")], body);
        let (error, _) = call_expecting_error(operation::DELETE_REGISTRATION, action).await;
        let shown = format!("{error} {error:?}");
        assert!(!shown.contains("inside"), "{shown}");
        let Error::Server(error) = error else {
            panic!("{error:?}");
        };
        assert_eq!(error.code().map(ErrorCode::as_str), Some(code), "{body}");
        assert_eq!(error.description(), description, "{body}");
    }
}
