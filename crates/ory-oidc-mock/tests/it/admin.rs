//! Tests of the admin API. The expected responses were observed at a real Hydra.

use ory_oidc_mock::OryMock;
use serde_json::{Value, json};

use crate::http::{Response, bearer, get, register, send};

async fn admin(ory: &OryMock, method: &str, path: &str, body: Value) -> Response {
    let url = format!("{}/admin/clients{path}", ory.admin_url());
    send(ory, method, &url, &[], Some(body.to_string())).await
}

async fn list(ory: &OryMock, query: &str) -> Response {
    let url = format!("{}/admin/clients{query}", ory.admin_url());
    send(ory, "GET", &url, &[], None).await
}

fn ids(response: &Response) -> Vec<String> {
    let clients = response.json();
    let clients = clients.as_array().expect("the response is a list");
    let id = |client: &Value| client["client_id"].as_str().map(str::to_owned);
    clients.iter().filter_map(id).collect()
}

#[tokio::test]
async fn the_admin_api_is_not_at_the_public_port() {
    let ory = OryMock::start().await;
    assert_eq!(get(&ory, "/admin/clients").await.status, 404);
    assert_eq!(list(&ory, "").await.status, 200);
}

#[tokio::test]
async fn an_administrator_creates_a_client_with_an_id_a_secret_and_a_registration_token() {
    let ory = OryMock::start().await;
    let wanted = json!({
        "client_id": "a b",
        "client_secret": "s3 cret+x",
        "metadata": {"team": "x"},
        "skip_consent": true,
        "access_token_strategy": "JWT",
    });
    let created = admin(&ory, "POST", "", wanted.clone()).await;
    assert_eq!(created.status, 201, "{}", created.body);
    assert_eq!(created.location(), "/admin/clients/a%20b");
    let client = created.json();
    assert_eq!(client["client_id"], "a b");
    assert_eq!(client["client_secret"], "s3 cret+x");
    assert_eq!(client["metadata"], json!({"team": "x"}));
    assert_eq!(client["skip_consent"], true);
    assert_eq!(client["access_token_strategy"], "jwt");
    // Hydra encodes the id twice.
    let uri = format!("{}/oauth2/register/a%2520b", ory.url());
    assert_eq!(client["registration_client_uri"], uri);
    let path = "/oauth2/register/a%20b";

    let token = created.text("registration_access_token");
    assert_eq!(bearer(&ory, "GET", path, &token, None).await.status, 200);
    assert_eq!(admin(&ory, "POST", "", wanted).await.status, 409);
}

#[tokio::test]
async fn what_only_an_administrator_sets_is_shown_except_for_metadata_and_reset_by_an_update() {
    let ory = OryMock::start().await;
    let id = ory.create_client(json!({
        "metadata": {"team": "x"},
        "skip_consent": true,
        "skip_logout_consent": true,
        "access_token_strategy": "jwt",
    }));
    let (path, token) = (
        format!("/oauth2/register/{id}"),
        ory.rotate_registration_token(&id),
    );
    let read = bearer(&ory, "GET", &path, &token, None).await.json();
    assert_eq!(read.get("metadata"), None);
    assert_eq!(
        (&read["skip_consent"], &read["skip_logout_consent"]),
        (&json!(true), &json!(true))
    );
    assert_eq!(read["access_token_strategy"], "jwt");

    let updated = bearer(&ory, "PUT", &path, &token, Some(json!({}))).await;
    assert_eq!(updated.status, 200);
    let stored = list(&ory, "").await.json()[0].clone();
    assert_eq!(stored["metadata"], json!({}));
    assert_eq!(
        (&stored["skip_consent"], &stored["skip_logout_consent"]),
        (&json!(false), &json!(null))
    );
    assert_eq!(stored.get("access_token_strategy"), None);
}

#[tokio::test]
async fn a_patch_and_a_put_of_an_administrator_invalidate_the_registration_token() {
    let ory = OryMock::start().await;
    let patch = json!([{"op": "replace", "path": "/client_name", "value": "Renamed"}]);
    for (method, body) in [
        ("PATCH", patch),
        ("PATCH", json!([])),
        ("PUT", json!({"client_name": "Renamed"})),
    ] {
        let client = register(&ory, json!({"client_name": "My app", "owner": "me"})).await;
        let before = ory.client_secret(&client.id);
        let changed = admin(&ory, method, &format!("/{}", client.id), body).await;
        assert_eq!(changed.status, 200, "{}", changed.body);
        assert_eq!(changed.json().get("client_secret"), None);
        let read = bearer(&ory, "GET", &client.path, &client.token, None).await;
        assert_eq!(read.status, 401, "{method}");
        assert!(ory.client(&client.id).is_some(), "the client lives on");
        assert_eq!(ory.client_secret(&client.id), before);
    }
}

