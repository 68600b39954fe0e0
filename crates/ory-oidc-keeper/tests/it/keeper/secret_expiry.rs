//! Client secrets that expire.

use super::{builder, change_record, wanted};
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::{Action, Keeper};
use ory_oidc_mock::{Fault, OryMock};
use serde_json::{Value, json};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const HOUR: u64 = 60 * 60;

/// Seconds since 1970, some seconds from now.
fn in_seconds(seconds: i64) -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.expect("the clock is right").as_secs();
    now.cast_signed() + seconds
}

/// A server whose secrets expire: the mock server with a changed reply.
async fn registered(ory: &OryMock, expires_at: impl Into<Value>, margin: u64) -> Keeper {
    let keeper = builder(ory, MemoryStore::new())
        .secret_renewal_margin(Duration::from_secs(margin))
        .build();
    answer(ory, "POST", 201, "first", expires_at);
    keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    keeper
}

/// Answers the next request with a registration whose secret expires.
fn answer(ory: &OryMock, method: &str, status: u16, secret: &str, expires_at: impl Into<Value>) {
    let mut members = json!({
        "client_id": "expiring",
        "registration_access_token": format!("token of {method}").replace(' ', "-"),
        "client_secret_expires_at": expires_at.into(),
    });
    let object = members.as_object_mut().expect("an object");
    object.extend(wanted().to_members());
    if method != "GET" {
        object.insert("client_secret".to_owned(), Value::from(secret));
    }
    let fault = Fault::answer(status).header("Content-Type", "application/json");
    ory.fail_next(
        fault
            .body(members.to_string())
            .on(method, "/oauth2/register"),
    );
}

#[tokio::test]
async fn a_secret_is_renewed_before_it_expires() {
    let ory = OryMock::start().await;
    // Expired, expiring soon, and expiring in the second half of its life only.
    for (expires_at, renews) in [(in_seconds(-5), true), (in_seconds(1), true)] {
        let keeper = registered(&ory, expires_at, HOUR).await;
        tokio::time::sleep(Duration::from_millis(600)).await;
        let later = in_seconds(48 * 3600);
        answer(&ory, "GET", 200, "", expires_at);
        answer(&ory, "PUT", 200, "second", later);
        let ensured = keeper.ensure_registered(&wanted()).await.expect("renewed");
        assert_eq!(ensured.action() == Action::Updated, renews);
        assert!(!ensured.secret_needs_renewal());
        let secret = ensured.registration().client_secret().expect("a secret");
        assert_eq!(secret.expose(), "second");
        answer(&ory, "GET", 200, "", later);
        let ensured = keeper.ensure_registered(&wanted()).await.expect("reused");
        assert_eq!(ensured.action(), Action::Reused);
    }
}

#[tokio::test]
async fn a_secret_is_not_renewed_in_the_first_half_of_its_life() {
    let ory = OryMock::start().await;
    let expires_at = in_seconds(3600);
    let keeper = registered(&ory, expires_at, 24 * HOUR).await;
    answer(&ory, "GET", 200, "", expires_at);
    let ensured = keeper.ensure_registered(&wanted()).await.expect("reused");
    assert_eq!(ensured.action(), Action::Reused);
    assert!(!ensured.secret_needs_renewal());
}

#[tokio::test]
async fn a_server_that_does_not_renew_is_asked_once_and_the_caller_is_told() {
    let ory = OryMock::start().await;
    let expires_at = in_seconds(-5);
    let keeper = registered(&ory, expires_at, HOUR).await;
    answer(&ory, "GET", 200, "", expires_at);
    answer(&ory, "PUT", 200, "first", expires_at);
    let ensured = keeper.ensure_registered(&wanted()).await.expect("updated");
    assert_eq!(ensured.action(), Action::Updated);
    assert!(ensured.secret_needs_renewal());
    answer(&ory, "GET", 200, "", expires_at);
    let ensured = keeper.ensure_registered(&wanted()).await.expect("reused");
    assert_eq!(ensured.action(), Action::Reused);
    assert!(ensured.secret_needs_renewal());
}

#[tokio::test]
async fn a_server_whose_secrets_have_always_expired_is_asked_once() {
    let ory = OryMock::start().await;
    // For example, a server that sends the lifetime instead of the time.
    for (first, renewed) in [(in_seconds(-50), in_seconds(-40)), (3600, 3601), (-2, -1)] {
        let keeper = registered(&ory, first, HOUR).await;
        answer(&ory, "GET", 200, "", first);
        answer(&ory, "PUT", 200, "second", renewed);
        let ensured = keeper.ensure_registered(&wanted()).await.expect("updated");
        assert_eq!(ensured.action(), Action::Updated);
        assert!(ensured.secret_needs_renewal());
        answer(&ory, "GET", 200, "", renewed);
        let ensured = keeper.ensure_registered(&wanted()).await.expect("reused");
        assert_eq!(ensured.action(), Action::Reused, "{renewed}");
        assert!(ensured.secret_needs_renewal());
    }
}

#[tokio::test]
async fn a_secret_that_arrived_while_the_clock_was_wrong_is_renewed() {
    let (ory, store) = (OryMock::start().await, MemoryStore::new());
    for since in [0, u64::MAX, 4_000_000_000_000] {
        let keeper = builder(&ory, store.clone()).build();
        let expires_at = in_seconds(60);
        answer(&ory, "POST", 201, "first", expires_at);
        let ensured = keeper.ensure_registered(&wanted()).await;
        ensured.expect("registered");
        change_record(&keeper, &store, |record| {
            record["secret_since"] = since.into();
        })
        .await;
        answer(&ory, "GET", 200, "", expires_at);
        answer(&ory, "PUT", 200, "second", in_seconds(48 * 3600));
        let ensured = keeper.ensure_registered(&wanted()).await.expect("renewed");
        assert_eq!(ensured.action(), Action::Updated, "{since}");
        keeper.discard_local().await.expect("discarded");
    }
}

#[tokio::test]
async fn a_secret_without_an_expiry_or_with_a_distant_one_is_never_renewed() {
    let ory = OryMock::start().await;
    let in_milliseconds = 1000 * in_seconds(3600);
    for expires_at in [
        json!(0),
        json!("0"),
        json!(null),
        json!(0.5),
        json!(in_milliseconds),
        json!(i64::MAX),
        json!(u64::MAX),
    ] {
        let keeper = registered(&ory, expires_at.clone(), HOUR).await;
        answer(&ory, "GET", 200, "", expires_at.clone());
        let ensured = keeper.ensure_registered(&wanted()).await.expect("reused");
        assert_eq!(ensured.action(), Action::Reused, "{expires_at}");
        assert!(!ensured.secret_needs_renewal(), "{expires_at}");
    }
}
