//! Updates that break, and the end of a registration.

use super::{FailingStore, client, keeper, rename, wanted};
use ory_oidc::{
    Action, Client, ClientSecret, Content, Error, KeeperError, MemoryStore, Recovery,
    RegistrationAccessToken, RegistrationStore, Retirement, StoreError,
};
use ory_oidc_mock::{Fault, OryMock};
use std::time::Duration;

#[tokio::test]
async fn the_new_token_is_stored_before_the_update_returns() {
    let ory = OryMock::start().await;
    let store = MemoryStore::new();
    let keeper = keeper(&ory, store.clone());
    let before = keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    let updated = keeper.update(rename("Renamed")).await.expect("an update");
    assert_ne!(
        updated.registration_access_token(),
        before.registration().registration_access_token()
    );
    let mut stored = super::keeper(&ory, store)
        .stored()
        .await
        .expect("a look")
        .expect("an entry");
    assert_eq!(
        stored.registration_access_token(),
        updated.registration_access_token()
    );
    assert_eq!(
        stored.client_secret(),
        before.registration().client_secret()
    );
    client(ory.url())
        .read_registration(&mut stored)
        .await
        .expect("it works");
}

#[tokio::test]
async fn an_update_that_never_arrived_is_found_not_applied() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    ory.fail_next(Fault::drop_connection().on("PUT", "/oauth2/register"));
    let error = keeper
        .update(rename("Renamed"))
        .await
        .expect_err("no answer");
    assert!(
        matches!(error, KeeperError::OutcomeUnknown { .. }),
        "{error:?}"
    );
    let stored = keeper
        .stored()
        .await
        .expect_err("nobody may take the token for good");
    assert!(matches!(stored, KeeperError::RecoveryNeeded), "{stored:?}");
    let recovery = keeper.recover().await.expect("an answer");
    assert!(
        matches!(recovery, Recovery::Recovered { applied: false, .. }),
        "{recovery:?}"
    );
    keeper
        .update(rename("Renamed"))
        .await
        .expect("the token works");
}

#[tokio::test]
async fn an_update_whose_answer_was_lost_is_found_locked_out() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    ory.fail_next(
        Fault::drop_connection()
            .after_handling()
            .on("PUT", "/oauth2/register"),
    );
    keeper
        .update(rename("Renamed"))
        .await
        .expect_err("no answer");
    let recovery = keeper.recover().await.expect("an answer");
    assert!(matches!(recovery, Recovery::LockedOut), "{recovery:?}");
    let stored = keeper.stored().await.expect_err("the token is dead");
    assert!(matches!(stored, KeeperError::LockedOut), "{stored:?}");
    let update = keeper
        .update(rename("Again"))
        .await
        .expect_err("the token is dead");
    assert!(matches!(update, KeeperError::LockedOut), "{update:?}");
    let ensured = keeper
        .ensure_registered(&wanted())
        .await
        .expect("a new one");
    assert_eq!(ensured.action(), Action::Replaced);
}

#[tokio::test]
async fn a_server_that_does_not_rotate_shows_that_the_update_was_applied() {
    let ory = OryMock::builder()
        .rotate_registration_tokens(false)
        .start()
        .await;
    let keeper = keeper(&ory, MemoryStore::new());
    keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    ory.fail_next(
        Fault::drop_connection()
            .after_handling()
            .on("PUT", "/oauth2/register"),
    );
    keeper
        .update(rename("Renamed"))
        .await
        .expect_err("no answer");
    let recovery = keeper.recover().await.expect("an answer");
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
async fn ensuring_recovers_by_itself() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    let first = keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    ory.fail_next(Fault::drop_connection().on("PUT", "/oauth2/register"));
    keeper
        .update(rename("Renamed"))
        .await
        .expect_err("no answer");
    let ensured = keeper
        .ensure_registered(&wanted())
        .await
        .expect("recovered");
    assert_eq!(ensured.action(), Action::Reused);
    assert_eq!(
        ensured.registration().client_id(),
        first.registration().client_id()
    );
}

