//! Userinfo.

use serde_json::{Value, json};

use crate::comparison::case::Case;
use crate::comparison::request::{Request, get, put};

const USERINFO: &str = "/userinfo";

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, claims) in claims() {
        cases.push(with_token(
            &format!("userinfo: {name}"),
            [get(USERINFO).bearer("<access token>")],
            &claims,
        ));
    }
    for (name, request) in with_a_token() {
        cases.push(with_token(
            &format!("userinfo: {name}"),
            [request],
            &json!({}),
        ));
    }
    for authorization in [
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Bearer ory_at_x.y",
        "Basic eDp5",
        "x",
        "",
        "Bearer a b",
        "Bearer ä",
    ] {
        let request = get(USERINFO).header("authorization", authorization);
        cases.push(Case::new(
            format!("userinfo: Authorization {authorization:?}"),
            [request],
        ));
    }
    cases.extend([
        Case::new(
            "userinfo: no token, by a form",
            [Request::new("POST", USERINFO).form("")],
        ),
        Case::new(
            "userinfo: no token, in JSON",
            [Request::new("POST", USERINFO).json(&json!({"access_token": "x"}))],
        ),
        Case::new(
            "userinfo: a wrong token in the query",
            [get("/userinfo?access_token=x")],
        ),
        with_token(
            "userinfo: the ID token",
            [get(USERINFO).bearer("<ID token>")],
            &json!({}),
        ),
        with_token(
            "userinfo: the registration access token",
            [get(USERINFO).bearer("<token>")],
            &json!({}),
        ),
        with_token(
            "userinfo: after an update of the client",
            [
                put(&json!({"client_name": "x"})),
                get(USERINFO).bearer("<access token>"),
            ],
            &json!({}),
        ),
        with_token(
            "userinfo: after the deletion of the client",
            [
                Request::new("DELETE", "/oauth2/register/<id>").bearer("<token>"),
                get(USERINFO).bearer("<access token>"),
            ],
            &json!({}),
        ),
        with_token(
            "userinfo: after a change of the algorithm",
            [
                put(&json!({"userinfo_signed_response_alg": "RS256"})),
                get(USERINFO).bearer("<access token>"),
            ],
            &json!({"email": "u@app.example"}),
        ),
    ]);
    for (name, claims) in [
        ("without claims", json!({})),
        (
            "with claims",
            json!({"email": "u@app.example", "address": {"country": "NL"}}),
        ),
    ] {
        let signed = json!({"userinfo_signed_response_alg": "RS256"});
        let request = get(USERINFO).bearer("<access token>");
        cases.push(Case::new(format!("signed userinfo {name}"), [request]).login(&signed, &claims));
    }
    cases
}

fn with_token(name: &str, requests: impl IntoIterator<Item = Request>, claims: &Value) -> Case {
    Case::new(name, requests).login(&json!({}), claims)
}

fn claims() -> Vec<(&'static str, Value)> {
    vec![
        ("no claims", json!({})),
        (
            "standard claims",
            json!({
                "email": "u@app.example", "email_verified": true, "name": "Zoë", "updated_at": 1_700_000_000,
                "address": {"country": "NL", "formatted": "a\nb"}, "phone_number": "+1",
            }),
        ),
        (
            "claims of odd types",
            json!({
                "name": {"first": "A", "last": "B"}, "email_verified": 1, "locale": {}, "groups": ["a", 1, null],
                "fraction": 1.5, "large": 12_345_678_901_234_567_u64, "null": null, "": "empty",
            }),
        ),
        ("HTML in a claim", json!({"name": "<b>a & b</b>"})),
        (
            "claims that Hydra sets",
            json!({"iss": "zzz", "aud": "zzz", "iat": 5, "auth_time": 5, "rat": 5, "acr": "zzz"}),
        ),
        (
            "claims that Hydra removes",
            json!({"nonce": "n", "at_hash": "h", "c_hash": "h", "exp": 5, "sid": "s", "jti": "j"}),
        ),
        ("another audience", json!({"aud": ["other"]})),
        ("amr and azp", json!({"amr": ["pwd"], "azp": "x"})),
    ]
}

fn with_a_token() -> Vec<(&'static str, Request)> {
    let token = "access_token=<access token>";
    vec![
        ("by POST", Request::new("POST", USERINFO).bearer("<access token>")),
        ("by a form", Request::new("POST", USERINFO).form(token)),
        ("by a query", get(format!("/userinfo?{token}"))),
        ("by POST with a query", Request::new("POST", format!("/userinfo?{token}"))),
        ("by a form with a charset", Request::new("POST", USERINFO)
            .header("content-type", "Application/X-WWW-Form-Urlencoded; charset=utf-8").body(token)),
        ("by a form in a GET", get(USERINFO).form(token)),
        ("by a form without content type", Request::new("POST", USERINFO).body(token)),
        ("by a form as text", Request::new("POST", USERINFO).header("content-type", "text/plain").body(token)),
        ("by a multipart form", Request::new("POST", USERINFO)
            .header("content-type", "multipart/form-data; boundary=x")
            .body("--x\r\nContent-Disposition: form-data; name=\"access_token\"\r\n\r\n<access token>\r\n--x--\r\n")),
        ("by a multipart form without boundary", Request::new("POST", USERINFO)
            .header("content-type", "multipart/form-data").body(token)),
        ("by a query with a bad escape", get(format!("/userinfo?{token}&a=%zz"))),
        ("by a query with a semicolon", get(format!("/userinfo?{token};a=b"))),
        ("by a form with a bad escape", Request::new("POST", USERINFO).form("access_token=<access token>&a=%zz")),
        ("by form and query", Request::new("POST", "/userinfo?access_token=x").form(token)),
        ("by header and query", get("/userinfo?access_token=x").bearer("<access token>")),
        ("by another scheme and query", get(format!("/userinfo?{token}")).header("authorization", "Basic x")),
        ("with the scheme in lower case", get(USERINFO).header("authorization", "bearer <access token>")),
        ("with two spaces", get(USERINFO).header("authorization", "Bearer  <access token>")),
        ("with a space after the token", get(USERINFO).header("authorization", "Bearer <access token> ")),
        ("with more than the token", get(USERINFO).bearer("<access token> x")),
        ("with a cut token", get(USERINFO).bearer("<access token>x")),
        ("with Accept: application/jwt", get(USERINFO).bearer("<access token>").header("accept", "application/jwt")),
        ("with an Origin", get(USERINFO).bearer("<access token>").header("origin", "https://app.example")),
        ("by HEAD", Request::new("HEAD", USERINFO).bearer("<access token>")),
        ("with a slash", get("/userinfo/").bearer("<access token>")),
    ]
}
