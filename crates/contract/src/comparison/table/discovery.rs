//! Discovery and the key set.

use crate::comparison::case::Case;
use crate::comparison::request::{Request, get};

const DISCOVERY: &str = "/.well-known/openid-configuration";
const KEYS: &str = "/.well-known/jwks.json";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for path in [DISCOVERY, KEYS] {
        let mut add = |name: &str, request: Request| {
            cases.push(Case::new(format!("{path} {name}"), [request]));
        };
        add("with a query", get(format!("{path}?a=b&a=%zz")));
        add(
            "with Accept: text/html",
            get(path).header("accept", "text/html"),
        );
        add(
            "with an Origin",
            get(path).header("origin", "https://app.example"),
        );
        add("with If-None-Match", get(path).header("if-none-match", "*"));
        add(
            "with If-Modified-Since",
            get(path).header("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT"),
        );
        add("with a Range", get(path).header("range", "bytes=0-9"));
        add(
            "with Accept-Encoding",
            get(path).header("accept-encoding", "gzip"),
        );
        add("with Authorization", get(path).bearer("x"));
        add("with a body", get(path).body("x"));
        add(
            "by a preflight",
            Request::new("OPTIONS", path)
                .header("origin", "https://app.example")
                .header("access-control-request-method", "GET"),
        );
    }
    cases
}
