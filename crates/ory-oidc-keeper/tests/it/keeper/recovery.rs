//! Updates whose outcome is unknown.

use super::{NAME, builder, keeper, lose_reply, registered, rename, wanted};
use ory_oidc::Client;
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::{Action, Keeper, KeeperError, Recovery};
use ory_oidc_mock::{Fault, OryMock};
use std::time::{Duration, Instant};

/// Checks that the token from before the update works, and that the update was not applied.
async fn check_not_applied(keeper: &Keeper) {
    let recovery = keeper.recover().await.expect("the server answers");
    let not_applied = matches!(recovery, Recovery::Recovered { applied: false, .. });
    assert!(not_applied, "{recovery:?}");
}

#[tokio::test]
async fn an_update_that_never_arrived_is_recovered_as_not_applied() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    ory.fail_next(Fault::drop_connection().on("PUT", "/oauth2/register"));
    let error = keeper
        .update(rename("Renamed"))
        .await
        .expect_err("no reply");
    assert!(
        matches!(error, KeeperError::OutcomeUnknown { .. }),
        "{error:?}"
    );
    let stored = keeper.stored().await.expect_err("the token may be dead");
    assert!(matches!(stored, KeeperError::RecoveryNeeded), "{stored:?}");
    check_not_applied(&keeper).await;
    keeper
        .update(rename("Renamed"))
        .await
        .expect("the token works");
}

#[tokio::test]
async fn an_update_whose_reply_was_lost_costs_the_key_and_not_the_client() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    let ids = ory.registered_clients();
    lose_reply(&ory, &keeper).await;
    let recovery = keeper.recover().await.expect("the server answers");
    let lost = matches!(recovery, Recovery::KeyLost { .. });
    assert!(lost, "{recovery:?}");
    let stored = keeper.stored().await.expect_err("the token is dead");
    assert!(matches!(stored, KeeperError::KeyLost), "{stored:?}");
    let update = keeper.update(rename("Again")).await;
    let update = update.expect_err("the token is dead");
    assert!(matches!(update, KeeperError::KeyLost), "{update:?}");
    for wanted in [wanted(), wanted().client_name("Renamed")] {
        let ensured = keeper.ensure_registered(&wanted).await;
        let ensured = ensured.expect("as last known, or as last attempted");
        assert_eq!(ensured.action(), Action::KeyLost);
    }
    let other = wanted().client_name("Another name");
    let error = keeper.ensure_registered(&other).await;
    let error = error.expect_err("an update is needed");
    assert!(matches!(error, KeeperError::KeyLost), "{error:?}");
    assert_eq!(ory.registered_clients(), ids);
}

#[tokio::test]
async fn a_lost_key_is_not_final() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    for _ in 0..3 {
        let refused = Fault::answer(401).on("GET", "/oauth2/register");
        ory.fail_next(refused.until_cleared());
        let recovery = keeper.recover().await.expect("the server answers");
        let lost = matches!(recovery, Recovery::KeyLost { .. });
        assert!(lost, "{recovery:?}");
        ory.clear_faults();
        let recovery = keeper.recover().await.expect("the server answers");
        let works = matches!(recovery, Recovery::NotNeeded { .. });
        assert!(works, "{recovery:?}");
        keeper.stored().await.expect("the token works");
    }
}

#[tokio::test]
async fn a_server_that_keeps_tokens_shows_that_the_update_was_applied() {
    let ory = OryMock::builder()
        .rotate_registration_tokens(false)
        .start()
        .await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    lose_reply(&ory, &keeper).await;
    let recovery = keeper.recover().await.expect("the server answers");
    let Recovery::Recovered {
        applied: true,
        registration,
    } = recovery
    else {
        panic!("{recovery:?}")
    };
    assert_eq!(
        registration.granted().client_name.as_deref(),
        Some("Renamed")
    );
}

#[tokio::test]
async fn ensure_registered_recovers_first() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    let ids = ory.registered_clients();
    ory.fail_next(Fault::drop_connection().on("PUT", "/oauth2/register"));
    keeper
        .update(rename("Renamed"))
        .await
        .expect_err("no reply");
    let ensured = keeper.ensure_registered(&wanted()).await;
    let ensured = ensured.expect("recovered");
    assert_eq!(ensured.action(), Action::Reused);
    assert_eq!(ids, [ensured.registration().client_id()]);
}

#[tokio::test]
async fn a_reply_that_cannot_be_read_leaves_the_outcome_unknown() {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    for body in [
        "",
        "<html>",
        r#"{"client_id": 5}"#,
        r#"{"client_id": "another"}"#,
    ] {
        let fault = Fault::answer(200)
            .header("Content-Type", "application/json")
            .body(body);
        ory.fail_next(fault.on("PUT", "/oauth2/register"));
        let error = keeper.update(rename("Renamed")).await;
        let error = error.expect_err("not readable");
        assert!(
            matches!(error, KeeperError::OutcomeUnknown { .. }),
            "{body}: {error:?}"
        );
        check_not_applied(&keeper).await;
    }
}

#[tokio::test]
async fn an_update_of_another_keeper_is_not_recovered_before_its_lease_expires() {
    let ory = OryMock::start().await;
    let store = MemoryStore::new();
    let one = registered(&ory, store.clone()).await;
    ory.fail_next(Fault::drop_connection().on("PUT", "/oauth2/register"));
    one.update(rename("One")).await.expect_err("no reply");
    let error = keeper(&ory, store.clone()).recover().await;
    let error = error.expect_err("the lease has not expired");
    assert!(matches!(error, KeeperError::Conflict), "{error:?}");
    let expired = builder(&ory, store).lease(Duration::ZERO).build();
    check_not_applied(&expired).await;
}

#[tokio::test]
async fn recovery_waits_for_an_update_that_may_still_be_on_its_way() {
    const SETTLING_TIME: Duration = Duration::from_secs(1);
    let ory = OryMock::start().await;
    let impatient = Client::builder(ory.url())
        .timeout(Duration::from_millis(100))
        .build()
        .expect("a client");
    let keeper = Keeper::builder(impatient, MemoryStore::new(), NAME)
        .settling_time(SETTLING_TIME)
        .confirmation_interval(Duration::ZERO)
        .build();
    keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    // The server applies the update at once, and replies too late.
    let late = Fault::delay(Duration::from_millis(300)).after_handling();
    ory.fail_next(late.on("PUT", "/oauth2/register"));
    let error = keeper
        .update(rename("Renamed"))
        .await
        .expect_err("too slow");
    assert!(
        matches!(error, KeeperError::OutcomeUnknown { .. }),
        "{error:?}"
    );
    let started = Instant::now();
    let recovery = keeper.recover().await.expect("the server answers");
    let lost = matches!(recovery, Recovery::KeyLost { .. });
    assert!(lost, "{recovery:?}");
    assert!(started.elapsed() >= SETTLING_TIME, "it read too early");
}
