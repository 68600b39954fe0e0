//! Registration: each member of the metadata, with values of the right and of the wrong type.

use serde_json::{Value, json};

use crate::comparison::case::Case;
use crate::comparison::request::{post, read};

pub(super) fn cases() -> Vec<Case> {
    let mut cases = vec![
        registered("no members", &json!({})),
        registered("all members", &all_members()),
        registered(
            "unknown members",
            &json!({"nonsense": 1, "client_name#de": "App", "software_id": "x"}),
        ),
        registered(
            "members in upper case",
            &json!({"CLIENT_NAME": "App", "Scope": "openid"}),
        ),
        registered("null for every member", &all_members_as(&Value::Null)),
        registered("empty texts and lists", &empty_members()),
        registered("client_id is ignored", &json!({"client_id": "mine"})),
        registered(
            "times and token are ignored",
            &json!({
                "created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z",
                "registration_access_token": "x", "registration_client_uri": "https://a.example/",
                "client_secret_expires_at": 5, "client_id_issued_at": 7,
            }),
        ),
        registered(
            "HTML in a name",
            &json!({"client_name": "<b>a & b</b> \u{2028} \"q\" \\ / \u{1}\u{7f}"}),
        ),
        registered(
            "a name outside the basic plane",
            &json!({"client_name": "Zoë ☕ 𝔘"}),
        ),
        registered("a long name", &json!({"client_name": "x".repeat(4096)})),
    ];
    cases.extend(
        allowed()
            .into_iter()
            .map(|(name, body)| registered(name, &body)),
    );
    cases.extend(
        refused()
            .into_iter()
            .map(|(name, body)| Case::new(format!("register: {name}"), [post(&body)])),
    );
    cases.extend(wrong_types());
    cases
}

/// Registers, and reads what was stored.
fn registered(name: &str, body: &Value) -> Case {
    Case::new(format!("register: {name}"), [post(body), read()])
}

fn allowed() -> Vec<(&'static str, Value)> {
    vec![
        (
            "client_secret_post",
            json!({"token_endpoint_auth_method": "client_secret_post"}),
        ),
        (
            "a public client",
            json!({"token_endpoint_auth_method": "none"}),
        ),
        (
            "an unknown authentication method",
            json!({"token_endpoint_auth_method": "magic"}),
        ),
        (
            "unknown grant types",
            json!({"grant_types": ["nonsense", ""], "response_types": ["x y"]}),
        ),
        (
            "signed userinfo",
            json!({"userinfo_signed_response_alg": "RS256"}),
        ),
        (
            "unsigned userinfo",
            json!({"userinfo_signed_response_alg": "none"}),
        ),
        (
            "id_token_signed_response_alg is dropped",
            json!({"id_token_signed_response_alg": "ES256"}),
        ),
        (
            "request_object_signing_alg",
            json!({"request_object_signing_alg": "none"}),
        ),
        (
            "request_uris",
            json!({"request_uris": ["https://app.example/r", "x"]}),
        ),
        ("pairwise subjects", json!({"subject_type": "pairwise"})),
        ("public subjects", json!({"subject_type": "public"})),
        ("a scope with spaces", json!({"scope": "  openid   email "})),
        ("audience", json!({"audience": ["https://api.example", ""]})),
        (
            "a null in a list",
            json!({"contacts": ["a", null], "redirect_uris": []}),
        ),
        ("an empty secret", json!({"client_secret": ""})),
        (
            "no consent to skip",
            json!({"skip_consent": false, "skip_logout_consent": false}),
        ),
        (
            "logout URIs",
            json!({
                "frontchannel_logout_uri": "https://app.example/fc", "frontchannel_logout_session_required": true,
                "backchannel_logout_uri": "https://app.example/bc", "backchannel_logout_session_required": true,
            }),
        ),
        (
            "logout URIs that are none",
            json!({"frontchannel_logout_uri": "x", "backchannel_logout_uri": "y z"}),
        ),
        (
            "sessions required without URIs",
            json!({"frontchannel_logout_session_required": true}),
        ),
        (
            "lifespans",
            json!({
                "authorization_code_grant_access_token_lifespan": "30m",
                "authorization_code_grant_id_token_lifespan": "1.5h",
                "authorization_code_grant_refresh_token_lifespan": "720h",
                "client_credentials_grant_access_token_lifespan": "90s",
                "implicit_grant_access_token_lifespan": "1h1m1s1ms",
                "implicit_grant_id_token_lifespan": "-5m",
                "jwt_bearer_grant_access_token_lifespan": "0",
                "refresh_token_grant_id_token_lifespan": "1500ms",
                "refresh_token_grant_access_token_lifespan": "7ns",
                "refresh_token_grant_refresh_token_lifespan": "2us",
            }),
        ),
        (
            "lifespans of device grants",
            json!({
                "device_authorization_grant_id_token_lifespan": "1h",
                "device_authorization_grant_access_token_lifespan": "1h",
                "device_authorization_grant_refresh_token_lifespan": "1h",
            }),
        ),
        ("an owner", json!({"owner": "me", "client_name": "n"})),
    ]
}

