//! The admin API.

use ory_oidc_test_servers::Hydra;
use ory_oidc_test_servers::hydra::ID_TOKEN_KEYS;
use serde_json::{Value, json};

use crate::support::{http, id, read, registered};

#[tokio::test]
#[ignore = "needs Ory Hydra: `make test` builds it and runs this"]
async fn an_administrator_changes_and_deletes_a_client() {
    let hydra = Hydra::builder().keys(false).start().await;
    let admin = hydra.admin();
    let client = registered(&hydra, "openid", &json!({"client_name": "One"})).await;
    let id = id(&client);
    let ids: Vec<Value> = admin
        .clients()
        .await
        .into_iter()
        .map(|mut c| c["client_id"].take())
        .collect();
    assert_eq!(ids, [id]);

    let patch = json!([{"op": "replace", "path": "/client_name", "value": "Two"}]);
    assert_eq!(admin.patch_client(id, &patch).await["client_name"], "Two");
    let lifespans = json!({"authorization_code_grant_access_token_lifespan": "30m0s"});
    admin.put_lifespans(id, &lifespans).await;
    let mut changed = admin.client(id).await.unwrap();
    assert_eq!(
        changed["authorization_code_grant_access_token_lifespan"],
        "30m0s"
    );
    assert_eq!(read(&hydra, &client).await, 200, "v2.3.0 keeps the token");

    changed["client_name"] = "Three".into();
    assert_eq!(admin.put_client(id, &changed).await["client_name"], "Three");
    assert_eq!(read(&hydra, &client).await, 401, "a PUT kills the token");

    admin.delete_client(id).await;
    assert_eq!(admin.client(id).await, None);
}

/// The ids of the keys in the key set of ID tokens, or at the `jwks_uri`.
fn ids(keys: &Value) -> Vec<String> {
    let keys = keys["keys"].as_array().unwrap();
    keys.iter()
        .map(|key| key["kid"].as_str().unwrap().to_owned())
        .collect()
}

async fn key_set(hydra: &Hydra) -> Vec<String> {
    ids(&hydra.admin().key_set(ID_TOKEN_KEYS).await.unwrap())
}

async fn published(hydra: &Hydra) -> Vec<String> {
    let url = format!("{}/.well-known/jwks.json", hydra.public_url());
    let response = http().get(url).send().await.unwrap();
    ids(&response.json().await.unwrap())
}

#[tokio::test]
#[ignore = "needs Ory Hydra: `make test` builds it and runs this"]
async fn keys_are_added_replaced_and_deleted() {
    let hydra = Hydra::builder().start().await;
    let admin = hydra.admin();
    let before = key_set(&hydra).await;
    let new = admin.rotate_keys().await;
    let kid = new["kid"].as_str().unwrap().to_owned();
    assert_eq!(key_set(&hydra).await.len(), before.len() + 1);
    for kid in before.iter().chain([&kid]) {
        assert!(published(&hydra).await.contains(kid));
    }

    for old in &before {
        admin.delete_key(ID_TOKEN_KEYS, old).await;
        assert!(!published(&hydra).await.contains(old));
    }
    assert_eq!(key_set(&hydra).await, [kid.as_str()]);
    let mut changed = new.clone();
    changed["use"] = "enc".into();
    admin.put_key(ID_TOKEN_KEYS, &kid, &changed).await;
    let set = admin.key_set(ID_TOKEN_KEYS).await.unwrap();
    assert_eq!(set["keys"][0]["use"], "enc");
    let set = json!({"keys": [new]});
    admin.put_key_set(ID_TOKEN_KEYS, &set).await;
    assert_eq!(admin.key_set(ID_TOKEN_KEYS).await, Some(set));

    admin.delete_key_set(ID_TOKEN_KEYS).await;
    assert_eq!(admin.key_set(ID_TOKEN_KEYS).await, None);
}
