use super::{
    ConfigurationError, DecodeError, Error, ErrorKind, RequestError, ServerError, TransportError,
    ValidationError,
};
use crate::operation::Operation;
use bytes::Bytes;
use reqwest::StatusCode;
use reqwest::header::HeaderMap;
use std::error::Error as _;
use std::fmt;
use std::sync::Arc;

const READ: Operation = Operation::new("readThing", "GET", "/things/{id}");
const CHANGE: Operation = Operation::new("changeThing", "PUT", "/things/{id}");

/// A validation error of a concept.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Mismatch {
    operation: Option<Operation>,
    retryable: bool,
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the response does not match")
    }
}

impl std::error::Error for Mismatch {}

impl ValidationError for Mismatch {
    fn operation(&self) -> Option<Operation> {
        self.operation
    }

    fn is_retryable(&self) -> bool {
        self.retryable
    }
}

/// A validation error of another concept, with the default methods.
#[derive(Debug)]
struct Other;

impl fmt::Display for Other {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("another check failed")
    }
}

impl std::error::Error for Other {}

impl ValidationError for Other {}

fn server(operation: Operation, status: u16) -> Error {
    let status = StatusCode::from_u16(status).expect("the status is valid");
    ServerError::new(operation, status, HeaderMap::new(), Bytes::from("body")).into()
}

fn cut(operation: Operation) -> Error {
    let error = TransportError::gave_up(operation);
    let body = Bytes::from("bo");
    let cut = error.with_partial_response(StatusCode::OK, HeaderMap::new(), body);
    cut.into()
}

fn undecodable(operation: Operation) -> Error {
    let error = DecodeError::new(operation, StatusCode::CREATED, "expected a string");
    let error = error.with_response(HeaderMap::new(), Bytes::from("body"));
    error.into()
}

fn mismatch(operation: Option<Operation>, retryable: bool) -> Error {
    Mismatch {
        operation,
        retryable,
    }
    .into()
}

/// An error, its kind, whether it is retryable, its status, its body and its operation.
type Row = (
    Error,
    ErrorKind,
    bool,
    Option<u16>,
    Option<&'static str>,
    Option<Operation>,
);

fn rows() -> Vec<Row> {
    use ErrorKind::{
        Configuration, Decode, ErrorResponse, Forbidden, InvalidRequest, NotFound, OutcomeUnknown,
        RateLimited, Timeout, Unauthorized, Unavailable, Validation,
    };

    let (configuration, request) = (
        ConfigurationError::UserAgent,
        RequestError::new("id", "must not be empty"),
    );
    let (ok, body) = (Some(200), Some("body"));
    let (read, change) = (Some(READ), Some(CHANGE));
    let gave_up = |operation| Error::from(TransportError::gave_up(operation));
    let mut rows = vec![
        (configuration.into(), Configuration, false, None, None, None),
        (request.into(), InvalidRequest, false, None, None, None),
        (gave_up(READ), Timeout, true, None, None, read),
        (gave_up(CHANGE), OutcomeUnknown, false, None, None, change),
        (cut(READ), Timeout, true, ok, Some("bo"), read),
        (cut(CHANGE), OutcomeUnknown, false, ok, Some("bo"), change),
        (undecodable(READ), Decode, false, Some(201), body, read),
        (
            undecodable(CHANGE),
            OutcomeUnknown,
            false,
            Some(201),
            body,
            change,
        ),
        (mismatch(read, false), Validation, false, None, None, read),
        (mismatch(read, true), Validation, true, None, None, read),
        (mismatch(None, false), Validation, false, None, None, None),
        (
            mismatch(change, false),
            OutcomeUnknown,
            false,
            None,
            None,
            change,
        ),
        (Other.into(), Validation, false, None, None, None),
    ];
    for (status, of_read, of_change) in [
        (101, (ErrorResponse, false), (OutcomeUnknown, false)),
        (307, (ErrorResponse, false), (OutcomeUnknown, false)),
        (400, (ErrorResponse, false), (ErrorResponse, false)),
        (401, (Unauthorized, false), (Unauthorized, false)),
        (403, (Forbidden, false), (Forbidden, false)),
        (404, (NotFound, false), (NotFound, false)),
        (408, (ErrorResponse, false), (OutcomeUnknown, false)),
        (409, (ErrorResponse, false), (ErrorResponse, false)),
        (429, (RateLimited, true), (RateLimited, true)),
        (460, (ErrorResponse, false), (OutcomeUnknown, false)),
        (499, (ErrorResponse, false), (OutcomeUnknown, false)),
        (500, (Unavailable, true), (OutcomeUnknown, false)),
        (501, (Unavailable, false), (OutcomeUnknown, false)),
        (503, (Unavailable, true), (OutcomeUnknown, false)),
        (600, (ErrorResponse, false), (OutcomeUnknown, false)),
        (999, (ErrorResponse, false), (OutcomeUnknown, false)),
    ] {
        for (operation, (kind, retryable)) in [(READ, of_read), (CHANGE, of_change)] {
            let error = server(operation, status);
            rows.push((error, kind, retryable, Some(status), body, Some(operation)));
        }
    }
    rows
}

