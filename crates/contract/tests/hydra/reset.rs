//! An update by the client resets what only an administrator can set.

use crate::support::{on_each_database, registered};
use ory_oidc::ClientMetadata;
use ory_oidc_contract::hydra::OnHydra;
use ory_oidc_test_servers::Hydra;
use serde_json::{Value, json};

on_each_database! {
    an_update_resets_what_an_administrator_has_set_only_if_that_is_allowed,
}

/// Returns members as Hydra has stored them.
async fn stored(hydra: &Hydra, id: &str) -> [Value; 5] {
    let client = hydra.admin().client(id).await.expect("the client exists");
    let names = [
        "client_name",
        "skip_consent",
        "skip_logout_consent",
        "access_token_strategy",
        "metadata",
    ];
    names.map(|name| client[name].clone())
}

async fn an_update_resets_what_an_administrator_has_set_only_if_that_is_allowed(target: &OnHydra) {
    let (hydra, ory) = (target.server(), target.client());
    let rename = |metadata: &mut ClientMetadata| metadata.set_client_name("Renamed");
    let mut client = registered(hydra, "client_secret_basic").await;
    let id = client.client_id().to_owned();
    let add = |path: &str, value| json!({"op": "add", "path": path, "value": value});
    let patch = json!([
        add("/skip_consent", json!(true)),
        add("/skip_logout_consent", json!(true)),
        add("/access_token_strategy", json!("jwt")),
        add("/metadata", json!({"team": "x"})),
    ]);
    hydra.admin().patch_client(&id, &patch).await;
    let set = [
        json!(""),
        json!(true),
        json!(true),
        json!("jwt"),
        json!({"team": "x"}),
    ];
    assert_eq!(stored(hydra, &id).await, set);

    let refused = ory.update_registration(&mut client, rename).await;
    let refused = refused.expect_err("the update would reset members");
    let names = [
        "access_token_strategy",
        "skip_consent",
        "skip_logout_consent",
    ];
    let expected = "would be reset by the update; allow it with allow_reset(true)";
    let expected = format!("{} {expected}", names.join(" and "));
    assert_eq!(refused.to_string(), expected);
    assert_eq!(stored(hydra, &id).await, set);

    let update = ory.update_registration(&mut client, rename);
    update.allow_reset(true).await.expect("the update is valid");
    assert_eq!(client.reset_members(), names);
    let [name, reset @ ..] = stored(hydra, &id).await;
    assert_eq!(name, "Renamed");
    // Hydra does not show `metadata` in a read, so nobody could know that it was set.
    let defaults = [json!(false), json!(null), json!(null), json!({})];
    assert_eq!(reset, defaults);
}