#[tokio::test]
async fn a_refused_update_keeps_token_and_store() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    let before = keeper.stored().await.expect("a look").expect("an entry");
    let refused = keeper
        .update(|m| m.set_redirect_uris(["https://app.example/#f"]))
        .await;
    assert!(
        matches!(refused, Err(KeeperError::Server(Error::Server(_)))),
        "{refused:?}"
    );
    let after = keeper.stored().await.expect("a look").expect("an entry");
    assert_eq!(
        after.registration_access_token(),
        before.registration_access_token()
    );
    assert_eq!(after.differences(&wanted()), before.differences(&wanted()));
    keeper
        .update(rename("Renamed"))
        .await
        .expect("the token works");
}

#[tokio::test]
async fn an_unreadable_answer_leaves_the_outcome_open() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
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
        let error = keeper
            .update(rename("Renamed"))
            .await
            .expect_err("unreadable");
        assert!(
            matches!(error, KeeperError::OutcomeUnknown { .. }),
            "{body}: {error:?}"
        );
        let recovery = keeper.recover().await.expect("an answer");
        assert!(
            matches!(recovery, Recovery::Recovered { applied: false, .. }),
            "{recovery:?}"
        );
    }
}

#[tokio::test]
async fn an_update_that_cannot_be_saved_is_in_the_error() {
    let ory = OryMock::start().await;
    // Registering writes twice; the update's first write says that it is on its way.
    let keeper = keeper(&ory, FailingStore::after(3));
    keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    let error = keeper
        .update(rename("Renamed"))
        .await
        .expect_err("not saved");
    let KeeperError::NotSaved {
        mut registration,
        source,
    } = error
    else {
        panic!("{error:?}")
    };
    assert!(matches!(*source, KeeperError::Store(_)), "{source:?}");
    client(ory.url())
        .read_registration(&mut registration)
        .await
        .expect("nothing is lost");
    let stored = keeper
        .stored()
        .await
        .expect_err("the store knows that it does not know");
    assert!(matches!(stored, KeeperError::RecoveryNeeded), "{stored:?}");
}

#[tokio::test]
async fn an_update_that_cannot_be_announced_is_not_sent() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, FailingStore::after(2));
    keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    let error = keeper
        .update(rename("Renamed"))
        .await
        .expect_err("no store");
    assert!(matches!(error, KeeperError::Store(_)), "{error:?}");
    let id = ory.registered_clients().remove(0);
    assert_eq!(
        ory.requests_to("PUT", &format!("/oauth2/register/{id}"))
            .len(),
        0
    );
}

