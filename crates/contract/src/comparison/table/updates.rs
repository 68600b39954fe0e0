//! Updates by PUT.

use serde_json::{Value, json};

use crate::comparison::case::Case;
use crate::comparison::request::{Request, post, put, read};

pub(super) fn cases() -> Vec<Case> {
    let first = json!({
        "client_name": "App", "scope": "openid email", "contacts": ["a@app.example"],
        "redirect_uris": ["https://app.example/callback"], "client_uri": "https://app.example/",
        "post_logout_redirect_uris": ["https://app.example/bye"], "userinfo_signed_response_alg": "RS256",
        "implicit_grant_id_token_lifespan": "1h", "frontchannel_logout_uri": "https://app.example/fc",
    });
    let mut cases: Vec<Case> = updates()
        .into_iter()
        .map(|(name, body)| {
            Case::new(
                format!("update: {name}"),
                [post(&first), put(&body), read()],
            )
        })
        .collect();
    let old = |request: Request| request.bearer("<first token>");
    cases.extend([
        Case::new("update: twice", [
            post(&first), put(&json!({"client_name": "1"})), put(&json!({"client_name": "2"})), read(),
        ]),
        Case::new("update: the old token is refused", [
            post(&first),
            put(&json!({})),
            old(Request::new("GET", "/oauth2/register/<id>")),
            old(Request::new("PUT", "/oauth2/register/<id>").json(&json!({}))),
            old(Request::new("DELETE", "/oauth2/register/<id>")),
            read(),
        ]),
        Case::new("update: a refused one keeps the token", [
            post(&first), put(&json!({"metadata": {}})), put(&json!({"scope": 1})), read(),
        ]),
        Case::new("update: a public client", [
            post(&json!({"token_endpoint_auth_method": "none"})),
            put(&json!({"token_endpoint_auth_method": "client_secret_basic"})),
            read(),
        ]),
        Case::new("update: to a public client", [
            post(&json!({})), put(&json!({"token_endpoint_auth_method": "none"})), read(),
        ]),
        Case::new("update: a client of an administrator", [
            read(), put(&json!({"client_name": "Mine"})), read(),
        ]).login(&json!({
            "skip_consent": true, "skip_logout_consent": true, "metadata": {"team": "x"}, "access_token_strategy": "jwt",
        }), &json!({})),
    ]);
    cases
}

fn updates() -> Vec<(&'static str, Value)> {
    vec![
        ("no members", json!({})),
        ("one member", json!({"client_name": "Renamed"})),
        (
            "the same",
            json!({"client_name": "App", "redirect_uris": ["https://app.example/callback"]}),
        ),
        (
            "null members",
            json!({"client_name": null, "contacts": null, "redirect_uris": null, "jwks": null}),
        ),
        (
            "empty members",
            json!({"client_name": "", "contacts": [], "redirect_uris": [], "scope": ""}),
        ),
        ("the client_id", json!({"client_id": "<id>"})),
        ("another client_id", json!({"client_id": "another"})),
        ("a client_id as a number", json!({"client_id": 1})),
        ("the secret", json!({"client_secret": "<secret>"})),
        ("an empty secret", json!({"client_secret": ""})),
        ("another secret", json!({"client_secret": "another secret"})),
        ("the token", json!({"registration_access_token": "<token>"})),
        (
            "another token",
            json!({"registration_access_token": "mine"}),
        ),
        (
            "the registration URI",
            json!({"registration_client_uri": "https://evil.example/"}),
        ),
        (
            "the times",
            json!({"created_at": "2020-01-01T00:00:00Z", "updated_at": "2020-01-01T00:00:00Z"}),
        ),
        ("an invalid time", json!({"created_at": "yesterday"})),
        (
            "an expiry of the secret",
            json!({"client_secret_expires_at": 7}),
        ),
        ("metadata", json!({"metadata": {"a": 1}})),
        ("empty metadata", json!({"metadata": {}})),
        ("null metadata", json!({"metadata": null})),
        ("skip_consent", json!({"skip_consent": true})),
        (
            "no skip_consent",
            json!({"skip_consent": false, "skip_logout_consent": false}),
        ),
        ("skip_logout_consent", json!({"skip_logout_consent": true})),
        (
            "null skip_logout_consent",
            json!({"skip_logout_consent": null}),
        ),
        (
            "access_token_strategy",
            json!({"access_token_strategy": "jwt"}),
        ),
        (
            "an empty access_token_strategy",
            json!({"access_token_strategy": ""}),
        ),
        (
            "a fragment in a redirect URI",
            json!({"redirect_uris": ["https://app.example/#x"]}),
        ),
        (
            "a relative redirect URI with a fragment",
            json!({"redirect_uris": ["x#y"]}),
        ),
        (
            "a post-logout URI of another origin",
            json!({
                "redirect_uris": ["https://app.example/callback"], "post_logout_redirect_uris": ["https://other.example/"],
            }),
        ),
        (
            "a post-logout URI without redirect URIs",
            json!({"post_logout_redirect_uris": ["https://app.example/bye"]}),
        ),
        ("an unsupported subject type", json!({"subject_type": "x"})),
        (
            "an unsupported algorithm",
            json!({"userinfo_signed_response_alg": "RS512"}),
        ),
        (
            "a member of a wrong type",
            json!({"redirect_uris": "https://app.example/callback"}),
        ),
        ("unknown members", json!({"software_id": "x"})),
        ("an invalid page URI", json!({"logo_uri": "/logo.png"})),
        (
            "lifespans",
            json!({"implicit_grant_id_token_lifespan": "90m"}),
        ),
        (
            "a null lifespan",
            json!({"implicit_grant_id_token_lifespan": null}),
        ),
        (
            "a CORS origin",
            json!({"allowed_cors_origins": ["HTTPS://App.example/"]}),
        ),
    ]
}
