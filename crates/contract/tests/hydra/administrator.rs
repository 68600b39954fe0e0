//! What a client sees after an administrator changed it by the admin API.

use crate::support::{
    METHODS, Seen, all_well, kind, on_each_database, patch, put, registered, seen, wanted,
};
use ory_oidc::Registration;
use ory_oidc::error::ErrorKind;
use ory_oidc::registration::ClientSecret;
use ory_oidc_contract::hydra::OnHydra;
use ory_oidc_test_servers::Hydra;
use serde_json::json;

on_each_database! {
    each_client_revokes_by_its_own_authentication,
    a_patch_keeps_the_registration_access_token,
    new_lifespans_keep_the_registration_access_token,
    a_put_kills_the_registration_access_token_but_not_the_client,
    a_patched_secret_is_refused_at_revocation_although_the_registration_can_be_read,
    a_secret_that_was_put_leaves_only_the_authorization_endpoint_to_recognise_the_client,
    a_deleted_client_is_refused_by_every_endpoint,
    a_client_of_the_admin_api_can_manage_itself,
}

/// A client of each authentication method.
async fn one_of_each(hydra: &Hydra) -> Vec<Registration> {
    let mut clients = Vec::new();
    for method in METHODS {
        clients.push(registered(hydra, method).await);
    }
    clients
}

async fn each_client_revokes_by_its_own_authentication(target: &OnHydra) {
    for client in one_of_each(target.server()).await {
        assert_eq!(seen(target.server(), &client).await, all_well());
    }
}

async fn a_patch_keeps_the_registration_access_token(target: &OnHydra) {
    for client in one_of_each(target.server()).await {
        patch(target.server(), client.client_id(), "client_name", "Other").await;
        assert_eq!(seen(target.server(), &client).await, all_well());
    }
}

async fn new_lifespans_keep_the_registration_access_token(target: &OnHydra) {
    let hydra = target.server();
    let client = registered(hydra, "client_secret_basic").await;
    let lifespans = json!({"authorization_code_grant_access_token_lifespan": "30m0s"});
    let admin = hydra.admin();
    admin.put_lifespans(client.client_id(), &lifespans).await;
    assert_eq!(seen(hydra, &client).await, all_well());
}

async fn a_put_kills_the_registration_access_token_but_not_the_client(target: &OnHydra) {
    let hydra = target.server();
    let other = wanted("none");
    for mut client in one_of_each(hydra).await {
        put(hydra, client.client_id(), "client_name", "Other").await;
        let refused = Some(401);
        let expected = Seen {
            read: refused,
            ..all_well()
        };
        assert_eq!(seen(hydra, &client).await, expected);
        let ory = target.client();
        let rename = ory.update_registration(&mut client, |m| m.set_client_name("Third"));
        assert_eq!(kind(rename.await), ErrorKind::Unauthorized);
        let replace = ory.replace_registration(&mut client, &other);
        assert_eq!(kind(replace.await), ErrorKind::Unauthorized);
        let delete = ory.delete_registration(&client);
        assert_eq!(kind(delete.await), ErrorKind::Unauthorized);
    }
}

async fn a_patched_secret_is_refused_at_revocation_although_the_registration_can_be_read(
    target: &OnHydra,
) {
    let hydra = target.server();
    let client = registered(hydra, "client_secret_basic").await;
    patch(hydra, client.client_id(), "client_secret", NEW_SECRET).await;
    let expected = Seen {
        revocation: Some(401),
        ..all_well()
    };
    assert_eq!(seen(hydra, &client).await, expected);
    let renewed = client.with_client_secret(ClientSecret::new(NEW_SECRET));
    assert_eq!(seen(hydra, &renewed).await, all_well());
}

async fn a_secret_that_was_put_leaves_only_the_authorization_endpoint_to_recognise_the_client(
    target: &OnHydra,
) {
    let hydra = target.server();
    let client = registered(hydra, "client_secret_post").await;
    put(hydra, client.client_id(), "client_secret", NEW_SECRET).await;
    let expected = Seen {
        read: Some(401),
        revocation: Some(401),
        ..all_well()
    };
    assert_eq!(seen(hydra, &client).await, expected);
}

async fn a_deleted_client_is_refused_by_every_endpoint(target: &OnHydra) {
    let hydra = target.server();
    for client in one_of_each(hydra).await {
        hydra.admin().delete_client(client.client_id()).await;
        let expected = Seen {
            read: Some(401),
            revocation: Some(401),
            authorization: Some("invalid_client".to_owned()),
            ..all_well()
        };
        assert_eq!(seen(hydra, &client).await, expected);
    }
}

async fn a_client_of_the_admin_api_can_manage_itself(target: &OnHydra) {
    let client = json!({"redirect_uris": ["https://app.example/callback"], "client_name": "One"});
    let client = target.server().admin().create_client(&client).await;
    let text = |name: &str| client[name].as_str().expect("a text").to_owned();
    let token = text("registration_access_token").as_str().into();
    let mut client = Registration::from_saved(text("client_id"), token);
    let ory = target.client();
    let rename = ory.update_registration(&mut client, |m| m.set_client_name("Two"));
    rename.await.expect("the token works");
    assert_eq!(client.granted().client_name.as_deref(), Some("Two"));
    let deleted = ory.delete_registration(&client).await;
    deleted.expect("the new token works");
}

const NEW_SECRET: &str = "a secret of the administrator";