fn refused() -> Vec<(&'static str, Value)> {
    vec![
        ("a secret", json!({"client_secret": "a long secret"})),
        ("a short secret", json!({"client_secret": "x"})),
        ("metadata", json!({"metadata": {"a": 1}})),
        ("metadata as null", json!({"metadata": null})),
        ("metadata as a number", json!({"metadata": 1})),
        ("skip_consent", json!({"skip_consent": true})),
        ("skip_logout_consent", json!({"skip_logout_consent": true})),
        (
            "access_token_strategy jwt",
            json!({"access_token_strategy": "jwt"}),
        ),
        (
            "access_token_strategy nonsense",
            json!({"access_token_strategy": "nonsense"}),
        ),
        (
            "an unsupported algorithm of userinfo",
            json!({"userinfo_signed_response_alg": "ES256"}),
        ),
        (
            "an unsupported subject type",
            json!({"subject_type": "nonsense"}),
        ),
        (
            "a sector identifier over http",
            json!({"sector_identifier_uri": "http://127.0.0.1:9/s"}),
        ),
        (
            "a sector identifier that is no URL",
            json!({"sector_identifier_uri": "x"}),
        ),
        (
            "a sector identifier with a bad port",
            json!({"sector_identifier_uri": "https://a:b/"}),
        ),
        (
            "two violations",
            json!({"metadata": {}, "skip_consent": true, "scope": 1}),
        ),
        (
            "a secret and metadata",
            json!({"client_secret": "a long secret", "metadata": {}}),
        ),
        (
            "an algorithm and a redirect URI",
            json!({
                "userinfo_signed_response_alg": "HS256", "redirect_uris": ["#"],
            }),
        ),
        (
            "a duration without unit",
            json!({"implicit_grant_id_token_lifespan": "5"}),
        ),
        (
            "a duration in days",
            json!({"implicit_grant_id_token_lifespan": "5d"}),
        ),
        (
            "a duration in words",
            json!({"implicit_grant_id_token_lifespan": "soon"}),
        ),
        (
            "an empty duration",
            json!({"implicit_grant_id_token_lifespan": ""}),
        ),
        (
            "a duration that is too long",
            json!({"implicit_grant_id_token_lifespan": "99999999h"}),
        ),
        (
            "a duration with a quotation mark",
            json!({"implicit_grant_id_token_lifespan": "1\"h"}),
        ),
    ]
}

/// A value of each JSON type for a member of each type.
fn wrong_types() -> Vec<Case> {
    let members = [
        "client_name",
        "client_secret",
        "redirect_uris",
        "audience",
        "request_uris",
        "client_secret_expires_at",
        "jwks",
        "created_at",
        "frontchannel_logout_session_required",
        "skip_consent",
        "skip_logout_consent",
        "implicit_grant_id_token_lifespan",
        "authorization_code_grant_access_token_lifespan",
    ];
    let values = [
        ("a number", json!(1)),
        ("a fraction", json!(1.5)),
        ("a text", json!("x")),
        ("a boolean", json!(true)),
        ("a list of numbers", json!([1])),
        ("an object", json!({"a": 1})),
    ];
    let mut cases = Vec::new();
    for member in members {
        for (kind, value) in &values {
            let accepted = match member {
                "client_name" | "client_secret" => value.is_string(),
                "client_secret_expires_at" => value.is_i64(),
                name if name.contains("skip") || name.contains("required") => value.is_boolean(),
                _ => false,
            };
            if !accepted {
                let name = format!("register: {member} as {kind}");
                cases.push(Case::new(name, [post(&json!({member: value}))]));
            }
        }
    }
    cases
}

fn all_members() -> Value {
    json!({
        "client_name": "App",
        "redirect_uris": ["https://app.example/callback", "http://127.0.0.1/cb"],
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code", "id_token"],
        "scope": "openid email",
        "audience": ["https://api.example"],
        "owner": "me",
        "policy_uri": "https://app.example/policy",
        "allowed_cors_origins": ["https://app.example"],
        "tos_uri": "https://app.example/tos",
        "client_uri": "https://app.example/",
        "logo_uri": "https://app.example/logo.png",
        "contacts": ["ops@app.example"],
        "subject_type": "public",
        "jwks_uri": "https://app.example/jwks",
        "token_endpoint_auth_method": "private_key_jwt",
        "token_endpoint_auth_signing_alg": "PS384",
        "request_uris": ["https://app.example/request"],
        "request_object_signing_alg": "RS256",
        "userinfo_signed_response_alg": "RS256",
        "frontchannel_logout_uri": "https://app.example/fc",
        "frontchannel_logout_session_required": true,
        "post_logout_redirect_uris": ["https://app.example/bye"],
        "backchannel_logout_uri": "https://app.example/bc",
        "backchannel_logout_session_required": true,
        "refresh_token_grant_refresh_token_lifespan": "24h",
    })
}

fn all_members_as(value: &Value) -> Value {
    let members = all_members();
    let members = members.as_object().into_iter().flatten();
    members
        .map(|(name, _)| (name.clone(), value.clone()))
        .collect()
}

fn empty_members() -> Value {
    let members = all_members();
    let members = members.as_object().into_iter().flatten();
    let empty = |value: &Value| match value {
        Value::Array(_) => json!([]),
        Value::Bool(_) => json!(false),
        _ => json!(""),
    };
    members
        .filter(|(name, _)| !name.ends_with("lifespan"))
        .map(|(name, value)| (name.clone(), empty(value)))
        .collect()
}
