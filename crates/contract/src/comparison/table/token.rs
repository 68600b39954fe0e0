//! The token endpoint without a user, and introspection.

use serde_json::{Value, json};

use crate::comparison::case::Case;
use crate::comparison::request::{Request, admin, post};

const TOKEN: &str = "/oauth2/token";
const BASIC: &str = "Basic <basic>";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, body) in [
        ("no grant type", "scope=openid"),
        ("nothing", ""),
        ("an unknown grant type", "grant_type=x"),
        ("no code", "grant_type=authorization_code"),
        (
            "an unknown code",
            "grant_type=authorization_code&code=x&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback",
        ),
        (
            "a code of the right form",
            "grant_type=authorization_code&code=ory_ac_a.b",
        ),
        ("no refresh token", "grant_type=refresh_token"),
        (
            "an unknown refresh token",
            "grant_type=refresh_token&refresh_token=x",
        ),
        (
            "a refresh token of the right form",
            "grant_type=refresh_token&refresh_token=ory_rt_a.b",
        ),
        (
            "a grant that the client lacks",
            "grant_type=client_credentials",
        ),
        ("a password", "grant_type=password&username=u&password=p"),
        ("a bad escape", "grant_type=%zz"),
    ] {
        let request = token(body).header("authorization", BASIC);
        cases.push(Case::new(
            format!("token: {name}"),
            [post(&client()), request],
        ));
    }
    for (name, request) in [
        (
            "no client",
            token("grant_type=refresh_token&refresh_token=x"),
        ),
        (
            "an unknown client",
            token("grant_type=refresh_token&refresh_token=x&client_id=unknown"),
        ),
        (
            "a wrong secret",
            token("grant_type=refresh_token&refresh_token=x").header("authorization", "Basic YTpi"),
        ),
        (
            "JSON",
            Request::new("POST", TOKEN).json(&json!({"grant_type": "x"})),
        ),
        ("nothing at all", Request::new("POST", TOKEN)),
    ] {
        cases.push(Case::new(format!("token: {name}"), [request]));
    }
    for method in ["GET", "HEAD", "PUT", "OPTIONS"] {
        cases.push(Case::new(
            format!("{method} {TOKEN}"),
            [Request::new(method, TOKEN)],
        ));
    }
    for (name, body) in [
        ("an access token", "token=<access token>"),
        (
            "an access token with a scope",
            "token=<access token>&scope=openid",
        ),
        (
            "an access token with another scope",
            "token=<access token>&scope=phone",
        ),
        ("an unknown token", "token=x"),
        ("no token", ""),
        ("an ID token", "token=<ID token>"),
    ] {
        let request = admin("POST", "/admin/oauth2/introspect").form(body);
        let case = Case::new(format!("introspect: {name}"), [request]);
        cases.push(case.login(&json!({}), &json!({})));
    }
    cases
}

fn token(body: &str) -> Request {
    Request::new("POST", TOKEN).form(body)
}

fn client() -> Value {
    json!({
        "redirect_uris": ["https://app.example/callback"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": "openid offline_access",
    })
}
