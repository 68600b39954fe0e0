//! Revocation of tokens, which also tells whether a client exists.

use serde_json::json;

use crate::comparison::case::Case;
use crate::comparison::request::{Request, get, post};

const REVOKE: &str = "/oauth2/revoke";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, request) in with_basic() {
        let name = format!("revoke with Basic: {name}");
        cases.push(Case::new(name, [post(&json!({})), request]));
    }
    for (name, request) in by_post() {
        let client = json!({"token_endpoint_auth_method": "client_secret_post"});
        cases.push(Case::new(
            format!("revoke by a form: {name}"),
            [post(&client), request],
        ));
    }
    for (name, body) in [
        ("its id", "token=x&client_id=<id>"),
        (
            "its id and a secret",
            "token=x&client_id=<id>&client_secret=x",
        ),
        ("nothing", "token=x"),
    ] {
        let client = json!({"token_endpoint_auth_method": "none"});
        let request = revoke().form(body);
        cases.push(Case::new(
            format!("revoke by a public client: {name}"),
            [post(&client), request],
        ));
    }
    let userinfo = || get("/userinfo").bearer("<access token>");
    for (name, body) in [
        ("its own token", "token=<access token>"),
        (
            "its own token with a hint",
            "token=<access token>&token_type_hint=access_token",
        ),
        (
            "its own token with a wrong hint",
            "token=<access token>&token_type_hint=refresh_token",
        ),
        (
            "its own token with an unknown hint",
            "token=<access token>&token_type_hint=x",
        ),
        ("an ID token", "token=<ID token>"),
        ("a registration access token", "token=<token>"),
    ] {
        let body = format!("{body}&client_id=<id>&client_secret=<secret>");
        let requests = [userinfo(), revoke().form(&body), userinfo()];
        cases.push(Case::new(format!("revoke: {name}"), requests).login(&json!({}), &json!({})));
    }
    cases.push(
        Case::new(
            "revoke: the token of another client",
            [
                post(&json!({})),
                basic().form("token=<access token>"),
                userinfo(),
            ],
        )
        .login(&json!({}), &json!({})),
    );
    cases.push(Case::new(
        "revoke: a client that was deleted",
        [
            post(&json!({})),
            Request::new("DELETE", "/oauth2/register/<id>").bearer("<token>"),
            basic().form("token=x"),
        ],
    ));
    for method in ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"] {
        cases.push(Case::new(
            format!("{method} {REVOKE}"),
            [Request::new(method, REVOKE)],
        ));
    }
    cases
}

fn revoke() -> Request {
    Request::new("POST", REVOKE)
}

fn basic() -> Request {
    revoke().header("authorization", "Basic <basic>")
}

fn with_basic() -> Vec<(&'static str, Request)> {
    vec![
        ("an unknown token", basic().form("token=x")),
        ("no token", basic().form("")),
        ("an empty token", basic().form("token=")),
        ("another parameter", basic().form("a=b")),
        ("the client_id, too", basic().form("token=x&client_id=<id>")),
        (
            "another client_id, too",
            basic().form("token=x&client_id=other"),
        ),
        (
            "the secret, too",
            basic().form("token=x&client_id=<id>&client_secret=<secret>"),
        ),
        ("a bad escape", basic().form("token=%zz")),
        (
            "the parameters in the query",
            Request::new("POST", "/oauth2/revoke?token=x").header("authorization", "Basic <basic>"),
        ),
        ("JSON", basic().json(&json!({"token": "x"}))),
        ("no content type", basic().body("token=x")),
        (
            "a wrong secret",
            revoke()
                .header("authorization", "Basic YTpi")
                .form("token=x"),
        ),
        (
            "no colon",
            revoke()
                .header("authorization", "Basic YWI=")
                .form("token=x"),
        ),
        (
            "no base64",
            revoke().header("authorization", "Basic !").form("token=x"),
        ),
        (
            "a bad escape in the id",
            revoke()
                .header("authorization", "Basic JXp6OmI=")
                .form("token=x"),
        ),
        (
            "a bad escape in the secret",
            revoke()
                .header("authorization", "Basic YTolenc=")
                .form("token=x"),
        ),
        ("another scheme", revoke().bearer("x").form("token=x")),
        (
            "the scheme in lower case",
            revoke()
                .header("authorization", "basic <basic>")
                .form("token=x"),
        ),
        (
            "the wrong method of authentication",
            revoke().form("token=x&client_id=<id>&client_secret=<secret>"),
        ),
        ("only the id", revoke().form("token=x&client_id=<id>")),
        ("nothing", revoke().form("token=x")),
        ("nothing at all", revoke()),
    ]
}

fn by_post() -> Vec<(&'static str, Request)> {
    vec![
        (
            "an unknown token",
            revoke().form("token=x&client_id=<id>&client_secret=<secret>"),
        ),
        (
            "a wrong secret",
            revoke().form("token=x&client_id=<id>&client_secret=x"),
        ),
        ("no secret", revoke().form("token=x&client_id=<id>")),
        (
            "an empty secret",
            revoke().form("token=x&client_id=<id>&client_secret="),
        ),
        (
            "an unknown client",
            revoke().form("token=x&client_id=unknown&client_secret=x"),
        ),
        ("no client", revoke().form("token=x&client_secret=x")),
        (
            "no token",
            revoke().form("client_id=<id>&client_secret=<secret>"),
        ),
        (
            "the wrong method of authentication",
            basic().form("token=x"),
        ),
    ]
}
