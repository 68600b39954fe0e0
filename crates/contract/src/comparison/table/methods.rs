//! Every method at every path.

use crate::comparison::case::Case;
use crate::comparison::request::Request;

const METHODS: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "FOO", "get",
];

const PATHS: [&str; 6] = [
    "/oauth2/register",
    "/oauth2/register/x",
    "/userinfo",
    "/oauth2/sessions/logout",
    "/.well-known/openid-configuration",
    "/.well-known/jwks.json",
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for path in PATHS {
        for method in METHODS {
            cases.push(Case::new(
                format!("{method} {path}"),
                [Request::new(method, path)],
            ));
        }
    }
    cases
}
