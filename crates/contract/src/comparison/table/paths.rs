//! Paths: with and without a slash at the end, cleaned, of other endpoints and of none.

use serde_json::json;

use crate::comparison::case::Case;
use crate::comparison::request::{Request, get};

const PATHS: [&str; 44] = [
    "/",
    "//",
    "/foo",
    "/foo/",
    "/foo?a=b",
    "/%zz",
    "/%",
    "/%2e",
    "/userinfo/",
    "/userinfo//",
    "/userinfo/x",
    "/userinfo?",
    "//userinfo",
    "/./userinfo",
    "/x/../userinfo",
    "/userinfo/.",
    "/userinfo/..",
    "/USERINFO",
    "/Userinfo/",
    "/user%69nfo",
    "/userinfo%2F",
    "/oauth2",
    "/oauth2/",
    "/oauth2/sessions",
    "/oauth2/sessions/logout/",
    "/oauth2/sessions/logout/?state=x",
    "/oauth2/sessions//logout",
    "/OAuth2/Register",
    "/oauth2/register/",
    "/oauth2/../oauth2/register",
    "/.well-known",
    "/.well-known/",
    "/.well-known/openid-configuration/",
    "/.well-known/openid-configuration?a=b",
    "/.well-known/jwks.json/",
    "/.well-known/oauth-authorization-server",
    "/.well-known/webfinger",
    "/.Well-Known/Jwks.json",
    "/favicon.ico",
    "/version",
    "/health/alive",
    "/health/ready",
    "/health",
    "/oauth2/introspect",
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases: Vec<Case> = PATHS
        .into_iter()
        .map(|path| Case::new(format!("GET {path}"), [get(path)]))
        .collect();
    for (method, path) in [
        ("POST", "/oauth2/register/"),
        ("POST", "/oauth2//register"),
        ("POST", "/OAuth2/Register"),
        ("POST", "/userinfo/"),
        ("HEAD", "/userinfo/"),
        ("HEAD", "/foo"),
        ("POST", "/foo"),
        ("PUT", "/"),
        ("DELETE", "/oauth2/register/x/"),
        ("OPTIONS", "/foo"),
        ("POST", "/oauth2/fallbacks/error"),
        ("HEAD", "/oauth2/fallbacks/error"),
        ("HEAD", "/health/ready"),
        ("POST", "/health/ready"),
    ] {
        cases.push(Case::new(
            format!("{method} {path}"),
            [Request::new(method, path)],
        ));
    }
    cases.push(Case::new(
        "POST /oauth2/register/ with a body",
        [Request::new("POST", "/oauth2/register/").json(&json!({}))],
    ));
    for page in [
        "error?error=x&error_description=y",
        "login",
        "consent",
        "logout",
        "logout/callback",
        "device",
        "nonsense",
        "error/",
        "",
    ] {
        let path = format!("/oauth2/fallbacks/{page}");
        cases.push(Case::new(format!("GET {path}"), [get(path)]));
    }
    for accept in [
        "application/json",
        "text/plain",
        "text/html",
        "*/*",
        "image/png",
        "application/json;q=0.1, text/plain;q=0.5",
    ] {
        let name = format!("an unknown path with Accept: {accept}");
        cases.push(Case::new(name, [get("/foo").header("accept", accept)]));
    }
    cases
}