#[tokio::test]
async fn the_slower_of_two_updates_is_told_and_sends_nothing() {
    let ory = OryMock::start().await;
    let store = MemoryStore::new();
    let (one, other) = (keeper(&ory, store.clone()), keeper(&ory, store));
    one.ensure_registered(&wanted()).await.expect("registered");
    ory.fail_next(Fault::delay(Duration::from_millis(300)).on("PUT", "/oauth2/register"));
    let first = tokio::spawn(async move { one.update(rename("One")).await });
    let id = ory.registered_clients().remove(0);
    while ory
        .requests_to("PUT", &format!("/oauth2/register/{id}"))
        .is_empty()
    {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let error = other
        .update(rename("Other"))
        .await
        .expect_err("somebody is at it");
    assert!(matches!(error, KeeperError::Conflict), "{error:?}");
    first
        .await
        .expect("no panic")
        .expect("the first one's update");
    let granted = other
        .stored()
        .await
        .expect("a look")
        .expect("an entry")
        .granted()
        .clone();
    assert_eq!(granted.client_name.as_deref(), Some("One"));
    assert_eq!(
        ory.requests_to("PUT", &format!("/oauth2/register/{id}"))
            .len(),
        1
    );
}

#[tokio::test]
async fn a_live_update_of_somebody_else_is_not_recovered() {
    let ory = OryMock::start().await;
    let store = MemoryStore::new();
    let (one, other) = (keeper(&ory, store.clone()), keeper(&ory, store));
    one.ensure_registered(&wanted()).await.expect("registered");
    ory.fail_next(Fault::drop_connection().on("PUT", "/oauth2/register"));
    one.update(rename("One")).await.expect_err("no answer");
    let error = other
        .recover()
        .await
        .expect_err("it is not the other's, and not old");
    assert!(matches!(error, KeeperError::Conflict), "{error:?}");
    let recovery = other
        .lease(Duration::ZERO)
        .recover()
        .await
        .expect("an answer");
    assert!(
        matches!(recovery, Recovery::Recovered { applied: false, .. }),
        "{recovery:?}"
    );
}

#[tokio::test]
async fn retiring_deletes_at_the_server_and_then_in_the_store() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    assert_eq!(
        keeper.retire().await.expect("nothing to do"),
        Retirement::NotRegistered
    );
    keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    ory.fail_next(Fault::answer(503).on("DELETE", "/oauth2/register"));
    keeper.retire().await.expect_err("the server is away");
    assert!(
        keeper.stored().await.expect("a look").is_some(),
        "the key must not be thrown away"
    );
    assert_eq!(keeper.retire().await.expect("deleted"), Retirement::Deleted);
    assert_eq!(keeper.stored().await.expect("a look"), None);
    assert_eq!(ory.registered_clients(), Vec::<String>::new());
}

#[tokio::test]
async fn retiring_tells_a_client_that_is_gone_from_a_token_that_is_dead() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    let ensured = keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    ory.delete_client(ensured.registration().client_id());
    assert_eq!(
        keeper.retire().await.expect("gone"),
        Retirement::AlreadyGone
    );
    assert_eq!(keeper.stored().await.expect("a look"), None);

    keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    ory.fail_next(
        Fault::drop_connection()
            .after_handling()
            .on("PUT", "/oauth2/register"),
    );
    keeper
        .update(rename("Renamed"))
        .await
        .expect_err("no answer");
    keeper.recover().await.expect("locked out");
    assert_eq!(
        keeper.retire().await.expect("an answer"),
        Retirement::TokenDead
    );
    keeper.forget().await.expect("dropped");
    assert_eq!(keeper.stored().await.expect("a look"), None);
}

#[tokio::test]
async fn a_registration_that_was_not_saved_can_be_adopted() {
    let ory = OryMock::start().await;
    let store = FailingStore::after(3);
    let keeper = keeper(&ory, store.clone());
    keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    let error = keeper
        .update(rename("Renamed"))
        .await
        .expect_err("not saved");
    let KeeperError::NotSaved { registration, .. } = error else {
        panic!("{error:?}")
    };
    store.mend();
    keeper
        .adopt(*registration.clone())
        .await
        .expect("the store is back");
    let stored = keeper.stored().await.expect("a look").expect("an entry");
    assert_eq!(
        stored.registration_access_token(),
        registration.registration_access_token()
    );
    let ensured = keeper
        .ensure_registered(&wanted())
        .await
        .expect("the same client");
    assert_eq!(ensured.action(), Action::Updated);
}

#[tokio::test]
async fn a_registration_of_another_client_is_not_adopted() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    let other = client(ory.url())
        .register(&wanted())
        .await
        .expect("another client");
    keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    let error = keeper.adopt(other).await.expect_err("there is one already");
    assert!(matches!(error, KeeperError::Conflict), "{error:?}");
}

#[tokio::test]
async fn recovery_waits_for_an_update_that_may_still_be_on_its_way() {
    let ory = OryMock::start().await;
    let impatient = Client::builder(ory.url())
        .timeout(Duration::from_millis(100))
        .build();
    let keeper = impatient
        .expect("a client")
        .keeper(MemoryStore::new(), super::NAME);
    let keeper = keeper.settling(Duration::from_secs(1));
    keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    // The server does it at once, and the answer comes too late.
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
    let begun = std::time::Instant::now();
    let recovery = keeper.recover().await.expect("an answer");
    assert!(matches!(recovery, Recovery::LockedOut), "{recovery:?}");
    assert!(
        begun.elapsed() >= Duration::from_secs(1),
        "it asked too early"
    );
}

