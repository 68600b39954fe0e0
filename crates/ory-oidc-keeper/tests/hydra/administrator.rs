//! What an administrator does to a client.

use super::{MemoryStore, builder, client_ids, on_both_databases, registered, wanted};
use ory_oidc::registration::{ClientSecret, Registration, token_endpoint_auth_method};
use ory_oidc_keeper::{Action, Keeper, KeeperError, Recovery, Retirement};
use ory_oidc_test_servers::Hydra;
use serde_json::json;

on_both_databases!(
    a_change_that_keeps_the_token_is_undone,
    a_change_that_kills_the_token_keeps_the_client_in_use,
    a_new_secret_is_not_a_deletion,
    a_new_secret_that_the_administrator_hands_over_can_be_adopted,
    a_deleted_client_is_replaced_and_its_successor_is_the_only_one,
    a_deleted_client_is_told_by_every_method,
    a_lifespan_that_an_administrator_set_causes_no_update,
    a_client_whose_key_is_lost_is_replaced_if_the_builder_says_so
);

/// Replaces the client's metadata through the admin API, which kills its registration access token.
async fn put(hydra: &Hydra, registration: &Registration, secret: Option<&str>) {
    let id = registration.client_id();
    let mut client = hydra.admin().client(id).await.expect("the client exists");
    let members = client.as_object_mut().expect("a client is an object");
    // Hydra shows an empty set of a client with `jwks_uri`, and refuses both.
    members.remove("jwks");
    if let Some(secret) = secret {
        members.insert("client_secret".to_owned(), json!(secret));
    }
    hydra.admin().put_client(id, &client).await;
}

async fn check_in_use(keeper: &Keeper, registration: &Registration) {
    let ensured = keeper.ensure_registered(&wanted()).await;
    let ensured = ensured.expect("the client stays in use");
    assert_eq!(ensured.action(), Action::KeyLost);
    let kept = ensured.registration();
    assert_eq!(kept.client_id(), registration.client_id());
    assert_eq!(kept.client_secret(), registration.client_secret());
}

async fn a_change_that_keeps_the_token_is_undone(hydra: &Hydra) {
    let (keeper, registration) = registered(builder(hydra, MemoryStore::new()), &wanted()).await;
    let patch = json!([{"op": "replace", "path": "/client_name", "value": "Patched"}]);
    let id = registration.client_id();
    hydra.admin().patch_client(id, &patch).await;
    let ensured = keeper.ensure_registered(&wanted()).await;
    let ensured = ensured.expect("the token works");
    assert_eq!(ensured.action(), Action::Updated);
    assert_eq!(client_ids(hydra).await, [id]);
}

async fn a_change_that_kills_the_token_keeps_the_client_in_use(hydra: &Hydra) {
    for method in [
        token_endpoint_auth_method::CLIENT_SECRET_BASIC,
        token_endpoint_auth_method::CLIENT_SECRET_POST,
        token_endpoint_auth_method::PRIVATE_KEY_JWT,
        token_endpoint_auth_method::NONE,
    ] {
        let mut wanted = wanted().token_endpoint_auth_method(method);
        if method == token_endpoint_auth_method::PRIVATE_KEY_JWT {
            wanted = wanted.jwks_uri("https://app.example/jwks");
        }
        let (keeper, registration) = registered(builder(hydra, MemoryStore::new()), &wanted).await;
        put(hydra, &registration, None).await;
        let ensured = keeper.ensure_registered(&wanted).await;
        let ensured = ensured.expect("the client stays in use");
        assert_eq!(ensured.action(), Action::KeyLost, "{method}");
        let other = wanted.clone().client_name("Another name");
        let error = keeper.ensure_registered(&other).await;
        let error = error.expect_err("an update is needed");
        assert!(matches!(error, KeeperError::KeyLost), "{method}: {error:?}");
        let error = keeper
            .update(|metadata| metadata.set_client_name("x"))
            .await;
        let error = error.expect_err("the token is lost");
        assert!(matches!(error, KeeperError::KeyLost), "{method}: {error:?}");
        let recovery = keeper.recover().await.expect("the server answers");
        let lost = matches!(recovery, Recovery::KeyLost { .. });
        assert!(lost, "{method}: {recovery:?}");
        let retirement = keeper.retire().await.expect("the server answers");
        assert_eq!(retirement, Retirement::KeyLost, "{method}");
        assert!(keeper.last_known().await.expect("loaded").is_some());
        let ensured = keeper.report_rejected(ensured.registration()).await;
        let ensured = ensured.expect("the server accepts the client");
        assert_eq!(ensured.action(), Action::KeyLost, "{method}");
        assert_eq!(
            client_ids(hydra).await,
            [registration.client_id()],
            "{method}"
        );
        hydra.admin().delete_client(registration.client_id()).await;
    }
}

