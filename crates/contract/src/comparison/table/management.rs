//! Reading and deleting registrations: tokens, ids and registration that is disabled.

use serde_json::json;

use crate::comparison::case::Case;
use crate::comparison::request::{Request, delete, get, post, put, read};

const CLIENT: &str = "/oauth2/register/<id>";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::new(
            "delete: and everything after it",
            [
                post(&json!({})),
                delete(),
                read(),
                put(&json!({})),
                delete(),
            ],
        ),
        Case::new(
            "delete: with a body",
            [post(&json!({})), delete().body("{}")],
        ),
        Case::new(
            "delete: with a wrong token",
            [
                post(&json!({})),
                Request::new("DELETE", CLIENT).bearer("x"),
                read(),
            ],
        ),
        Case::new("read: with a body", [post(&json!({})), read().body("{}")]),
        Case::new(
            "read: with a query",
            [
                post(&json!({})),
                Request::new("GET", "/oauth2/register/<id>?a=b").bearer("<token>"),
            ],
        ),
        Case::new("read: a client of an administrator", [read()])
            .login(&json!({"metadata": {"a": 1}}), &json!({})),
        Case::new(
            "read: the token of another client",
            [
                post(&json!({})),
                post(&json!({})),
                Request::new("GET", CLIENT).bearer("<first token>"),
            ],
        ),
        Case::new(
            "read: the access token of the client",
            [Request::new("GET", CLIENT).bearer("<access token>")],
        )
        .login(&json!({}), &json!({})),
        Case::new(
            "read: the token in the query",
            [
                post(&json!({})),
                get("/oauth2/register/<id>?access_token=<token>"),
            ],
        ),
        Case::new(
            "update: the token in the query",
            [
                post(&json!({})),
                Request::new("PUT", "/oauth2/register/<id>?access_token=<token>").json(&json!({})),
            ],
        ),
        Case::new(
            "delete: the token in a form",
            [
                post(&json!({})),
                Request::new("DELETE", CLIENT).form("access_token=<token>"),
            ],
        ),
        Case::new(
            "read: basic authentication",
            [
                post(&json!({})),
                Request::new("GET", CLIENT).header("authorization", "Basic PGlkPjo8c2VjcmV0Pg=="),
            ],
        ),
        Case::new(
            "read: two Authorization headers",
            [post(&json!({})), read().bearer("x")],
        ),
        Case::new(
            "update: an invalid body with a wrong token",
            [
                post(&json!({})),
                Request::new("PUT", CLIENT).bearer("x").body("{"),
            ],
        ),
        Case::new(
            "register: with a token",
            [post(&json!({})).bearer("anything")],
        ),
    ];
    for authorization in [
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer <token>x",
        "bearer <token>",
        "BEARER <token>",
        "Bearer  <token>",
        "Bearer <token> ",
        "Bearer\t<token>",
        "Bearer <token>,x",
        "Token <token>",
        "<token>",
        "",
        "Bearer ory_at_",
        "Bearer ory_at_a.b",
        "Bearer ory_at_<token>",
    ] {
        let request = Request::new("GET", CLIENT).header("authorization", authorization);
        cases.push(Case::new(
            format!("read: Authorization {authorization:?}"),
            [post(&json!({})), request],
        ));
    }
    for id in [
        "unknown", "%20", "a%2Fb", "a%2fb", "%zz", "%", "..", ".", "%2e%2e", "%2E", "a;b", "a+b",
        "a%00b", "ä", "%C3%A4", "a:b", "*", "<id>/", "<id>/x", "<id>%2F", "<id>?", "x//y", "//",
    ] {
        let request = Request::new("GET", format!("/oauth2/register/{id}")).bearer("<token>");
        cases.push(Case::new(
            format!("read: id {id:?}"),
            [post(&json!({})), request],
        ));
    }
    for (name, request) in [
        ("POST", post(&json!({}))),
        (
            "a wrong body",
            Request::new("POST", "/oauth2/register").body("{"),
        ),
        ("GET", Request::new("GET", "/oauth2/register/x").bearer("x")),
        (
            "PUT",
            Request::new("PUT", "/oauth2/register/x")
                .bearer("x")
                .json(&json!({})),
        ),
        (
            "DELETE",
            Request::new("DELETE", "/oauth2/register/x").bearer("x"),
        ),
        ("PATCH", Request::new("PATCH", "/oauth2/register/x")),
        ("GET of all", get("/oauth2/register")),
    ] {
        cases.push(
            Case::new(format!("registration disabled: {name}"), [request]).with_other_settings(),
        );
    }
    cases
}
