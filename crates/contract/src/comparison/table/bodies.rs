//! Registration: bodies that are not what they should be, and their content types.

use crate::comparison::case::Case;
use crate::comparison::request::{Request, post, put, read};
use serde_json::json;

const BODIES: [(&str, &[u8]); 40] = [
    ("empty", b""),
    ("blank", b" \r\n\t "),
    ("an open brace", b"{"),
    ("an open object", b"{\"client_name\": \"x\""),
    ("an open string", b"{\"client_name\": \"x"),
    ("an open key", b"{\"client_na"),
    ("a cut literal", b"{\"a\": tru"),
    ("a cut number", b"{\"a\": -"),
    ("null", b"null"),
    ("true", b"true"),
    ("a number", b"12"),
    ("a fraction", b"1.5"),
    ("a string", b"\"x\""),
    ("a list", b"[]"),
    ("a list of objects", b"[{}]"),
    ("text after the object", b"{} trailing"),
    ("two objects", b"{}{\"client_name\": 1}"),
    ("a key without quotation marks", b"{client_name: 1}"),
    ("single quotation marks", b"{'client_name': 1}"),
    ("a missing colon", b"{\"a\" 1}"),
    ("a missing comma", b"{\"a\": 1 \"b\": 2}"),
    ("a trailing comma", b"{\"a\": 1,}"),
    ("a trailing comma in a list", b"{\"a\": [1,]}"),
    ("a missing comma in a list", b"{\"a\": [1 2]}"),
    ("a wrong literal", b"{\"a\": truf}"),
    ("a wrong null", b"{\"a\": nil}"),
    ("a leading zero", b"{\"a\": 01}"),
    ("a point without digits", b"{\"a\": 1.}"),
    ("an exponent without digits", b"{\"a\": 1e}"),
    (
        "a number that is too large",
        b"{\"client_secret_expires_at\": 1e400}",
    ),
    (
        "an integer that is too large",
        b"{\"client_secret_expires_at\": 99999999999999999999}",
    ),
    ("a bare minus", b"{\"a\": -x}"),
    ("a wrong escape", b"{\"a\": \"\\x\"}"),
    ("a wrong unicode escape", b"{\"a\": \"\\u12g4\"}"),
    ("a control character in a string", b"{\"a\": \"\x01\"}"),
    ("a line break in a string", b"{\"client_name\": \"a\nb\"}"),
    ("a comment", b"{/* */}"),
    ("a byte order mark", b"\xef\xbb\xbf{}"),
    ("a form", b"client_name=x&scope=openid"),
    (
        "a multipart form",
        b"--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\nb\r\n--x--\r\n",
    ),
];

const ODD_BODIES: [(&str, &[u8]); 8] = [
    ("Latin-1", b"{\"client_name\": \"Zo\xeb\"}"),
    ("half a UTF-8 character", b"{\"client_name\": \"Zo\xc3\"}"),
    ("a lone surrogate", b"{\"client_name\": \"a\\ud800b\"}"),
    ("a surrogate pair", b"{\"client_name\": \"\\ud83d\\ude00\"}"),
    (
        "two lone surrogates",
        b"{\"client_name\": \"\\ude00\\ud83d\"}",
    ),
    ("a NUL escape", b"{\"owner\": \"a\\u0000b\"}"),
    (
        "a member twice",
        b"{\"client_name\": \"a\", \"client_name\": \"b\"}",
    ),
    (
        "a member twice with null",
        b"{\"client_name\": \"a\", \"client_name\": null}",
    ),
];

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, body) in BODIES {
        let request =
            Request::new("POST", "/oauth2/register").header("content-type", "application/json");
        cases.push(Case::new(format!("body: {name}"), [request.body(body)]));
    }
    for (name, body) in ODD_BODIES {
        let request =
            Request::new("POST", "/oauth2/register").header("content-type", "application/json");
        cases.push(Case::new(
            format!("body: {name}"),
            [request.body(body), read()],
        ));
    }
    for depth in [100, 200, 9_000] {
        let body = format!("{{\"a\": {}1{}}}", "[".repeat(depth), "]".repeat(depth));
        let request = Request::new("POST", "/oauth2/register").body(body);
        cases.push(Case::new(format!("body: {depth} nested lists"), [request]));
    }
    let deepest = "[".repeat(10_001);
    cases.push(Case::new(
        "body: more than 10000 nested lists",
        [Request::new("POST", "/oauth2/register").body(format!("{{\"a\": {deepest}"))],
    ));
    for content_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin1",
        "nonsense",
        "",
    ] {
        let request = Request::new("POST", "/oauth2/register").header("content-type", content_type);
        let request = request.body(r#"{"client_name": "x"}"#);
        cases.push(Case::new(
            format!("content type {content_type:?} of a registration"),
            [request],
        ));
    }
    cases.push(Case::new(
        "no content type of a registration",
        [Request::new("POST", "/oauth2/register").body("{}")],
    ));
    for content_type in ["text/plain", "application/x-www-form-urlencoded"] {
        let update = Request::new("PUT", "/oauth2/register/<id>").bearer("<token>");
        let update = update.header("content-type", content_type).body("{}");
        cases.push(Case::new(
            format!("content type {content_type:?} of an update"),
            [post(&json!({})), update],
        ));
    }
    for (name, body) in [
        BODIES[0], BODIES[2], BODIES[8], BODIES[13], BODIES[15], BODIES[17],
    ] {
        let update = Request::new("PUT", "/oauth2/register/<id>")
            .bearer("<token>")
            .body(body);
        cases.push(Case::new(
            format!("body of an update: {name}"),
            [post(&json!({})), update, put(&json!({}))],
        ));
    }
    cases
}