async fn a_new_secret_is_not_a_deletion(hydra: &Hydra) {
    // A patch keeps the token of this version of Hydra, and a put kills it.
    for kills_the_token in [false, true] {
        let (keeper, registration) =
            registered(builder(hydra, MemoryStore::new()), &wanted()).await;
        let id = registration.client_id();
        if kills_the_token {
            put(hydra, &registration, Some("a secret that was changed")).await;
            check_in_use(&keeper, &registration).await;
        } else {
            let patch =
                json!([{"op": "replace", "path": "/client_secret", "value": "changed-secret"}]);
            hydra.admin().patch_client(id, &patch).await;
        }
        let rejected = keeper.report_rejected(&registration).await;
        let error = rejected.expect_err("the secret was changed");
        assert!(matches!(error, KeeperError::SecretRejected), "{error:?}");
        assert_eq!(client_ids(hydra).await, [id]);
        assert!(keeper.last_known().await.expect("loaded").is_some());
        hydra.admin().delete_client(id).await;
    }
}

async fn a_new_secret_that_the_administrator_hands_over_can_be_adopted(hydra: &Hydra) {
    let (keeper, registration) = registered(builder(hydra, MemoryStore::new()), &wanted()).await;
    put(hydra, &registration, Some("a secret that was changed")).await;
    let secret = ClientSecret::new("a secret that was changed");
    let known = registration.clone().with_client_secret(secret.clone());
    keeper.adopt(known).await.expect("adopted");
    let ensured = keeper.report_rejected(&registration).await;
    let ensured = ensured.expect("the store has the new secret");
    assert_eq!(ensured.registration().client_secret(), Some(&secret));
    let again = keeper.report_rejected(ensured.registration()).await;
    again.expect("the server accepts the new secret");
}

async fn a_deleted_client_is_replaced_and_its_successor_is_the_only_one(hydra: &Hydra) {
    let (keeper, registration) = registered(builder(hydra, MemoryStore::new()), &wanted()).await;
    hydra.admin().delete_client(registration.client_id()).await;
    let ensured = keeper.ensure_registered(&wanted()).await.expect("replaced");
    assert_eq!(ensured.action(), Action::Replaced);
    assert_eq!(
        client_ids(hydra).await,
        [ensured.registration().client_id()]
    );
    let again = keeper.ensure_registered(&wanted()).await.expect("reused");
    assert_eq!(again.action(), Action::Reused);
    let superseded = keeper.superseded().await.expect("loaded");
    assert_eq!(superseded[0].client_id(), registration.client_id());

    hydra
        .admin()
        .delete_client(again.registration().client_id())
        .await;
    let healed = keeper.report_rejected(again.registration()).await;
    let healed = healed.expect("replaced");
    assert_eq!(healed.action(), Action::Replaced);
    assert_eq!(client_ids(hydra).await, [healed.registration().client_id()]);
}

async fn a_deleted_client_is_told_by_every_method(hydra: &Hydra) {
    let builder = builder(hydra, MemoryStore::new()).never_replace(true);
    let (keeper, registration) = registered(builder, &wanted()).await;
    hydra.admin().delete_client(registration.client_id()).await;
    let update = keeper
        .update(|metadata| metadata.set_client_name("x"))
        .await;
    let error = update.expect_err("the client was deleted");
    assert!(matches!(error, KeeperError::ClientDeleted), "{error:?}");
    let ensured = keeper.ensure_registered(&wanted()).await;
    let error = ensured.expect_err("it is never replaced");
    assert!(matches!(error, KeeperError::ClientDeleted), "{error:?}");
    let recovery = keeper.recover().await.expect("the server answers");
    assert!(matches!(recovery, Recovery::ClientDeleted), "{recovery:?}");
    assert!(keeper.last_known().await.expect("loaded").is_some());
    let retirement = keeper.retire().await.expect("the server answers");
    assert_eq!(retirement, Retirement::AlreadyDeleted);
    assert_eq!(keeper.last_known().await.expect("loaded"), None);
    assert_eq!(client_ids(hydra).await, [""; 0]);
}

async fn a_lifespan_that_an_administrator_set_causes_no_update(hydra: &Hydra) {
    let (keeper, registration) = registered(builder(hydra, MemoryStore::new()), &wanted()).await;
    let lifespans = json!({"authorization_code_grant_access_token_lifespan": "7m0s"});
    let id = registration.client_id();
    hydra.admin().put_lifespans(id, &lifespans).await;
    let ensured = keeper.ensure_registered(&wanted()).await;
    let ensured = ensured.expect("the token works");
    assert_eq!(ensured.action(), Action::Reused);
    let kept = ensured.registration();
    assert_eq!(
        kept.registration_access_token(),
        registration.registration_access_token()
    );
    let client = hydra.admin().client(id).await.expect("the client exists");
    assert_eq!(
        client["authorization_code_grant_access_token_lifespan"],
        "7m0s"
    );
}

async fn a_client_whose_key_is_lost_is_replaced_if_the_builder_says_so(hydra: &Hydra) {
    let builder = builder(hydra, MemoryStore::new()).replace_when_key_lost(true);
    let (keeper, registration) = registered(builder, &wanted()).await;
    put(hydra, &registration, None).await;
    let ensured = keeper.ensure_registered(&wanted()).await.expect("replaced");
    assert_eq!(ensured.action(), Action::Replaced);
    let superseded = keeper.superseded().await.expect("loaded");
    assert_eq!(superseded[0].client_id(), registration.client_id());
    assert_eq!(superseded[0].client_secret(), registration.client_secret());
    let mut ids = client_ids(hydra).await;
    ids.retain(|id| id != registration.client_id());
    assert_eq!(ids, [ensured.registration().client_id()]);
}