#[tokio::test]
async fn a_patch_changes_only_what_it_names() {
    let ory = OryMock::start().await;
    let id = ory.create_client(json!({"client_name": "My app", "metadata": {"a": 1}}));
    let patch = json!([
        {"op": "add", "path": "/metadata/b", "value": 2},
        {"op": "add", "path": "/contacts/-", "value": "a@example.com"},
        {"op": "replace", "path": "/client_secret", "value": "another-secret"},
    ]);
    let changed = admin(&ory, "PATCH", &format!("/{id}"), patch).await.json();
    assert_eq!(changed["client_name"], "My app");
    assert_eq!(changed["metadata"], json!({"a": 1, "b": 2}));
    assert_eq!(changed["contacts"], json!(["a@example.com"]));
    assert_eq!(changed["client_secret"], "another-secret");
    assert_eq!(ory.client_secret(&id).as_deref(), Some("another-secret"));
}

#[tokio::test]
async fn new_lifespans_keep_the_registration_token() {
    let ory = OryMock::start().await;
    let client = register(&ory, json!({"refresh_token_grant_id_token_lifespan": "2h"})).await;
    let path = format!("/{}/lifespans", client.id);
    let lifespans = json!({"implicit_grant_id_token_lifespan": "90m"});
    let changed = admin(&ory, "PUT", &path, lifespans).await.json();
    assert_eq!(changed["implicit_grant_id_token_lifespan"], "1h30m0s");
    assert_eq!(
        changed["refresh_token_grant_id_token_lifespan"],
        json!(null)
    );
    let read = bearer(&ory, "GET", &client.path, &client.token, None).await;
    assert_eq!(read.status, 200);
}

#[tokio::test]
async fn the_methods_of_the_mock_server_do_what_the_admin_api_does() {
    let ory = OryMock::start().await;
    let client = register(&ory, json!({"client_name": "My app"})).await;
    let status = async || {
        let read = bearer(&ory, "GET", &client.path, &client.token, None).await;
        read.status
    };
    let lifespans = json!({"implicit_grant_id_token_lifespan": "90m"});
    let changed = ory.set_client_lifespans(&client.id, lifespans);
    assert_eq!(changed["client_name"], "My app");
    assert_eq!(status().await, 200);
    let rename = json!([{"op": "replace", "path": "/client_name", "value": "Renamed"}]);
    assert_eq!(
        ory.patch_client(&client.id, rename)["client_name"],
        "Renamed"
    );
    assert_eq!(status().await, 401);
    let replaced = ory.replace_client(&client.id, json!({}));
    assert_eq!(replaced["client_name"], "");
}

#[tokio::test]
async fn clients_are_listed_in_pages_and_by_name_and_owner() {
    let ory = OryMock::start().await;
    for id in ["c", "a", "b"] {
        let _ = ory.create_client(json!({"client_id": id, "client_name": id, "owner": "me"}));
    }
    let first = list(&ory, "?page_size=2&owner=me").await;
    assert_eq!(ids(&first), ["a", "b"]);
    let links = first.header("link").expect("the response has links");
    let next = links
        .split(',')
        .find(|link| link.ends_with("rel=\"next\""))
        .and_then(|link| link.trim_start_matches('<').split('>').next())
        .expect("there is a next page");
    let url = format!("{}{next}", ory.admin_url());
    let second = send(&ory, "GET", &url, &[], None).await;
    assert_eq!(ids(&second), ["c"]);
    let links = second.header("link").expect("the response has links");
    assert!(
        links.contains("rel=\"first\"") && !links.contains("next"),
        "{links}"
    );

    assert_eq!(ids(&list(&ory, "?client_name=b").await), ["b"]);
    assert!(ids(&list(&ory, "?owner=you").await).is_empty());
    assert_eq!(list(&ory, "?page_token=~").await.status, 400);
}

#[tokio::test]
async fn errors_of_the_admin_api_are_those_of_hydra() {
    let ory = OryMock::start().await;
    let id = ory.create_client(json!({"client_id": "known"}));
    for (method, path, body, status) in [
        ("GET", "/unknown", json!(null), 404),
        ("PUT", "/unknown", json!({}), 404),
        ("PATCH", "/unknown", json!([]), 404),
        ("DELETE", "/unknown", json!(null), 404),
        ("PUT", "/unknown/lifespans", json!({}), 404),
        ("POST", "/known", json!({}), 404),
        ("POST", "", json!({"client_secret": "short"}), 400),
        ("POST", "", json!({"access_token_strategy": "paper"}), 400),
        ("PUT", "/known", json!([]), 400),
        ("PATCH", "/known", json!({}), 500),
        (
            "PATCH",
            "/known",
            json!([{"op": "copy", "from": "/owner", "path": "/scope"}]),
            500,
        ),
        (
            "PATCH",
            "/known",
            json!([{"op": "add", "path": "/scope", "value": 1}]),
            500,
        ),
        ("DELETE", "/known", json!(null), 204),
    ] {
        let response = admin(&ory, method, path, body.clone()).await;
        assert_eq!(response.status, status, "{method} {path} {body}");
    }
    assert_eq!(ory.client(&id), None);
}

#[tokio::test]
async fn a_member_that_a_patch_removes_keeps_its_value() {
    let ory = OryMock::start().await;
    let client = ory.create_client(json!({"contacts": ["a@app.example"]}));
    let removal = json!([{"op": "remove", "path": "/contacts"}]);
    let patched = ory.patch_client(&client, removal);
    assert_eq!(patched["contacts"], json!(["a@app.example"]));
}