#[test]
fn each_phase_has_its_kind_and_its_details() {
    for (error, kind, retryable, status, body, operation) in rows() {
        assert_eq!(error.kind(), kind, "{error:?}");
        assert_eq!(error.is_retryable(), retryable, "{error:?}");
        let found = error.status().map(|status| status.as_u16());
        assert_eq!(found, status, "{error:?}");
        let found = error.response_body().map(|body| &body[..]);
        assert_eq!(found, body.map(str::as_bytes), "{error:?}");
        assert_eq!(error.operation(), operation, "{error:?}");
        // None of these responses has the header or the member.
        assert_eq!(error.retry_after(), None, "{error:?}");
        assert_eq!(error.request_id(), None, "{error:?}");
        assert_eq!(error.required_scope(), None, "{error:?}");
    }
}

#[test]
fn conflict_of_database_transactions_can_be_retried_after_a_change() {
    use ErrorKind::{OutcomeUnknown, Unavailable};
    let body =
        r#"{"error": "Unable to serialize access due to a concurrent update in another session"}"#;
    for (status, operation, kind, retryable) in [
        (400, READ, Unavailable, true),
        (400, CHANGE, Unavailable, true),
        (401, READ, Unavailable, true),
        // A 401 does not tell that the transaction was that of the change.
        (401, CHANGE, OutcomeUnknown, false),
    ] {
        let status = StatusCode::from_u16(status).expect("the status is valid");
        let error = ServerError::new(operation, status, HeaderMap::new(), body.into());
        let error = Error::from(error);
        assert_eq!((error.kind(), error.is_retryable()), (kind, retryable));
    }
}

#[test]
fn refusal_whose_outcome_is_unknown_is_not_retryable() {
    for status in [401, 429, 503] {
        let Error::Server(refusal) = server(CHANGE, status) else {
            panic!("{status} is an error response");
        };
        let error = Error::from(refusal.with_unknown_outcome());
        assert_eq!(error.kind(), ErrorKind::OutcomeUnknown);
        assert!(!error.is_retryable(), "{status}");
        assert_eq!(error.status().map(|found| found.as_u16()), Some(status));
    }
}

#[test]
fn only_a_validation_error_downcasts_and_only_to_its_own_type() {
    let error = mismatch(Some(READ), true);
    let expected = Mismatch {
        operation: Some(READ),
        retryable: true,
    };
    assert_eq!(error.validation::<Mismatch>(), Some(&expected));
    assert_eq!(error.clone().validation::<Mismatch>(), Some(&expected));
    assert!(error.validation::<Other>().is_none());
    for (error, ..) in rows() {
        let is_validation = matches!(error, Error::Validation(_));
        let found =
            error.validation::<Mismatch>().is_some() || error.validation::<Other>().is_some();
        assert_eq!(found, is_validation, "{error:?}");
    }
}

#[test]
fn message_and_source_are_those_of_the_inner_error() {
    let inner = RequestError::new("id", "must not be empty");
    assert_eq!(Error::from(inner.clone()).to_string(), inner.to_string());
    assert!(Error::from(inner).source().is_none());
    let error = Error::from(ConfigurationError::HttpClient(Arc::new(Other)));
    assert_eq!(error.to_string(), "the HTTP client cannot be built");
    let source = error.source().expect("the HTTP client gave an error");
    assert_eq!(source.to_string(), "another check failed");
    assert_eq!(
        mismatch(None, false).to_string(),
        "the response does not match"
    );
}
