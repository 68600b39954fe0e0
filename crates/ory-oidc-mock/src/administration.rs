//! Clients as an administrator manages them: the rules of Hydra's admin API.

use serde_json::Value;

use crate::clock::go_timestamp;
use crate::error_response::ErrorResponse;
use crate::hydra_version::HydraVersion;
use crate::member::{self, Kind, View};
use crate::metadata::Metadata;
use crate::registration::{store_client, visible_metadata};
use crate::state::Shared;
use crate::{go_path, json_patch, random, validation};

const NANOSECONDS_PER_MICROSECOND: u32 = 1_000;

/// Members of a request that belong to the response only.
const NOT_STORED: [&str; 3] = [
    "created_at",
    "registration_access_token",
    "registration_client_uri",
];

/// Creates a client. Returns the metadata for the response.
pub(crate) fn create(shared: &Shared, mut metadata: Metadata) -> Result<Metadata, ErrorResponse> {
    let uri = registration_uri(shared, metadata.text("client_id"));
    if metadata.text("client_id").is_empty() {
        metadata.set("client_id", random::uuid());
    }
    if shared
        .state()
        .clients
        .contains_key(metadata.text("client_id"))
    {
        return Err(ErrorResponse::client_exists());
    }
    let token = random::access_token();
    let mut reply = store_client(shared, metadata, Some(token.clone()))?;
    reply.set("registration_access_token", token);
    reply.set("registration_client_uri", uri);
    Ok(reply)
}

/// Returns the `registration_client_uri` as Hydra writes it, which does not encode every id correctly.
/// The id is empty if the request has none.
fn registration_uri(shared: &Shared, id: &str) -> String {
    let endpoint = shared.config.paths.registration();
    let path = match shared.config.version {
        HydraVersion::V2_3_0 => format!("{endpoint}/{id}"),
        HydraVersion::Head if id.is_empty() => endpoint.to_owned(),
        HydraVersion::Head => format!("{endpoint}/{}", path_segment(id)),
    };
    format!("{}{}", shared.config.url, go_path::encode(&path))
}

/// Returns a client's metadata, without the secret.
pub(crate) fn get(shared: &Shared, id: &str) -> Result<Metadata, ErrorResponse> {
    let state = shared.state();
    let client = state.clients.get(id);
    client
        .map(visible_metadata)
        .ok_or_else(ErrorResponse::client_not_found)
}

/// Replaces all metadata of a client. Its registration access token becomes invalid.
pub(crate) fn replace(
    shared: &Shared,
    id: &str,
    mut metadata: Metadata,
) -> Result<Metadata, ErrorResponse> {
    if metadata.get("created_at").is_none() {
        metadata.set("created_at", go_timestamp(shared.clock.now(), 1));
    }
    store(shared, id, metadata, false)
}

/// Changes a client with a JSON Patch (RFC 6902). Its registration access token becomes invalid, except
/// in Hydra v2.3.0.
pub(crate) fn patch(shared: &Shared, id: &str, patch: &Value) -> Result<Metadata, ErrorResponse> {
    let current = get(shared, id)?;
    let document = serde_json::to_value(current.render(View::Administered))
        .expect("string keys and JSON values can be serialized");
    let patched = json_patch::apply(document.clone(), patch)
        .map(|patched| with_removed_members(patched, document))
        .and_then(|document| Metadata::decode(document, shared.config.version).ok())
        .ok_or_else(ErrorResponse::unrecognizable)?;
    // Hydra lets a patch address another client.
    let id = patched.text("client_id").to_owned();
    let keep_registration_token = shared.config.version == HydraVersion::V2_3_0;
    store(shared, &id, patched, keep_registration_token)
}

/// Returns the patched document with the members that the patch removed: Hydra decodes it over the
/// client, so that they keep their values.
fn with_removed_members(mut patched: Value, original: Value) -> Value {
    if let (Value::Object(patched), Value::Object(original)) = (&mut patched, original) {
        for (name, value) in original {
            patched.entry(name).or_insert(value);
        }
    }
    patched
}

/// Replaces all lifespans of a client. Its registration access token stays valid.
pub(crate) fn set_lifespans(
    shared: &Shared,
    id: &str,
    lifespans: &Metadata,
) -> Result<Metadata, ErrorResponse> {
    let mut metadata = get(shared, id)?;
    for (name, kind) in member::of(shared.config.version) {
        if kind == Kind::Lifespan {
            match lifespans.get(name) {
                Some(lifespan) => metadata.set(name, lifespan.clone()),
                None => metadata.remove(name),
            }
        }
    }
    store(shared, id, metadata, true)
}

/// Deletes a client and its tokens.
pub(crate) fn delete(shared: &Shared, id: &str) -> Result<(), ErrorResponse> {
    let mut state = shared.state();
    if !state.clients.contains_key(id) {
        return Err(ErrorResponse::client_not_found());
    }
    state.remove_client(id);
    Ok(())
}

/// Validates and stores the metadata of an existing client. Returns it for the response, with the
/// secret only if the request changed it.
fn store(
    shared: &Shared,
    id: &str,
    mut metadata: Metadata,
    keep_registration_token: bool,
) -> Result<Metadata, ErrorResponse> {
    metadata.set("client_id", id);
    validation::validate(&mut metadata, &shared.config)?;
    let now = shared.clock.now();
    metadata.set("updated_at", go_timestamp(now, NANOSECONDS_PER_MICROSECOND));

    let mut state = shared.state();
    let client = state
        .clients
        .get_mut(id)
        .ok_or_else(ErrorResponse::client_not_found)?;
    let mut stored = metadata.clone();
    for name in NOT_STORED {
        stored.remove(name);
    }
    if stored.text("client_secret").is_empty() {
        stored.set("client_secret", client.metadata.text("client_secret"));
    }
    client.metadata = stored;
    if !keep_registration_token {
        client.registration_token = None;
    }
    Ok(metadata)
}

/// Escapes an id for a path of a URL.
pub(crate) fn path_segment(id: &str) -> String {
    let escaped: String = form_urlencoded::byte_serialize(id.as_bytes()).collect();
    escaped.replace('+', "%20")
}