#[tokio::test]
async fn a_caller_that_goes_away_does_not_lose_the_new_token() {
    let ory = OryMock::start().await;
    let keeper = keeper(&ory, MemoryStore::new());
    keeper
        .ensure_registered(&wanted())
        .await
        .expect("registered");
    let slow = Fault::delay(Duration::from_millis(200)).on("PUT", "/oauth2/register");
    ory.fail_next(slow);
    let impatient = keeper.update(rename("Renamed"));
    tokio::time::timeout(Duration::from_millis(50), impatient)
        .await
        .expect_err("too slow");
    // The next change waits for the one that is on its way.
    let updated = keeper
        .update(ory_oidc::ClientMetadata::remove_contacts)
        .await;
    let updated = updated.expect("the new token is there");
    assert_eq!(updated.granted().client_name.as_deref(), Some("Renamed"));
}

#[tokio::test]
async fn a_token_that_somebody_else_just_replaced_is_a_lost_race() {
    let ory = OryMock::start().await;
    let store = MemoryStore::new();
    let (one, other) = (keeper(&ory, store.clone()), keeper(&ory, store));
    one.ensure_registered(&wanted()).await.expect("registered");
    ory.fail_next(Fault::delay(Duration::from_millis(300)).on("GET", "/oauth2/register"));
    let path = format!("/oauth2/register/{}", ory.registered_clients().remove(0));
    let late = tokio::spawn(async move { one.update(rename("Late")).await });
    while ory.requests_to("GET", &path).is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    other.update(rename("Early")).await.expect("an update");
    let error = late.await.expect("no panic").expect_err("too late");
    assert!(matches!(error, KeeperError::Conflict), "{error:?}");
}

#[tokio::test]
async fn a_record_of_version_0_1_stays_readable() {
    let (ory, store) = (OryMock::start().await, MemoryStore::new());
    let keeper = keeper(&ory, store.clone());
    let content = Content::new(include_str!("../../fixtures/record-0.1.json"));
    store
        .save(keeper.key(), None, &content)
        .await
        .expect("an entry");
    let stored = keeper.stored().await.expect("a look").expect("an entry");
    assert_eq!(stored.client_id(), "example-client");
    assert_eq!(
        stored.client_secret().map(ClientSecret::expose),
        Some("EXAMPLE-SECRET")
    );
    let token = stored
        .registration_access_token()
        .map(RegistrationAccessToken::expose);
    assert_eq!(token, Some("ory_at_EXAMPLE"));
    assert_eq!(stored.granted().client_name.as_deref(), Some("My app"));
}

#[tokio::test]
async fn a_record_of_a_later_version_is_refused_and_left_alone() {
    let (ory, store) = (OryMock::start().await, MemoryStore::new());
    let keeper = keeper(&ory, store.clone());
    let later = include_str!("../../fixtures/record-0.1.json").replacen(": 1,", ": 2,", 1);
    for damaged in [later.as_str(), "", "{}", "[]", "{\"format\": 1"] {
        let content = Content::new(damaged);
        let version = store
            .save(keeper.key(), None, &content)
            .await
            .expect("an entry");
        let error = keeper
            .ensure_registered(&wanted())
            .await
            .expect_err("not readable");
        let damage = matches!(error, KeeperError::Store(StoreError::Damaged { .. }));
        assert!(damage, "{damaged}: {error:?}");
        let entry = store
            .load(keeper.key())
            .await
            .expect("a look")
            .expect("an entry");
        assert_eq!(entry.content, content);
        store
            .clear(keeper.key(), version)
            .await
            .expect("the end of it");
    }
    assert_eq!(ory.requests().len(), 0);
}
