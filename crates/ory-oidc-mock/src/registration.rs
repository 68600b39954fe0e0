//! The endpoints at `/oauth2/register`: dynamic client registration and its management.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};

use crate::clock::go_timestamp;
use crate::error_response::ErrorResponse;
use crate::hydra_version::HydraVersion;
use crate::member::View;
use crate::metadata::Metadata;
use crate::parameters::bearer_token;
use crate::state::{Client, Shared};
use crate::{go_json, random, reply, validation};

const NANOSECONDS_PER_SECOND: u32 = 1_000_000_000;
const NANOSECONDS_PER_MICROSECOND: u32 = 1_000;

/// Marks a response of [`disabled`].
#[derive(Clone, Copy)]
pub(crate) struct RegistrationDisabled;

/// Returns the response of every registration endpoint while registration is disabled.
pub(crate) fn disabled() -> Response {
    let mut response = ErrorResponse::registration_disabled().without_line_break();
    response.extensions_mut().insert(RegistrationDisabled);
    response
}

pub(crate) async fn create(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ErrorResponse> {
    if shared
        .config
        .initial_access_token
        .as_ref()
        .is_some_and(|token| *token != bearer_token(&method, &uri, &headers, &body))
    {
        return Err(ErrorResponse::client_unauthorized());
    }
    let mut metadata =
        decode(&shared, &body).map_err(|error| undecodable(&format!(": {error}")))?;
    if !metadata.text("client_secret").is_empty() {
        return Err(ErrorResponse::secret_not_allowed(StatusCode::BAD_REQUEST));
    }
    validation::validate_self_service(&metadata)?;
    metadata.set("client_id", random::uuid());
    let token = random::access_token();
    let mut reply = store_client(&shared, metadata, Some(token.clone()))?;

    let id = reply.text("client_id").to_owned();
    reply.set("registration_access_token", token);
    reply.set(
        "registration_client_uri",
        format!(
            "{}{}/{id}",
            shared.config.url,
            shared.config.paths.registration()
        ),
    );
    let mut response = reply::json(StatusCode::CREATED, &reply.render(View::Written));
    reply::set(
        &mut response,
        header::LOCATION,
        &match shared.config.version {
            HydraVersion::V2_3_0 => format!("/admin/clients/{id}"),
            HydraVersion::Head => format!("admin/clients/{id}"),
        },
    );
    Ok(response)
}

pub(crate) async fn read(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, ErrorResponse> {
    authorize(&shared, &id, &method, &uri, &headers, &[])?;
    let mut state = shared.state();
    let stored = state
        .clients
        .get_mut(&id)
        .ok_or_else(ErrorResponse::client_unauthorized)?;
    Ok(reply::json(
        StatusCode::OK,
        &visible_metadata(stored).render(View::Read),
    ))
}

pub(crate) async fn update(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ErrorResponse> {
    authorize(&shared, &id, &method, &uri, &headers, &body)?;
    let mut metadata = decode(&shared, &body).map_err(|_| undecodable(". Is it valid JSON?"))?;
    if !metadata.text("client_secret").is_empty() {
        return Err(ErrorResponse::secret_not_allowed(StatusCode::FORBIDDEN));
    }
    validation::validate_self_service(&metadata)?;
    validation::validate(&mut metadata, &shared.config)?;

    let now = shared.clock.now();
    metadata.set("client_id", id.as_str());
    metadata.set("updated_at", go_timestamp(now, NANOSECONDS_PER_MICROSECOND));
    // Hydra responds with the `created_at` of the request, or else with the current time. It stores
    // neither.
    if metadata.get("created_at").is_none() {
        metadata.set("created_at", go_timestamp(now, 1));
    }

    let mut state = shared.state();
    let stored = state
        .clients
        .get_mut(&id)
        .ok_or_else(ErrorResponse::client_unauthorized)?;
    let secret = stored.metadata.text("client_secret").to_owned();
    if shared.config.rotate_registration_tokens {
        stored.registration_token = Some(random::access_token());
    }
    let token = stored.registration_token.clone().unwrap_or_default();
    stored.metadata = metadata.clone();
    stored.metadata.remove("registration_access_token");
    stored.metadata.remove("registration_client_uri");
    stored.metadata.set("client_secret", secret);

    metadata.set("registration_access_token", token);
    Ok(reply::json(StatusCode::OK, &metadata.render(View::Written)))
}

pub(crate) async fn delete(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, ErrorResponse> {
    authorize(&shared, &id, &method, &uri, &headers, &body)?;
    shared.state().remove_client(&id);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Validates and stores a client whose `client_id` is set. Returns the metadata for the response,
/// including the secret.
pub(crate) fn store_client(
    shared: &Shared,
    mut metadata: Metadata,
    token: Option<String>,
) -> Result<Metadata, ErrorResponse> {
    validation::validate(&mut metadata, &shared.config)?;
    if metadata.text("client_secret").is_empty() {
        metadata.set("client_secret", random::client_secret());
    }
    for name in [
        "created_at",
        "registration_access_token",
        "registration_client_uri",
    ] {
        metadata.remove(name);
    }
    let now = shared.clock.now();
    metadata.set("updated_at", go_timestamp(now, NANOSECONDS_PER_MICROSECOND));

    let id = metadata.text("client_id").to_owned();
    let client = Client {
        metadata,
        registration_token: token,
        created_at: now,
    };
    let mut reply = visible_metadata(&client);
    if client.metadata.text("token_endpoint_auth_method") != "none" {
        reply.set("client_secret", client.metadata.text("client_secret"));
    }
    shared.state().clients.insert(id, client);
    Ok(reply)
}

/// Returns a client's metadata for a response: with `created_at`, without the secret.
pub(crate) fn visible_metadata(client: &Client) -> Metadata {
    let mut metadata = client.metadata.clone();
    metadata.remove("client_secret");
    metadata.set(
        "created_at",
        go_timestamp(client.created_at, NANOSECONDS_PER_SECOND),
    );
    metadata
}

/// Checks that the request has the client's registration access token.
fn authorize(
    shared: &Shared,
    id: &str,
    method: &Method,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<(), ErrorResponse> {
    let token = bearer_token(method, uri, headers, body);
    let state = shared.state();
    let expected = state
        .clients
        .get(id)
        .and_then(|client| client.registration_token.as_ref());
    // Hydra ignores the prefix, even twice.
    let unprefixed = |token: &str| {
        let prefix = random::ACCESS_TOKEN_PREFIX;
        let token = token.strip_prefix(prefix).unwrap_or(token);
        token.strip_prefix(prefix).unwrap_or(token).to_owned()
    };
    if expected.is_some_and(|expected| unprefixed(expected) == unprefixed(&token)) {
        Ok(())
    } else {
        Err(ErrorResponse::client_unauthorized())
    }
}

fn decode(shared: &Shared, body: &[u8]) -> Result<Metadata, String> {
    let body = go_json::first_value(body)?;
    Metadata::decode(body, shared.config.version)
}

fn undecodable(detail: &str) -> ErrorResponse {
    ErrorResponse::bad_request(format!("Unable to decode the request body{detail}"))
}
