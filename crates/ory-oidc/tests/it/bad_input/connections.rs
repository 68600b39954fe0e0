//! Connections that fail, break and hang.

use crate::support::{Act, OPERATIONS, Server, call, cut, fail, registration};
use ory_oidc::error::{ErrorKind, TransportError};
use ory_oidc::operation;
use ory_oidc::operation::Operation;
use ory_oidc::{Client, Error};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::time::timeout;

/// Only a call that is never given up takes this long.
const FOREVER: Duration = Duration::from_secs(60);

/// What a program must be told when a request was sent and no whole answer came.
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
async fn a_refused_connection_left_nothing_undone_and_may_be_tried_again() {
    let listener = TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a port of this machine is free");
    let address = listener.local_addr().expect("a listener has an address");
    drop(listener);
    let client = Client::new(format!("http://{address}")).expect("the URL is fine");
    for operation in OPERATIONS {
        let error = call(&client, operation, &mut registration("c")).await;
        let error = error.expect_err("nobody listens");
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
async fn a_server_that_closes_before_it_reads_leaves_a_change_in_doubt() {
    // An update stops at its read, which changes nothing.
    let operations = OPERATIONS.into_iter();
    for operation in operations.filter(|one| *one != operation::UPDATE_REGISTRATION) {
        let server = Server::that_closes_at_once().await;
        let error = call(&server.client(), operation, &mut registration("c")).await;
        let error = error.expect_err("the server closed");
        check_sent(operation, &error);
    }
}

#[tokio::test]
async fn an_update_whose_read_broke_changed_nothing() {
    let server = Server::that_closes_at_once().await;
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
async fn a_server_that_closes_after_it_read_leaves_a_change_in_doubt() {
    for operation in OPERATIONS {
        let (error, server) = fail(operation, Act::Close).await;
        check_sent(operation, &error);
        assert_eq!(error.status(), None, "{operation}");
        let sent = server.lines().len();
        let expected = 1 + usize::from(operation == operation::UPDATE_REGISTRATION);
        assert_eq!(sent, expected, "{operation} was repeated");
    }
}

#[tokio::test]
async fn an_answer_that_is_no_http_leaves_a_change_in_doubt() {
    for operation in OPERATIONS {
        let answer = Act::Last(b"SSH-2.0-OpenSSH_9.9\r\n\r\n".to_vec());
        let (error, _) = fail(operation, answer).await;
        check_sent(operation, &error);
    }
}

#[tokio::test]
async fn a_body_that_is_cut_short_leaves_a_change_in_doubt() {
    for operation in OPERATIONS {
        let (error, _) = fail(operation, cut(200, r#"{"client_id": "c""#)).await;
        check_sent(operation, &error);
        assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
    }
}

#[tokio::test]
async fn a_refusal_is_one_even_if_its_body_is_cut_short() {
    for operation in OPERATIONS {
        let (error, _) = fail(operation, cut(401, r#"{"error": "no""#)).await;
        let Error::Server(error) = error else {
            panic!("{operation}: the status decides, not the body: {error:?}");
        };
        assert_eq!(error.status().as_u16(), 401, "{operation}");
    }
}

#[tokio::test]
async fn a_server_that_never_answers_is_given_up() {
    for operation in OPERATIONS {
        let server = Server::before(operation, Act::Stall).await;
        let client = Client::builder(server.url()).timeout(Duration::from_millis(300));
        let client = client.build().expect("the URL is fine");
        let mut registration = registration("c");
        let outcome = timeout(FOREVER, call(&client, operation, &mut registration)).await;
        let outcome = outcome.expect("the call waits forever");
        let error = outcome.expect_err("the server never answers");
        assert!(check_sent(operation, &error).is_timeout(), "{operation}");
    }
}

#[tokio::test]
async fn a_body_that_never_ends_in_time_is_given_up() {
    let head = b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{".to_vec();
    let server = Server::start([Act::Answer(head)]).await;
    let client = Client::builder(server.url()).timeout(Duration::from_millis(300));
    let client = client.build().expect("the URL is fine");
    let outcome = timeout(FOREVER, client.discover()).await;
    let outcome = outcome.expect("the call waits forever");
    let error = outcome.expect_err("the body never ends");
    assert!(check_sent(operation::DISCOVER, &error).is_timeout());
    assert_eq!(error.status().map(|status| status.as_u16()), Some(200));
}
