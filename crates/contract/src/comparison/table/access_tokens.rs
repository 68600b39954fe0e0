//! Access tokens of both strategies, and what looks like one.

use serde_json::{Value, json};

use crate::comparison::case::Case;
use crate::comparison::request::{Request, admin, get, post};

const NOTHING: &str = "e30"; // {}
const TEXT: &str = "bm90IEpTT04"; // not JSON
const UNSIGNED: &str = "eyJhbGciOiJub25lIn0"; // {"alg":"none"}
const HMAC: &str = "eyJhbGciOiJIUzI1NiJ9"; // {"alg":"HS256"}

pub(super) fn cases() -> Vec<Case> {
    let mut cases = Vec::new();
    for strategy in ["jwt", "opaque"] {
        let name = |name: &str| format!("{strategy} access token: {name}");
        let client = json!({"access_token_strategy": strategy});
        let requests = variants(strategy).into_iter().flat_map(|token| {
            let token = token
                .replace("HEADER", "<token header>")
                .replace("CLAIMS", "<token claims>")
                .replace("SIGNATURE", "<token signature>");
            [get("/userinfo").bearer(&token), introspect(&token)]
        });
        let case = Case::new(name("variants"), requests);
        cases.push(case.login(&client, &json!({"email": "u@app.example"})));
        for token in [
            "<access token>",
            "x.<token signature>",
            "x.y.<token signature>",
            "a.b.c.<token signature>",
        ] {
            let requests = [revoke(token), get("/userinfo").bearer("<access token>")];
            let case = Case::new(name(&format!("revoke {token}")), requests);
            cases.push(case.login(&client, &json!({})));
        }
        let hint = get("/oauth2/sessions/logout?id_token_hint=<access token>");
        cases.push(Case::new(name("as a hint"), [hint]).login(&client, &json!({})));
        let other = if strategy == "jwt" { "opaque" } else { "jwt" };
        let change = json!([{"op": "replace", "path": "/access_token_strategy", "value": other}]);
        let use_it = || {
            [
                get("/userinfo").bearer("<access token>"),
                introspect("<access token>"),
            ]
        };
        let change = admin("PATCH", "/admin/clients/<id>").json(&change);
        let [first, second] = use_it();
        cases.push(
            Case::new(name("a change of the strategy"), [change, first, second])
                .login(&client, &json!({})),
        );
        // Already expired when it is issued.
        let lifespan = "authorization_code_grant_access_token_lifespan";
        let expired = json!({"access_token_strategy": strategy, lifespan: "-1h"});
        cases.push(Case::new(name("expired"), use_it()).login(&expired, &json!({})));

        let client = machine(&json!({"access_token_strategy": strategy}));
        cases.push(Case::new(name("client credentials"), tokens_of(&client)));
        let pairwise = json!({"access_token_strategy": strategy, "subject_type": "pairwise"});
        cases.push(Case::new(
            name("pairwise subjects"),
            [admin("POST", "/admin/clients").json(&pairwise)],
        ));
    }
    for (name, requests) in [
        ("client credentials", tokens_of(&machine(&json!({})))),
        (
            "a client with opaque ones",
            tokens_of(&machine(&json!({"access_token_strategy": "opaque"}))),
        ),
        (
            "pairwise subjects",
            vec![admin("POST", "/admin/clients").json(&json!({"subject_type": "pairwise"}))],
        ),
        ("discovery", vec![get("/.well-known/openid-configuration")]),
        ("keys", vec![get("/.well-known/jwks.json")]),
    ] {
        let case = Case::new(format!("JWT access tokens by default: {name}"), requests);
        cases.push(case.with_other_settings());
    }
    cases.push(Case::new(
        "JWT access tokens: registration with a strategy",
        [post(&json!({"access_token_strategy": "opaque"}))],
    ));
    cases
}

/// Texts that share parts with an access token. A JWT has header, claims and signature, an opaque token only
/// header and signature.
fn variants(strategy: &str) -> Vec<String> {
    let mut variants: Vec<_> = [
        "SIGNATURE",
        ".SIGNATURE",
        "..SIGNATURE",
        "HEADER.SIGNATURE",
        "ory_at_HEADER.SIGNATURE",
        "ory_at_ory_at_HEADER.SIGNATURE",
        "ory_rt_HEADER.SIGNATURE",
        "HEADER..SIGNATURE",
        "HEADER.!!.SIGNATURE",
        "x.SIGNATURE",
        "x.y.SIGNATURE",
        "!!.SIGNATURE",
        "a.b.c.SIGNATURE",
        "HEADER.SIGNATURE.",
        "HEADER.SIGNATURE=",
    ]
    .map(str::to_owned)
    .to_vec();
    if strategy == "jwt" {
        variants.extend(
            [
                "HEADER.CLAIMS.SIGNATURE",
                "HEADER.CLAIMS.SIGNATURE=",
                "HEADER.CLAIMS.SIGNATURE.",
                "HEADER.CLAIMS.x.SIGNATURE",
                "HEADER.CLAIMS.",
                "HEADER.CLAIMS",
                ".CLAIMS.SIGNATURE",
                "!!.CLAIMS.SIGNATURE",
                "ory_at_HEADER.CLAIMS.SIGNATURE",
                "HEADER.CLAIMSx.SIGNATURE",
            ]
            .map(str::to_owned),
        );
        for header in [NOTHING, TEXT, UNSIGNED, HMAC] {
            variants.push(format!("{header}.CLAIMS.SIGNATURE"));
        }
        for claims in [NOTHING, TEXT] {
            variants.push(format!("HEADER.{claims}.SIGNATURE"));
        }
    }
    variants
}

/// A client that gets tokens without a user.
fn machine(members: &Value) -> Value {
    let mut client = json!({
        "grant_types": ["client_credentials"],
        "scope": "report:read report:write",
        "audience": ["https://api.example"],
    });
    if let (Some(client), Some(members)) = (client.as_object_mut(), members.as_object()) {
        client.extend(members.clone());
    }
    client
}

/// Creates a client, and gets tokens for it.
fn tokens_of(client: &Value) -> Vec<Request> {
    let token = |more: &str| {
        Request::new("POST", "/oauth2/token")
            .header("authorization", "Basic <basic>")
            .form(&format!("grant_type=client_credentials{more}"))
    };
    vec![
        admin("POST", "/admin/clients").json(client),
        token("&scope=report:read&audience=https://api.example"),
        introspect("<access token>"),
        get("/userinfo").bearer("<access token>"),
        token(""),
        introspect("<access token>"),
    ]
}

fn introspect(token: &str) -> Request {
    admin("POST", "/admin/oauth2/introspect").form(&format!("token={token}"))
}

fn revoke(token: &str) -> Request {
    let form = format!("token={token}&client_id=<id>&client_secret=<secret>");
    Request::new("POST", "/oauth2/revoke").form(&form)
}
