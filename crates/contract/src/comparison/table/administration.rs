//! The admin API for clients, and what it does to a registration.

use serde_json::{Value, json};

use crate::comparison::case::Case;
use crate::comparison::request::{Request, admin, post, put, read};

const CLIENT: &str = "/admin/clients/<id>";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, body) in creations() {
        let create = admin("POST", "/admin/clients").json(&body);
        let requests = [create, admin("GET", CLIENT), read()];
        cases.push(Case::new(
            format!("administrator creates: {name}"),
            requests,
        ));
    }
    for (name, patch) in patches() {
        let patch = admin("PATCH", CLIENT).json(&patch);
        cases.push(changed(&format!("administrator patches: {name}"), patch));
    }
    for (name, body) in replacements() {
        let replace = admin("PUT", CLIENT).json(&body);
        cases.push(changed(&format!("administrator replaces: {name}"), replace));
    }
    for (name, body) in lifespans() {
        let set = admin("PUT", format!("{CLIENT}/lifespans")).json(&body);
        cases.push(changed(
            &format!("administrator sets lifespans: {name}"),
            set,
        ));
    }
    for (name, method, body) in [
        ("patches", "PATCH", "{"),
        ("patches", "PATCH", ""),
        ("replaces", "PUT", "{"),
        ("replaces", "PUT", "[]"),
    ] {
        let request = admin(method, CLIENT).body(body);
        cases.push(changed(
            &format!("administrator {name}: body {body:?}"),
            request,
        ));
    }
    cases.extend([
        changed("administrator deletes", admin("DELETE", CLIENT)),
        changed("administrator reads", admin("GET", CLIENT)),
        Case::new(
            "administrator creates: a client twice",
            [
                admin("POST", "/admin/clients").json(&json!({"client_id": "twice"})),
                admin("POST", "/admin/clients").json(&json!({"client_id": "twice"})),
            ],
        ),
        Case::new(
            "administrator lists: no client of a name",
            [admin("GET", "/admin/clients?client_name=nobody")],
        ),
        Case::new(
            "administrator lists: clients of a name and of an owner",
            [
                post(&json!({"client_name": "listed", "owner": "listed owner"})),
                admin("GET", "/admin/clients?client_name=listed"),
                admin("GET", "/admin/clients?owner=listed%20owner"),
                admin("GET", "/admin/clients?client_name=listed&owner=other"),
            ],
        ),
    ]);
    for method in ["GET", "PATCH", "PUT", "DELETE"] {
        let body = if method == "PATCH" {
            json!([])
        } else {
            json!({})
        };
        let request = admin(method, "/admin/clients/unknown").json(&body);
        cases.push(Case::new(
            format!("administrator: {method} of an unknown client"),
            [request],
        ));
    }
    let set = admin("PUT", "/admin/clients/unknown/lifespans").json(&json!({}));
    cases.push(Case::new(
        "administrator: lifespans of an unknown client",
        [set],
    ));
    cases
}

/// Registers a client, changes it, and shows it to the administrator and to the client.
fn changed(name: &str, change: Request) -> Case {
    let first = json!({
        "client_name": "App", "scope": "openid", "contacts": ["a@app.example"],
        "redirect_uris": ["https://app.example/callback"], "implicit_grant_id_token_lifespan": "1h",
    });
    let update = put(&json!({"client_name": "Mine"}));
    Case::new(
        name,
        [
            post(&first),
            change,
            admin("GET", CLIENT),
            read(),
            update,
            read(),
        ],
    )
}

