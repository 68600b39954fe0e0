//! A server in trouble refuses tokens that work: Ory Hydra returns 401 while its database is
//! unavailable.

use super::{keeper, registered, wanted};
use ory_oidc::error::ErrorKind;
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::{Action, Keeper, KeeperError, KeeperErrorKind, Recovery, Retirement};
use ory_oidc_mock::{Fault, OryMock};

const DISCOVERY: &str = "/.well-known/openid-configuration";
const REGISTRATION: &str = "/oauth2/register";

/// Refuses every token, and returns no metadata.
fn start_outage(ory: &OryMock) {
    for method in ["GET", "DELETE"] {
        let refused = Fault::answer(401).body(r#"{"error": "request_unauthorized"}"#);
        ory.fail_next(refused.on(method, REGISTRATION).times(1));
    }
    ory.fail_next(Fault::answer(500).on("GET", DISCOVERY).times(1));
}

#[track_caller]
fn check_retryable<T: std::fmt::Debug>(result: Result<T, KeeperError>) {
    let error = result.expect_err("the server is in trouble");
    let unavailable = KeeperErrorKind::Call(ErrorKind::Unavailable);
    assert_eq!(error.kind(), unavailable, "{error:?}");
    assert!(error.is_retryable());
}

/// Checks that the client is the only one, and still in use.
async fn check_kept(ory: &OryMock, keeper: &Keeper, client_id: &str) {
    let ensured = keeper.ensure_registered(&wanted()).await;
    let ensured = ensured.expect("the server is available again");
    assert_eq!(ensured.action(), Action::Reused);
    assert_eq!(ensured.registration().client_id(), client_id);
    assert_eq!(ory.registered_clients(), [client_id]);
}

#[tokio::test]
async fn an_outage_during_ensure_registered_replaces_nothing() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    let id = ory.registered_clients().remove(0);
    start_outage(&ory);
    check_retryable(keeper.ensure_registered(&wanted()).await);
    check_kept(&ory, &keeper, &id).await;
}

#[tokio::test]
async fn an_outage_during_recover_locks_nobody_out() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    let id = ory.registered_clients().remove(0);
    start_outage(&ory);
    check_retryable(keeper.recover().await);
    let recovery = keeper
        .recover()
        .await
        .expect("the server is available again");
    assert!(
        matches!(recovery, Recovery::NotNeeded { .. }),
        "{recovery:?}"
    );
    check_kept(&ory, &keeper, &id).await;
}

#[tokio::test]
async fn an_outage_during_retire_does_not_empty_the_store() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    start_outage(&ory);
    check_retryable(keeper.retire().await);
    let retirement = keeper
        .retire()
        .await
        .expect("the server is available again");
    assert_eq!(retirement, Retirement::Deleted);
}

#[tokio::test]
async fn one_refusal_is_not_evidence() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    let first = keeper.ensure_registered(&wanted()).await;
    let first = first.expect("registered").into_registration();
    ory.fail_next(Fault::answer(401).on("GET", REGISTRATION).times(1));
    check_kept(&ory, &keeper, first.client_id()).await;
}
