//! The endpoints at `/.well-known/openid-configuration` and `/.well-known/jwks.json`.

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use crate::hydra_version::HydraVersion;
use crate::ordered::Ordered;
use crate::reply;
use crate::state::Shared;

pub(crate) async fn configuration(State(shared): State<Arc<Shared>>) -> Response {
    let config = &shared.config;
    let algorithms: Vec<&str> = config
        .algorithms
        .iter()
        .map(|algorithm| algorithm.name())
        .collect();
    let with_none: Vec<&str> = ["none"].iter().chain(&algorithms).copied().collect();
    let at = |path: &str| format!("{}{path}", config.url);
    let mut document = Ordered::default();
    let mut set = |name, value| document.push(name, value);

    set("issuer", json!(config.issuer));
    set("authorization_endpoint", json!(at("/oauth2/auth")));
    let has_device_grant = config.version == HydraVersion::Head;
    if has_device_grant {
        set(
            "device_authorization_endpoint",
            json!(at("/oauth2/device/auth")),
        );
    }
    if config.advertise_registration_endpoint {
        set(
            "registration_endpoint",
            json!(at(config.paths.registration())),
        );
    }
    set("token_endpoint", json!(at("/oauth2/token")));
    set("jwks_uri", json!(at("/.well-known/jwks.json")));
    let subject_types = config.access_tokens.subject_types();
    set("subject_types_supported", json!(subject_types));
    set(
        "response_types_supported",
        json!([
            "code",
            "code id_token",
            "id_token",
            "token id_token",
            "token",
            "token id_token code"
        ]),
    );
    set("claims_supported", json!(["sub"]));
    let mut grant_types = vec![
        "authorization_code",
        "implicit",
        "client_credentials",
        "refresh_token",
    ];
    if has_device_grant {
        grant_types.push("urn:ietf:params:oauth:grant-type:device_code");
    }
    set("grant_types_supported", json!(grant_types));
    set(
        "response_modes_supported",
        json!(["query", "fragment", "form_post"]),
    );
    set("userinfo_endpoint", json!(at(config.paths.userinfo())));
    set(
        "scopes_supported",
        json!(["offline_access", "offline", "openid"]),
    );
    set(
        "token_endpoint_auth_methods_supported",
        json!([
            "client_secret_post",
            "client_secret_basic",
            "private_key_jwt",
            "none"
        ]),
    );
    set("userinfo_signing_alg_values_supported", json!(with_none));
    set("id_token_signing_alg_values_supported", json!(algorithms));
    set("id_token_signed_response_alg", json!(algorithms));
    set("userinfo_signed_response_alg", json!(algorithms));
    set("request_parameter_supported", json!(true));
    set("request_uri_parameter_supported", json!(true));
    set("require_request_uri_registration", json!(true));
    set("claims_parameter_supported", json!(false));
    set("revocation_endpoint", json!(at(config.paths.revocation())));
    set("backchannel_logout_supported", json!(true));
    set("backchannel_logout_session_supported", json!(true));
    set("frontchannel_logout_supported", json!(true));
    set("frontchannel_logout_session_supported", json!(true));
    set("end_session_endpoint", json!(at("/oauth2/sessions/logout")));
    set(
        "request_object_signing_alg_values_supported",
        json!(["none", "RS256", "ES256"]),
    );
    set("code_challenge_methods_supported", json!(["plain", "S256"]));
    set("credentials_endpoint_draft_00", json!(at("/credentials")));
    let credential = credential();
    reply::json(
        StatusCode::OK,
        &WithCredential {
            document,
            credential,
        },
    )
}

/// Returns the only kind of verifiable credential that Hydra supports.
fn credential() -> Ordered {
    let mut credential = Ordered::default();
    credential.push("format", "jwt_vc_json");
    credential.push(
        "types",
        json!(["VerifiableCredential", "UserInfoCredential"]),
    );
    credential.push("cryptographic_binding_methods_supported", json!(["jwk"]));
    credential.push(
        "cryptographic_suites_supported",
        json!([
            "PS256", "RS256", "ES256", "PS384", "RS384", "ES384", "PS512", "RS512", "ES512",
            "EdDSA"
        ]),
    );
    credential
}

/// The discovery document and its last member, which contains an object with ordered members.
#[derive(serde::Serialize)]
struct WithCredential {
    #[serde(flatten)]
    document: Ordered,
    #[serde(rename = "credentials_supported_draft_00", serialize_with = "as_list")]
    credential: Ordered,
}

fn as_list<S: serde::Serializer>(credential: &Ordered, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq([credential])
}

pub(crate) async fn keys(State(shared): State<Arc<Shared>>) -> Response {
    #[derive(serde::Serialize)]
    struct KeySet {
        keys: Vec<Ordered>,
    }
    let mut state = shared.state();
    let mut keys = state.keys.public();
    keys.extend(state.access_token_keys.public());
    reply::json(StatusCode::OK, &KeySet { keys })
}
