//! `/oauth2/register`: dynamic client registration and its management.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime, UtcOffset};

use crate::members::{Metadata, View};
use crate::reply::{self, Refusal};
use crate::state::{Client, Shared};
use crate::{bearer, go_json, random, validation};

/// A client whose registration token goes with the request.
struct Authorized {
    id: String,
}

pub(crate) async fn create(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    if !shared.config.registration {
        return Ok(reply::registration_disabled());
    }
    if shared
        .config
        .initial_access_token
        .as_ref()
        .is_some_and(|token| *token != bearer::token(&uri, &headers, &body))
    {
        return Err(Refusal::unauthorized());
    }
    let mut metadata = decode(&body).map_err(|error| bad_body(&format!(": {error}")))?;
    if !metadata.text("client_secret").is_empty() {
        return Err(Refusal::secret_not_allowed(StatusCode::BAD_REQUEST));
    }
    validation::check_self_service(&metadata)?;
    metadata.set("client_id", random::uuid());
    let token = random::access_token();
    let mut reply = store_new(&shared, metadata, Some(token.clone()))?;

    let id = reply.text("client_id").to_owned();
    reply.set("registration_access_token", token);
    reply.set(
        "registration_client_uri",
        format!("{}/oauth2/register/{id}", shared.config.url),
    );
    let mut response = reply::json(StatusCode::CREATED, &reply.render(View::Written));
    reply::set(
        &mut response,
        header::LOCATION,
        &format!("admin/clients/{id}"),
    );
    Ok(response)
}

pub(crate) async fn read(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    if !shared.config.registration {
        return Ok(reply::registration_disabled());
    }
    let client = authorize(&shared, id, &uri, &headers, &[])?;
    let mut state = shared.state();
    let stored = state
        .clients
        .get_mut(&client.id)
        .ok_or_else(Refusal::unauthorized)?;
    Ok(reply::json(
        StatusCode::OK,
        &shown(stored).render(View::Read),
    ))
}

pub(crate) async fn update(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    if !shared.config.registration {
        return Ok(reply::registration_disabled());
    }
    let client = authorize(&shared, id, &uri, &headers, &body)?;
    let mut metadata = decode(&body).map_err(|_| bad_body(". Is it valid JSON?"))?;
    if !metadata.text("client_secret").is_empty() {
        return Err(Refusal::secret_not_allowed(StatusCode::FORBIDDEN));
    }
    validation::check_self_service(&metadata)?;
    validation::check(&mut metadata, &shared.config.algorithms)?;

    let now = OffsetDateTime::now_utc();
    metadata.set("client_id", client.id.as_str());
    metadata.set("updated_at", timestamp(now, 1_000));
    // Ory shows the time of creation that was sent, or else now; it stores neither.
    if metadata.get("created_at").is_none() {
        metadata.set("created_at", timestamp(now, 1));
    }

    let mut state = shared.state();
    let stored = state
        .clients
        .get_mut(&client.id)
        .ok_or_else(Refusal::unauthorized)?;
    let secret = stored.metadata.text("client_secret").to_owned();
    if shared.config.rotate_registration_tokens {
        stored.registration_token = Some(random::access_token());
    }
    let token = stored.registration_token.clone().unwrap_or_default();
    stored.metadata = metadata.clone();
    stored.metadata.remove("registration_client_uri");
    stored.metadata.set("client_secret", secret);

    metadata.set("registration_access_token", token);
    Ok(reply::json(StatusCode::OK, &metadata.render(View::Written)))
}

pub(crate) async fn delete(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Refusal> {
    if !shared.config.registration {
        return Ok(reply::registration_disabled());
    }
    let client = authorize(&shared, id, &uri, &headers, &body)?;
    shared.state().remove_client(&client.id);
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Checks the rest of the rules, then stores a client whose `client_id` is set. Returns what the
/// reply shows, secret included.
pub(crate) fn store_new(
    shared: &Shared,
    mut metadata: Metadata,
    token: Option<String>,
) -> Result<Metadata, Refusal> {
    validation::check(&mut metadata, &shared.config.algorithms)?;
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
    let now = OffsetDateTime::now_utc();
    metadata.set("updated_at", timestamp(now, 1_000));

    let id = metadata.text("client_id").to_owned();
    let client = Client {
        metadata,
        registration_token: token,
        created_at: now,
    };
    let mut reply = shown(&client);
    if client.metadata.text("token_endpoint_auth_method") != "none" {
        reply.set("client_secret", client.metadata.text("client_secret"));
    }
    shared.state().clients.insert(id, client);
    Ok(reply)
}

/// A stored client's metadata as a reply shows it: with the time it was made, without its secret.
pub(crate) fn shown(client: &Client) -> Metadata {
    let mut metadata = client.metadata.clone();
    metadata.remove("client_secret");
    metadata.set("created_at", timestamp(client.created_at, 1_000_000_000));
    metadata
}

fn authorize(
    shared: &Shared,
    id: String,
    uri: &Uri,
    headers: &HeaderMap,
    body: &[u8],
) -> Result<Authorized, Refusal> {
    let token = bearer::token(uri, headers, body);
    let state = shared.state();
    let expected = state
        .clients
        .get(&id)
        .and_then(|client| client.registration_token.as_ref());
    if expected == Some(&token) {
        Ok(Authorized { id })
    } else {
        Err(Refusal::unauthorized())
    }
}

fn decode(body: &[u8]) -> Result<Metadata, String> {
    go_json::first_value(body).and_then(Metadata::decode)
}

fn bad_body(detail: &str) -> Refusal {
    Refusal::bad_request(format!("Unable to decode the request body{detail}"))
}

/// A point in time as Go writes it, cut to a precision in nanoseconds.
fn timestamp(time: OffsetDateTime, precision: u32) -> String {
    let cut = time.to_offset(UtcOffset::UTC)
        - Duration::nanoseconds(i64::from(time.nanosecond() % precision));
    cut.format(&Rfc3339)
        .expect("a time of this century can be written")
}