fn creations() -> Vec<(&'static str, Value)> {
    vec![
        ("a client without members", json!({})),
        (
            "an id and a secret",
            json!({"client_id": "of-an-administrator", "client_secret": "a long secret"}),
        ),
        (
            "an id with special characters",
            json!({"client_id": "a/b c?ä"}),
        ),
        ("an empty id", json!({"client_id": ""})),
        ("a short secret", json!({"client_secret": "short"})),
        (
            "a public client",
            json!({"token_endpoint_auth_method": "none"}),
        ),
        (
            "a public client with a secret",
            json!({
                "token_endpoint_auth_method": "none", "client_secret": "a long secret",
            }),
        ),
        (
            "metadata and switches",
            json!({
                "metadata": {"a": [1, {"b": null}]}, "skip_consent": true, "skip_logout_consent": true,
                "access_token_strategy": "jwt",
            }),
        ),
        ("metadata as a list", json!({"metadata": [1]})),
        ("null metadata", json!({"metadata": null})),
        (
            "a strategy in upper case",
            json!({"access_token_strategy": "JWT"}),
        ),
        ("an unknown strategy", json!({"access_token_strategy": "x"})),
        ("a member of a wrong type", json!({"scope": 1})),
        ("a wrong redirect URI", json!({"redirect_uris": ["#"]})),
    ]
}

fn patches() -> Vec<(&'static str, Value)> {
    vec![
        ("nothing", json!([])),
        (
            "a member",
            json!([{"op": "replace", "path": "/client_name", "value": "Renamed"}]),
        ),
        (
            "two members",
            json!([
                {"op": "replace", "path": "/client_name", "value": "Renamed"},
                {"op": "add", "path": "/owner", "value": "me"},
            ]),
        ),
        (
            "an item",
            json!([{"op": "add", "path": "/contacts/-", "value": "b@app.example"}]),
        ),
        (
            "the first item",
            json!([{"op": "replace", "path": "/contacts/0", "value": "b@app.example"}]),
        ),
        (
            "metadata",
            json!([{"op": "add", "path": "/metadata", "value": {"a": 1}}]),
        ),
        (
            "switches",
            json!([
                {"op": "replace", "path": "/skip_consent", "value": true},
                {"op": "replace", "path": "/skip_logout_consent", "value": true},
            ]),
        ),
        (
            "the secret",
            json!([{"op": "replace", "path": "/client_secret", "value": "a long secret"}]),
        ),
        (
            "an invalid redirect URI",
            json!([{"op": "replace", "path": "/redirect_uris", "value": ["x"]}]),
        ),
        (
            "an unknown member",
            json!([{"op": "add", "path": "/nonsense", "value": 1}]),
        ),
        ("a removal", json!([{"op": "remove", "path": "/contacts"}])),
        (
            "a removal of nothing",
            json!([{"op": "remove", "path": "/nonsense"}]),
        ),
        (
            "a wrong type",
            json!([{"op": "replace", "path": "/client_name", "value": 1}]),
        ),
        (
            "an unknown operation",
            json!([{"op": "nonsense", "path": "/client_name"}]),
        ),
        (
            "no list",
            json!({"op": "replace", "path": "/client_name", "value": "x"}),
        ),
    ]
}

fn replacements() -> Vec<(&'static str, Value)> {
    vec![
        ("by nothing", json!({})),
        ("a member", json!({"client_name": "Renamed"})),
        ("with another id", json!({"client_id": "other"})),
        ("the secret", json!({"client_secret": "a long secret"})),
        ("by a short secret", json!({"client_secret": "short"})),
        (
            "metadata and switches",
            json!({
                "metadata": {"a": 1}, "skip_consent": true, "access_token_strategy": "jwt",
            }),
        ),
        (
            "with an invalid redirect URI",
            json!({"redirect_uris": ["x"]}),
        ),
        ("with a wrong type", json!({"client_name": 1})),
    ]
}

fn lifespans() -> Vec<(&'static str, Value)> {
    vec![
        ("none", json!({})),
        (
            "one",
            json!({"refresh_token_grant_access_token_lifespan": "90m"}),
        ),
        ("null", json!({"implicit_grant_id_token_lifespan": null})),
        (
            "invalid",
            json!({"implicit_grant_id_token_lifespan": "soon"}),
        ),
    ]
}
