//! Connections that fail, break and hang.

use crate::support::{
    Action, OPERATIONS, Server, call, call_expecting_error, registration, truncated,
};
use ory_oidc::error::{ErrorKind, TransportError};
use ory_oidc::operation;
use ory_oidc::operation::Operation;
use ory_oidc::{Client, Error};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::timeout;

/// The limit of a test for a call that must time out by itself.
const TEST_TIMEOUT: Duration = Duration::from_secs(60);

/// Checks the error of a request that was sent and got no complete response.
#[track_caller]
fn check_sent(operation: Operation, error: &Error) -> &TransportError {
    let unknown = error.kind() == ErrorKind::OutcomeUnknown;
    assert_eq!(unknown, !operation.is_safe(), "{operation}");
    assert_eq!(error.is_retryable(), operation.is_safe(), "{operation}");
    assert_eq!(error.operation(), Some(operation));
    let warning = error.to_string().contains("may have processed");
    assert_eq!(warning, !operation.is_safe(), "{operation}: {error}");
    match error {
        Error::Transport(error) => error,
        other => panic!("{operation}: {other:?}"),
    }
}

#[tokio::test]
async fn refused_connection_is_a_retryable_connect_error() {
    let listener = TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a loopback port is free");
    let address = listener.local_addr().expect("a listener has an address");
    drop(listener);
    let client = Client::new(format!("http://{address}")).expect("the URL is valid");
    for operation in OPERATIONS {
        let error = call(&client, operation, &mut registration("c")).await;
        let error = error.expect_err("nothing listens on the port");
        assert_eq!(error.kind(), ErrorKind::Connect, "{operation}");
        assert!(error.is_retryable(), "{operation}");
        assert_eq!(error.status(), None, "{operation}");
        let Error::Transport(error) = error else {
            panic!("{operation}: {error:?}");
        };
        assert!(error.is_connect(), "{operation}");
    }
}

#[tokio::test]
async fn connection_closed_before_the_request_is_read_leaves_the_outcome_of_a_change_unknown() {
    // An update fails at its read, which changes nothing.
    let operations = OPERATIONS.into_iter();
    for operation in operations.filter(|one| *one != operation::UPDATE_REGISTRATION) {
        let server = Server::that_closes_before_reading().await;
        let error = call(&server.client(), operation, &mut registration("c")).await;
        let error = error.expect_err("the server closed");
        check_sent(operation, &error);
    }
}

#[tokio::test]
async fn update_whose_read_fails_changes_nothing() {
    let server = Server::that_closes_before_reading().await;
    let mut registration = registration("c");
    let before = registration.clone();
    let client = server.client();
    let outcome = client.update_registration(&mut registration, |_| ());
    let error = outcome.await.expect_err("the server closed");
    assert_eq!(error.operation(), Some(operation::READ_REGISTRATION));
    assert_eq!(error.kind(), ErrorKind::ConnectionClosed);
    assert!(error.is_retryable());
    assert_eq!(registration, before);
}

#[tokio::test]
async fn connection_closed_after_the_request_is_read_leaves_the_outcome_of_a_change_unknown() {
    for operation in OPERATIONS {
        let (error, server) = call_expecting_error(operation, Action::Close).await;
        check_sent(operation, &error);
        assert_eq!(error.status(), None, "{operation}");
        let sent = server.lines().len();
        let expected = 1 + usize::from(operation == operation::UPDATE_REGISTRATION);
        assert_eq!(sent, expected, "{operation} was repeated");
    }
}

#[tokio::test]
async fn response_that_is_not_http_leaves_the_outcome_of_a_change_unknown() {
    for operation in OPERATIONS {
        let response = Action::RespondAndClose(b"SSH-2.0-OpenSSH_9.9\r\n\r\n".to_vec());
        let (error, _) = call_expecting_error(operation, response).await;
        check_sent(operation, &error);
    }
}

#[tokio::test]
async fn truncated_body_leaves_the_outcome_of_a_change_unknown() {
    for operation in OPERATIONS {
        let (error, _) =
            call_expecting_error(operation, truncated(200, r#"{"client_id": "c""#)).await;
        check_sent(operation, &error);
        assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
    }
}

#[tokio::test]
async fn error_response_is_reported_even_if_its_body_is_truncated() {
    for operation in OPERATIONS {
        let (error, _) = call_expecting_error(operation, truncated(401, r#"{"error": "no""#)).await;
        let Error::Server(error) = error else {
            panic!("{operation}: the status decides, not the body: {error:?}");
        };
        assert_eq!(error.status().as_u16(), 401, "{operation}");
    }
}

#[tokio::test]
async fn call_to_a_server_that_never_responds_times_out() {
    for operation in OPERATIONS {
        let server = Server::for_operation(operation, Action::Stall).await;
        let client = Client::builder(server.url()).timeout(Duration::from_millis(300));
        let client = client.build().expect("the URL is valid");
        let mut registration = registration("c");
        let outcome = timeout(TEST_TIMEOUT, call(&client, operation, &mut registration)).await;
        let outcome = outcome.expect("the call times out by itself");
        let error = outcome.expect_err("the server never responds");
        assert!(check_sent(operation, &error).is_timeout(), "{operation}");
    }
}

#[tokio::test]
async fn call_whose_body_never_completes_times_out() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".to_vec();
    let server = Server::start([Action::Respond(head)]).await;
    let client = Client::builder(server.url()).timeout(Duration::from_millis(300));
    let client = client.build().expect("the URL is valid");
    let outcome = timeout(TEST_TIMEOUT, client.discover()).await;
    let outcome = outcome.expect("the call times out by itself");
    let error = outcome.expect_err("the body never completes");
    assert!(check_sent(operation::DISCOVER, &error).is_timeout());
    assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
}
