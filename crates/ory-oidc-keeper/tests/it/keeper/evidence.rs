//! What the keeper concludes from the responses to a token that is refused.

use super::{builder, client, keeper, registered, rename, wanted, without_pauses};
use ory_oidc::registration::{Registration, token_endpoint_auth_method};
use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::{Action, Keeper, KeeperError, Recovery, Retirement};
use ory_oidc_mock::{Fault, HydraVersion, OryMock};
use serde_json::json;
use std::sync::atomic::{AtomicUsize, Ordering};

const REGISTRATION: &str = "/oauth2/register";

/// Makes the server refuse every token and deny every client, as Hydra does if its table of clients
/// is missing, and nothing else is.
fn hide_clients(ory: &OryMock) {
    for method in ["GET", "PUT", "DELETE"] {
        let refused =
            Fault::answer(401).body(r#"{"error": "The request could not be authorized"}"#);
        ory.fail_next(refused.on(method, REGISTRATION).until_cleared());
    }
    let failed = Fault::answer(500).body(r#"{"error": "Unable to locate the table"}"#);
    ory.fail_next(failed.on("POST", REGISTRATION).until_cleared());
    let denied = Fault::answer(302).header("Location", "/error?error=invalid_client");
    ory.fail_next(denied.on("GET", "/oauth2/auth").until_cleared());
    let denied = Fault::answer(401).body(r#"{"error": "invalid_client"}"#);
    ory.fail_next(denied.on("POST", "/oauth2/revoke").until_cleared());
}

/// Replaces the registration access token at the server, as an administrator's change does.
fn kill_token(ory: &OryMock, client_id: &str) {
    let _ = ory.rotate_registration_token(client_id);
}

/// Returns a server, and the keeper of a client that is in use there.
async fn in_use() -> (OryMock, Keeper, Registration) {
    let ory = OryMock::start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    let (_, registration) = ensured(&keeper).await;
    (ory, keeper, registration)
}

/// Checks that the client is used as before.
async fn check_reused(keeper: &Keeper, before: &Registration) {
    let (action, after) = ensured(keeper).await;
    assert_eq!(action, Action::Reused);
    assert_eq!(after.client_id(), before.client_id());
    assert_eq!(after.client_secret(), before.client_secret());
}

async fn ensured(keeper: &Keeper) -> (Action, Registration) {
    let ensured = keeper.ensure_registered(&wanted()).await;
    let ensured = ensured.expect("the client is in use");
    (ensured.action(), ensured.into_registration())
}

#[track_caller]
fn check_unverified<T: std::fmt::Debug>(result: Result<T, KeeperError>) {
    let error = result.expect_err("nothing can tell");
    assert!(matches!(error, KeeperError::Unverified { .. }), "{error:?}");
    assert!(error.is_retryable());
}

#[tokio::test]
async fn a_server_that_denies_every_client_proves_nothing() {
    let (ory, keeper, before) = in_use().await;
    hide_clients(&ory);
    check_unverified(keeper.ensure_registered(&wanted()).await);
    check_unverified(keeper.recover().await);
    check_unverified(keeper.retire().await);
    check_unverified(keeper.update(rename("Renamed")).await);
    check_unverified(keeper.report_rejected(&before).await);
    ory.clear_faults();
    check_reused(&keeper, &before).await;
    assert_eq!(ory.registered_clients().len(), 1);
}

#[tokio::test]
async fn trouble_that_begins_after_the_control_client_was_registered_proves_nothing() {
    let (ory, keeper, before) = in_use().await;
    // Everything is denied until a client is registered, and the first read after that is, too.
    let denied = Fault::answer(302).header("Location", "/error?error=invalid_client");
    ory.fail_next(denied.on("GET", "/oauth2/auth").times(6));
    let refused = Fault::answer(401).on("GET", REGISTRATION);
    ory.fail_next(refused.times(6));
    let denied = Fault::answer(401).body(r#"{"error": "invalid_client"}"#);
    ory.fail_next(denied.on("POST", "/oauth2/revoke").times(3));
    check_unverified(keeper.ensure_registered(&wanted()).await);
    assert_eq!(ory.requests_to("POST", REGISTRATION).len(), 2);
    assert_eq!(ory.registered_clients(), [before.client_id()]);
    check_reused(&keeper, &before).await;
}

#[tokio::test]
async fn a_gateway_that_answers_401_in_html_proves_nothing() {
    let (ory, keeper, before) = in_use().await;
    let html = Fault::answer(401).header("Content-Type", "text/html");
    let html = html.body("<html>Unauthorized</html>");
    for (method, path) in [
        ("GET", REGISTRATION),
        ("DELETE", REGISTRATION),
        ("GET", "/oauth2/auth"),
        ("POST", "/oauth2/revoke"),
    ] {
        ory.fail_next(html.clone().on(method, path).until_cleared());
    }
    check_unverified(keeper.ensure_registered(&wanted()).await);
    check_unverified(keeper.recover().await);
    check_unverified(keeper.retire().await);
    ory.clear_faults();
    check_reused(&keeper, &before).await;
}

#[tokio::test]
async fn a_client_is_in_use_whether_its_key_is_lost_or_its_secret_changed() {
    let ory = OryMock::start().await;
    for method in [
        token_endpoint_auth_method::CLIENT_SECRET_BASIC,
        token_endpoint_auth_method::CLIENT_SECRET_POST,
        token_endpoint_auth_method::NONE,
    ] {
        let keeper = keeper(&ory, MemoryStore::new());
        let wanted = wanted().token_endpoint_auth_method(method);
        let before = keeper.ensure_registered(&wanted).await;
        let before = before.expect("registered").into_registration();
        let patch = json!([{"op": "replace", "path": "/client_secret", "value": "changed-secret"}]);
        let _ = ory.patch_client(before.client_id(), patch);
        kill_token(&ory, before.client_id());
        let ensured = keeper.ensure_registered(&wanted).await;
        let ensured = ensured.expect("the client is in use");
        assert_eq!(ensured.action(), Action::KeyLost, "{method}");
        assert_eq!(ensured.registration().client_id(), before.client_id());
        assert_eq!(
            keeper.retire().await.expect("answered"),
            Retirement::KeyLost
        );
    }
}

#[tokio::test]
async fn a_server_whose_authorization_endpoint_cannot_be_asked_shows_a_living_client() {
    let (ory, keeper, before) = in_use().await;
    kill_token(&ory, before.client_id());
    let page = Fault::answer(200).header("Content-Type", "text/html");
    ory.fail_next(page.on("GET", "/oauth2/auth").until_cleared());
    // The revocation endpoint accepts the client, and nobody else.
    assert_eq!(ensured(&keeper).await.0, Action::KeyLost);
    ory.delete_client(before.client_id());
    // It would refuse a changed secret, too.
    check_unverified(keeper.ensure_registered(&wanted()).await);
}

#[tokio::test]
async fn a_revocation_endpoint_that_accepts_everybody_proves_nothing() {
    let (ory, keeper, before) = in_use().await;
    kill_token(&ory, before.client_id());
    let page = Fault::answer(200).header("Content-Type", "text/html");
    ory.fail_next(page.on("GET", "/oauth2/auth").until_cleared());
    ory.fail_next(
        Fault::answer(200)
            .on("POST", "/oauth2/revoke")
            .until_cleared(),
    );
    check_unverified(keeper.ensure_registered(&wanted()).await);
}

#[tokio::test]
async fn the_callers_function_is_asked_instead_of_the_authorization_endpoint() {
    let ory = std::sync::Arc::new(OryMock::start().await);
    let asked = std::sync::Arc::clone(&ory);
    let exists = move |id: String| {
        let exists = asked.client(&id).is_some();
        async move { Some(exists) }
    };
    let keeper = builder(&ory, MemoryStore::new())
        .client_exists(exists)
        .build();
    let (_, first) = ensured(&keeper).await;
    let page = Fault::answer(200).header("Content-Type", "text/html");
    ory.fail_next(page.on("GET", "/oauth2/auth").until_cleared());
    kill_token(&ory, first.client_id());
    assert_eq!(ensured(&keeper).await.0, Action::KeyLost);
    ory.delete_client(first.client_id());
    assert_eq!(ensured(&keeper).await.0, Action::Replaced);
    assert_eq!(ory.requests_to("GET", "/oauth2/auth").len(), 0);

    let cannot_tell = builder(&ory, MemoryStore::new())
        .client_exists(async |_| None)
        .build();
    let (_, other) = ensured(&cannot_tell).await;
    ory.delete_client(other.client_id());
    check_unverified(cannot_tell.ensure_registered(&wanted()).await);
}

#[tokio::test]
async fn a_panic_of_the_callers_function_gives_no_client_up() {
    for panics_at in 0..6 {
        let ory = std::sync::Arc::new(OryMock::start().await);
        let (asked, calls) = (std::sync::Arc::clone(&ory), AtomicUsize::new(0));
        let exists = move |id: String| {
            let call = calls.fetch_add(1, Ordering::SeqCst);
            assert_ne!(call, panics_at, "the function fails");
            let exists = asked.client(&id).is_some();
            async move { Some(exists) }
        };
        let keeper = builder(&ory, MemoryStore::new()).client_exists(exists);
        let keeper = keeper.build();
        let (_, before) = ensured(&keeper).await;
        ory.delete_client(before.client_id());
        let fails = keeper.clone();
        let fails = tokio::spawn(async move { fails.ensure_registered(&wanted()).await });
        assert!(fails.await.is_err_and(|error| error.is_panic()));
        let known = keeper.last_known().await.expect("loaded");
        let known = known.expect("the client is not given up");
        assert_eq!(known.client_id(), before.client_id());
        let (action, after) = ensured(&keeper).await;
        assert_eq!(action, Action::Replaced);
        // The next call deletes what the panic left.
        check_reused(&keeper, &after).await;
        assert_eq!(ory.registered_clients(), [after.client_id()]);
    }
}

#[tokio::test]
async fn a_client_that_is_never_replaced_is_reported_as_deleted() {
    let ory = OryMock::start().await;
    let keeper = builder(&ory, MemoryStore::new())
        .never_replace(true)
        .replace_when_key_lost(true)
        .build();
    let (_, before) = ensured(&keeper).await;
    kill_token(&ory, before.client_id());
    assert_eq!(ensured(&keeper).await.0, Action::KeyLost);
    ory.delete_client(before.client_id());
    let error = keeper.ensure_registered(&wanted()).await;
    let error = error.expect_err("never replaced");
    assert!(matches!(error, KeeperError::ClientDeleted), "{error:?}");
    let recovery = keeper.recover().await.expect("the server answers");
    assert!(matches!(recovery, Recovery::ClientDeleted), "{recovery:?}");
    assert_eq!(ory.registered_clients(), [""; 0]);
    let known = keeper.last_known().await.expect("loaded");
    assert!(known.is_some(), "the entry is not emptied");
}

#[tokio::test]
async fn a_client_whose_key_is_lost_is_replaced_only_if_the_caller_chose_that() {
    let ory = OryMock::start().await;
    let keeper = builder(&ory, MemoryStore::new())
        .replace_when_key_lost(true)
        .build();
    let (_, before) = ensured(&keeper).await;
    kill_token(&ory, before.client_id());
    let (action, after) = ensured(&keeper).await;
    assert_eq!(action, Action::Replaced);
    assert_eq!(ory.registered_clients().len(), 2);
    let superseded = keeper.superseded().await.expect("loaded");
    assert_eq!(superseded[0].client_id(), before.client_id());
    assert_eq!(superseded[0].client_secret(), before.client_secret());
    check_reused(&keeper, &after).await;
}

#[tokio::test]
async fn the_evidence_is_collected_as_often_as_the_builder_says() {
    let ory = OryMock::start().await;
    for confirmations in [1, 4] {
        let keeper = Keeper::builder(client(ory.url()), MemoryStore::new(), "counted");
        let keeper = without_pauses(keeper).confirmations(confirmations).build();
        let (_, before) = ensured(&keeper).await;
        kill_token(&ory, before.client_id());
        let count = || ory.requests_to("GET", "/.well-known/jwks.json").len();
        let requests = count();
        assert_eq!(ensured(&keeper).await.0, Action::KeyLost);
        assert_eq!(count() - requests, confirmations as usize);
    }
}

#[tokio::test]
async fn members_of_an_administrator_are_reset_only_if_the_builder_says_so() {
    let ory = OryMock::builder().hydra_version(HydraVersion::V2_3_0);
    let ory = ory.start().await;
    let store = MemoryStore::new();
    let keeper = registered(&ory, store.clone()).await;
    let (_, before) = ensured(&keeper).await;
    let patch = json!([{"op": "replace", "path": "/skip_consent", "value": true}]);
    let _ = ory.patch_client(before.client_id(), patch);
    let skips_consent = || {
        ory.client(before.client_id())
            .map(|client| client["skip_consent"].clone())
    };
    check_reused(&keeper, &before).await;
    let update = keeper.update(rename("Renamed")).await;
    let error = update.expect_err("skip_consent would be reset");
    assert!(error.to_string().contains("skip_consent"), "{error}");
    keeper.stored().await.expect("nothing was sent");
    assert_eq!(skips_consent(), Some(json!(true)));
    let allowing = builder(&ory, store).allow_reset(true).build();
    allowing.update(rename("Renamed")).await.expect("allowed");
    assert_eq!(skips_consent(), Some(json!(false)));
}

#[tokio::test]
async fn credentials_in_a_registration_that_cannot_be_read_otherwise_are_stored() {
    let ory = OryMock::start().await;
    let id = ory.create_client(json!({}));
    let token = ory.rotate_registration_token(&id);
    let cut = format!(
        r#"{{"client_id": "{id}", "client_secret": "s", "registration_access_token": "{token}", "cli"#
    );
    let fault = Fault::answer(201).header("Content-Type", "application/json");
    ory.fail_next(fault.body(cut).on("POST", REGISTRATION));
    let keeper = keeper(&ory, MemoryStore::new());
    for _ in 0..3 {
        let (_, registration) = ensured(&keeper).await;
        assert_eq!(registration.client_id(), id);
    }
    assert_eq!(ory.requests_to("POST", REGISTRATION).len(), 1);
}

#[tokio::test]
async fn members_that_the_server_added_cause_no_update() {
    let (ory, keeper, before) = in_use().await;
    let lifespans = json!({"authorization_code_grant_access_token_lifespan": "7m0s"});
    let _ = ory.set_client_lifespans(before.client_id(), lifespans);
    let (action, after) = ensured(&keeper).await;
    assert_eq!(action, Action::Reused);
    assert_eq!(
        after.registration_access_token(),
        before.registration_access_token()
    );
}

#[tokio::test]
async fn the_revocation_endpoint_is_where_the_metadata_say() {
    let ory = OryMock::builder().revocation_path("/tokens/revoke");
    let ory = ory.start().await;
    let keeper = registered(&ory, MemoryStore::new()).await;
    let (_, before) = ensured(&keeper).await;
    kill_token(&ory, before.client_id());
    let page = Fault::answer(200).header("Content-Type", "text/html");
    ory.fail_next(page.on("GET", "/oauth2/auth").until_cleared());
    assert_eq!(ensured(&keeper).await.0, Action::KeyLost);
    assert!(!ory.requests_to("POST", "/tokens/revoke").is_empty());
    assert!(ory.requests_to("POST", "/oauth2/revoke").is_empty());
}

#[tokio::test]
async fn an_untrusted_endpoint_is_not_asked() {
    let untrusted = OryMock::start().await;
    for member in ["revocation_endpoint", "authorization_endpoint"] {
        let ory = OryMock::start().await;
        let keeper = registered(&ory, MemoryStore::new()).await;
        let (_, before) = ensured(&keeper).await;
        let at = |path: &str| format!("{}{path}", ory.url());
        let mut metadata = json!({
            "issuer": ory.issuer(),
            "jwks_uri": at("/.well-known/jwks.json"),
            "authorization_endpoint": at("/oauth2/auth"),
            "revocation_endpoint": at("/oauth2/revoke"),
        });
        metadata[member] = json!(format!("{}/oauth2/revoke", untrusted.url()));
        let discovery = Fault::answer(200)
            .header("content-type", "application/json")
            .body(metadata.to_string())
            .on("GET", "/.well-known/openid-configuration");
        ory.fail_next(discovery.until_cleared());
        ory.delete_client(before.client_id());
        // Ory's documented paths at the base URL show it.
        assert_eq!(ensured(&keeper).await.0, Action::Replaced);
        assert!(!ory.requests_to("GET", "/oauth2/auth").is_empty());
    }
    assert_eq!(untrusted.requests().len(), 0);
}
