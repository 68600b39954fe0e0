//! The endpoints at `/admin/clients`, which administrators use.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::administration::{self, path_segment};
use crate::error_response::ErrorResponse;
use crate::member::View;
use crate::metadata::Metadata;
use crate::parameters::query;
use crate::registration::visible_metadata;
use crate::state::Shared;
use crate::{go_json, reply};

const DEFAULT_PAGE_SIZE: usize = 100;
const MAX_PAGE_SIZE: usize = 500;

type Result<T = Response> = std::result::Result<T, ErrorResponse>;

pub(crate) async fn create(State(shared): State<Arc<Shared>>, body: Bytes) -> Result {
    let client = administration::create(&shared, decode(&shared, &body)?)?;
    let mut response = reply::json(StatusCode::CREATED, &client.render(View::Written));
    let location = format!("/admin/clients/{}", path_segment(client.text("client_id")));
    reply::set(&mut response, header::LOCATION, &location);
    Ok(response)
}

pub(crate) async fn read(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Result {
    administration::get(&shared, &id).map(|client| stored(&client))
}

pub(crate) async fn replace(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result {
    let client = administration::replace(&shared, &id, decode(&shared, &body)?)?;
    Ok(reply::json(StatusCode::OK, &client.render(View::Written)))
}

pub(crate) async fn patch(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result {
    administration::get(&shared, &id)?;
    let patch = serde_json::from_slice(&body).map_err(|_| ErrorResponse::unrecognizable())?;
    administration::patch(&shared, &id, &patch).map(|client| stored(&client))
}

pub(crate) async fn set_lifespans(
    State(shared): State<Arc<Shared>>,
    Path(id): Path<String>,
    body: Bytes,
) -> Result {
    administration::get(&shared, &id)?;
    let lifespans = decode(&shared, &body)?;
    administration::set_lifespans(&shared, &id, &lifespans).map(|client| stored(&client))
}

pub(crate) async fn delete(State(shared): State<Arc<Shared>>, Path(id): Path<String>) -> Result {
    administration::delete(&shared, &id)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Lists the clients in the order of their ids. `page_size` and `page_token` select a page,
/// `client_name` and `owner` select clients.
pub(crate) async fn list(State(shared): State<Arc<Shared>>, uri: Uri) -> Result {
    let query = query(&uri);
    let parameter = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    let invalid = |reason: &str| {
        ErrorResponse::bad_request(format!("Unable to parse pagination parameters: {reason}"))
    };
    let size = match parameter("page_size") {
        "" => DEFAULT_PAGE_SIZE,
        size => match size.parse::<i64>() {
            Ok(size) if size > 0 => usize::try_from(size).unwrap_or(MAX_PAGE_SIZE),
            Ok(_) => DEFAULT_PAGE_SIZE,
            Err(_) => return Err(invalid(&format!("invalid page_size '{size}'"))),
        },
    };
    let size = size.min(MAX_PAGE_SIZE);
    let after =
        page_start(parameter("page_token")).ok_or_else(|| invalid("invalid pagination token"))?;

    let state = shared.state();
    let matches = |client: &Metadata| {
        ["client_name", "owner"]
            .into_iter()
            .all(|name| parameter(name).is_empty() || parameter(name) == client.text(name))
    };
    let mut clients = state
        .clients
        .iter()
        .filter(|(id, client)| **id > after && matches(&client.metadata))
        .map(|(id, client)| (id, visible_metadata(client).render(View::Administered)));
    let (ids, page): (Vec<_>, Vec<_>) = clients.by_ref().take(size).unzip();
    let mut links = vec![link(&uri, &query, "first", "", size)];
    if clients.next().is_some()
        && let Some(last) = ids.last()
    {
        links.push(link(&uri, &query, "next", last, size));
    }
    let mut response = reply::json(StatusCode::OK, &page);
    reply::set(&mut response, header::LINK, &links.join(","));
    Ok(response)
}

/// Returns the id that a page starts after.
fn page_start(token: &str) -> Option<String> {
    String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()
}

fn link(
    uri: &Uri,
    query: &std::collections::HashMap<String, String>,
    relation: &str,
    after: &str,
    size: usize,
) -> String {
    let (size, token) = (size.to_string(), URL_SAFE_NO_PAD.encode(after));
    let mut parameters: Vec<(&str, &str)> = query
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .filter(|(name, _)| !["page_size", "page_token"].contains(name))
        .chain([("page_size", size.as_str()), ("page_token", token.as_str())])
        .collect();
    parameters.sort_unstable();
    let query = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(parameters)
        .finish();
    format!("<{}?{query}>; rel=\"{relation}\"", uri.path())
}

fn stored(client: &Metadata) -> Response {
    reply::json(StatusCode::OK, &client.render(View::Administered))
}

fn decode(shared: &Shared, body: &[u8]) -> Result<Metadata> {
    go_json::first_value(body)
        .and_then(|body| Metadata::decode(body, shared.config.version))
        .map_err(|error| {
            ErrorResponse::bad_request(format!("Unable to decode the request body: {error}"))
        })
}
