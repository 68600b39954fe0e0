//! Registration: the URIs of an app.

use serde_json::json;

use crate::comparison::case::Case;
use crate::comparison::request::{post, read};

const URIS: [&str; 35] = [
    "https://app.example/callback?a=b",
    "https://app.example",
    "http://127.0.0.1:3000/cb",
    "http://[::1]:3000/cb",
    "http://[::1/cb",
    "http://[::1]x/cb",
    "http://[fe80::1%25en0]/cb",
    "http://[fe80::1%en0]/cb",
    "com.example.app:/callback",
    "com.example.app:callback",
    "app://callback",
    "urn:ietf:wg:oauth:2.0:oob",
    "https://a:99999x/b",
    "https://a:99999/b",
    "https://a:/b",
    "https://a:b@c/d",
    "https://a@b@c/d",
    "https://a%zz/b",
    "https://a%41/b",
    "https://app.example/%zz",
    "https://app.example/%",
    "https://app.example/a b",
    "https://app.example/ä",
    "https://ä.example/",
    "https://app example/",
    "https://app.example/#fragment",
    "https://app.example/?q=%zz",
    "https://*.example/",
    "/callback",
    "//app.example/callback",
    "callback",
    "",
    ":x",
    "1https://a/",
    "https://app.example/\u{1}",
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for uri in URIS {
        let mut add = |member: &str, body| {
            cases.push(Case::new(
                format!("register: {member} {uri:?}"),
                [post(&body), read()],
            ));
        };
        add("redirect URI", json!({"redirect_uris": [uri]}));
    }
    for uri in [
        "https://app.example/bye",
        "https://app.example:443/bye",
        "https://APP.example/bye",
        "http://app.example/bye",
        "https://other.example/bye",
        "https://user@app.example/bye",
        "https://app.example/bye#fragment",
        "HTTPS://app.example/bye",
        "/bye",
        "bye",
        "https://app.example:x/",
        "",
    ] {
        let body = json!({"redirect_uris": ["https://app.example/cb"], "post_logout_redirect_uris": [uri]});
        cases.push(Case::new(
            format!("register: post-logout URI {uri:?}"),
            [post(&body), read()],
        ));
    }
    cases.push(Case::new(
        "register: post-logout URI without redirect URIs",
        [post(
            &json!({"post_logout_redirect_uris": ["https://app.example/bye"]}),
        )],
    ));
    cases.push(Case::new(
        "register: post-logout URI of a native app",
        [post(&json!({"redirect_uris": ["myapp:/cb"], "post_logout_redirect_uris": ["myapp:/bye"]})), read()],
    ));
    cases.push(Case::new(
        "register: post-logout URI with a port",
        [post(&json!({"redirect_uris": ["http://127.0.0.1:3000/cb"], "post_logout_redirect_uris": ["http://127.0.0.1:3001/cb"]}))],
    ));
    for uri in [
        "https://app.example/x",
        "ftp://app.example/",
        "javascript:alert(1)",
        "/path",
        "nonsense",
        "https://a:x/",
        "HTTP://A.example",
        "http:/x",
    ] {
        for member in ["tos_uri", "logo_uri"] {
            cases.push(Case::new(
                format!("register: {member} {uri:?}"),
                [post(&json!({member: uri})), read()],
            ));
        }
    }
    for origin in [
        "https://app.example",
        "https://app.example/",
        "https://app.example//",
        "https://app.example:8443",
        "HTTPS://App.Example",
        "https://app.example/path",
        "https://app.example?q",
        "https://app.example?q=1",
        "https://app.example#f",
        "https://app.example#",
        "https://user:pw@app.example",
        "https://@app.example",
        "ftp://app.example",
        "app.example",
        "*",
        "https://*.example",
        "null",
        "https://[::1",
        "https://a:x",
        "https:app.example",
        "",
        "https://app example",
        "https://app.example/%zz",
        "https://äpp.example",
    ] {
        let body = json!({"allowed_cors_origins": [origin]});
        cases.push(Case::new(
            format!("register: CORS origin {origin:?}"),
            [post(&body), read()],
        ));
    }
    cases
}
