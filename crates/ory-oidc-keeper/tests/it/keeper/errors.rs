//! What a program learns from an error.

use super::{FailingStore, keeper, registered, rename, wanted};
use ory_oidc::error::ErrorKind;
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::store::StoreError;
use ory_oidc_keeper::{KeeperError, KeeperErrorKind};
use ory_oidc_mock::{Fault, OryMock};
use std::error::Error as _;
use std::time::Duration;

#[tokio::test]
async fn the_error_of_a_call_answers_for_the_keeper() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    let fault = Fault::answer(429)
        .header("Content-Type", "application/json")
        .header("Retry-After", "7")
        .header("X-Request-Id", "request-1")
        .body(r#"{"error": "slow_down"}"#);
    ory.fail_next(fault.on("GET", "/oauth2/register"));
    let error = keeper.ensure_registered(&wanted()).await;
    let error = error.expect_err("too many requests");
    assert_eq!(error.kind(), KeeperErrorKind::Call(ErrorKind::RateLimited));
    assert!(error.is_retryable());
    assert_eq!(error.status().map(|status| status.as_u16()), Some(429));
    assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
    assert_eq!(error.request_id(), Some("request-1"));
    assert_eq!(
        error.response_body().map(|body| &body[..]),
        Some(&br#"{"error": "slow_down"}"#[..])
    );
    assert_eq!(
        error.call_error().map(ToString::to_string),
        Some(error.to_string())
    );
}

#[tokio::test]
async fn an_unknown_outcome_is_not_retryable_and_its_source_is_the_error_of_the_call() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    ory.fail_next(Fault::drop_connection().on("PUT", "/oauth2/register"));
    let error = keeper
        .update(rename("Renamed"))
        .await
        .expect_err("no reply");
    assert_eq!(error.kind(), KeeperErrorKind::OutcomeUnknown);
    assert!(!error.is_retryable());
    let call = error.call_error().expect("the call failed");
    assert_eq!(call.kind(), ErrorKind::OutcomeUnknown);
    let source = error.source().expect("a source");
    assert_eq!(source.to_string(), call.to_string());
}

#[tokio::test]
async fn an_unknown_outcome_names_what_was_sent_and_what_to_do() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    for (method, shown) in [
        ("POST", "the registration was sent"),
        ("PUT", "the update was sent"),
        ("DELETE", "the deletion was sent"),
    ] {
        ory.fail_next(Fault::drop_connection().on(method, "/oauth2/register"));
        let outcome = match method {
            "POST" => keeper.ensure_registered(&wanted()).await.map(drop),
            "PUT" => keeper.update(rename("Renamed")).await.map(drop),
            _ => keeper.retire().await.map(drop),
        };
        let error = outcome.expect_err("no reply");
        assert_eq!(error.kind(), KeeperErrorKind::OutcomeUnknown);
        assert!(error.to_string().starts_with(shown), "{error}");
        let ensured = keeper.ensure_registered(&wanted()).await;
        ensured.expect("the server answers again");
    }
}

#[tokio::test]
async fn an_error_of_the_store_is_retryable_if_the_store_may_recover() {
    let ory = OryMock::start().await;
    let error = keeper(&ory, FailingStore::after(0))
        .ensure_registered(&wanted())
        .await
        .expect_err("no store");
    assert_eq!(error.kind(), KeeperErrorKind::StoreUnavailable);
    assert!(error.is_retryable());
    let source = error.source().expect("a source");
    assert_eq!(source.to_string(), "the disk is full");

    let damaged = KeeperError::from(StoreError::damaged("row 1", "it is empty"));
    assert_eq!(damaged.kind(), KeeperErrorKind::StoreDamaged);
    assert!(!damaged.is_retryable());
    let refused = KeeperError::from(StoreError::refused("row 1", "it is too large"));
    assert_eq!(refused.kind(), KeeperErrorKind::StoreRefused);
    assert!(!refused.is_retryable());
}

#[test]
fn a_conflict_of_the_store_is_a_conflict_of_the_keeper() {
    let error = KeeperError::from(StoreError::Conflict);
    assert!(matches!(error, KeeperError::Conflict), "{error:?}");
}

#[test]
fn only_conflicts_and_busy_registrations_are_retryable_without_a_call() {
    for (error, kind, is_retryable) in [
        (KeeperError::Conflict, KeeperErrorKind::Conflict, true),
        (KeeperError::Busy, KeeperErrorKind::Busy, true),
        (
            KeeperError::NotRegistered,
            KeeperErrorKind::NotRegistered,
            false,
        ),
        (
            KeeperError::Interrupted { method: "update" },
            KeeperErrorKind::OutcomeUnknown,
            false,
        ),
        (
            KeeperError::OtherClientStored,
            KeeperErrorKind::OtherClientStored,
            false,
        ),
        (
            KeeperError::RecoveryNeeded,
            KeeperErrorKind::RecoveryNeeded,
            false,
        ),
        (KeeperError::KeyLost, KeeperErrorKind::KeyLost, false),
        (
            KeeperError::ClientDeleted,
            KeeperErrorKind::ClientDeleted,
            false,
        ),
        (
            KeeperError::SecretRejected,
            KeeperErrorKind::SecretRejected,
            false,
        ),
    ] {
        let error = error.clone();
        assert_eq!(error.kind(), kind);
        assert_eq!(error.is_retryable(), is_retryable, "{error:?}");
        assert_eq!(error.status(), None);
        assert_eq!(error.retry_after(), None);
        assert_eq!(error.request_id(), None);
        assert_eq!(error.response_body(), None);
    }
}

#[tokio::test]
async fn an_error_that_holds_a_registration_is_not_retryable() {
    let ory = OryMock::start().await;
    let error = keeper(&ory, FailingStore::after(1))
        .ensure_registered(&wanted())
        .await
        .expect_err("no store");
    let error = error.clone();
    assert_eq!(error.kind(), KeeperErrorKind::NotSaved);
    assert!(!error.is_retryable());
    let source = error.source().expect("a source");
    assert_eq!(
        source.to_string(),
        "registration store unavailable: test store"
    );
}
