//! Authorization requests, up to the login page.

use serde_json::{Value, json};

use crate::comparison::case::Case;
use crate::comparison::request::{Request, get, post};

const AUTH: &str = "/oauth2/auth";
const CALLBACK: &str = "redirect_uri=https%3A%2F%2Fapp.example%2Fcallback";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, query) in requests() {
        let path = format!("{AUTH}?client_id=<id>&{query}");
        cases.push(Case::new(
            format!("authorize: {name}"),
            [post(&client()), get(path)],
        ));
    }
    for (name, query) in [
        ("nothing", ""),
        (
            "an unknown client",
            "client_id=unknown&response_type=code&state=12345678",
        ),
        (
            "an empty client",
            "client_id=&response_type=code&state=12345678",
        ),
        ("a bad escape", "client_id=%zz"),
        ("only an unknown login verifier", "login_verifier=x"),
        ("only an unknown consent verifier", "consent_verifier=x"),
    ] {
        let path = format!("{AUTH}?{query}");
        cases.push(Case::new(format!("authorize: {name}"), [get(path)]));
    }
    let form = format!("client_id=<id>&response_type=code&state=12345678&scope=openid&{CALLBACK}");
    cases.push(Case::new(
        "authorize: by a form",
        [post(&client()), Request::new("POST", AUTH).form(&form)],
    ));
    let one_uri = json!({"redirect_uris": ["https://app.example/callback"]});
    let path = format!("{AUTH}?client_id=<id>&response_type=code&state=12345678");
    cases.push(Case::new(
        "authorize: a client with one redirect URI",
        [post(&one_uri), get(path.as_str())],
    ));
    cases.push(Case::new(
        "authorize: a client without redirect URIs",
        [post(&json!({})), get(path)],
    ));
    for method in ["HEAD", "PUT", "OPTIONS"] {
        cases.push(Case::new(
            format!("{method} {AUTH}"),
            [Request::new(method, AUTH)],
        ));
    }
    cases
}

fn client() -> Value {
    json!({
        "redirect_uris": ["https://app.example/callback", "https://app.example/callback?a=b", "http://127.0.0.1/cb"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "scope": "openid email",
    })
}

fn requests() -> Vec<(&'static str, String)> {
    let valid = format!("response_type=code&state=12345678&scope=openid&{CALLBACK}");
    let with = |more: &str| format!("{valid}&{more}");
    let to =
        |uri: &str| format!("response_type=code&state=12345678&scope=openid&redirect_uri={uri}");
    vec![
        ("a valid request", valid.clone()),
        ("a nonce", with("nonce=n")),
        ("a login_hint", with("login_hint=u")),
        (
            "no redirect URI",
            "response_type=code&state=12345678&scope=openid".to_owned(),
        ),
        (
            "an unregistered redirect URI",
            to("https%3A%2F%2Fapp.example%2Fother"),
        ),
        (
            "a redirect URI with a query",
            to("https%3A%2F%2Fapp.example%2Fcallback%3Fa%3Db"),
        ),
        (
            "a redirect URI with another query",
            to("https%3A%2F%2Fapp.example%2Fcallback%3Fa%3Dc"),
        ),
        (
            "a loopback redirect URI with a port",
            to("http%3A%2F%2F127.0.0.1%3A3000%2Fcb"),
        ),
        (
            "a redirect URI with a fragment",
            to("https%3A%2F%2Fapp.example%2Fcallback%23x"),
        ),
        ("a relative redirect URI", to("%2Fcallback")),
        (
            "no response type",
            format!("state=12345678&scope=openid&{CALLBACK}"),
        ),
        (
            "an unsupported response type",
            format!("response_type=x&state=12345678&{CALLBACK}"),
        ),
        (
            "a response type that the client lacks",
            format!("response_type=token&state=12345678&{CALLBACK}"),
        ),
        (
            "no state",
            format!("response_type=code&scope=openid&{CALLBACK}"),
        ),
        (
            "a short state",
            format!("response_type=code&state=1&scope=openid&{CALLBACK}"),
        ),
        (
            "no scope",
            format!("response_type=code&state=12345678&{CALLBACK}"),
        ),
        (
            "a scope that the client lacks",
            format!("response_type=code&state=12345678&scope=openid+phone&{CALLBACK}"),
        ),
        (
            "an audience that the client lacks",
            with("audience=https%3A%2F%2Fapi.example"),
        ),
        ("a short nonce", with("nonce=1")),
        ("prompt none", with("prompt=none")),
        ("prompt none and login", with("prompt=none+login")),
        ("an unknown prompt", with("prompt=x")),
        ("max_age 0", with("max_age=0")),
        ("a max_age in words", with("max_age=x")),
        ("a response mode", with("response_mode=form_post")),
        ("an unknown response mode", with("response_mode=x")),
        ("a request object", with("request=x")),
        (
            "a request URI",
            with("request_uri=https%3A%2F%2Fapp.example%2Fr"),
        ),
        (
            "PKCE",
            with(
                "code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256",
            ),
        ),
        (
            "an unknown method of PKCE",
            with("code_challenge=x&code_challenge_method=x"),
        ),
        ("an id_token_hint", with("id_token_hint=x")),
        ("an unknown login verifier", with("login_verifier=x")),
        ("an unknown consent verifier", with("consent_verifier=x")),
    ]
}
