//! What Hydra does with a request before an endpoint handles it.

use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};

use crate::httprouter::{self, Outcome};
use crate::hydra_version::HydraVersion;
use crate::{go_path, reply};

/// A group of endpoints with a port of its own.
#[derive(Clone, Copy)]
pub(crate) enum Api {
    Public,
    Admin,
}

/// What to do with a request.
pub(crate) enum Route {
    /// The endpoint at this path handles it.
    Endpoint(Uri),
    /// No endpoint sees it.
    Response(Response),
}

pub(crate) fn route(api: Api, version: HydraVersion, method: &Method, uri: &Uri) -> Route {
    let path = uri.path();
    if !go_path::is_valid(path) {
        let body = "400 Bad Request";
        let response = reply::respond(StatusCode::BAD_REQUEST, reply::TEXT, body);
        return Route::Response(response);
    }
    match (version, api) {
        (HydraVersion::V2_3_0, Api::Public) => by_httprouter(method, uri),
        // Of the router's rules for the admin API, only this one matters to clients: an encoded slash
        // separates segments.
        (HydraVersion::V2_3_0, Api::Admin) if has_encoded_slash(path) => {
            Route::Response(reply::route_not_found())
        }
        _ => by_serve_mux(method, uri),
    }
}

fn has_encoded_slash(path: &str) -> bool {
    go_path::decode(path).matches('/').count() > path.matches('/').count()
}

/// Removes one slash at the end of a path other than `/`, and redirects to the path without `.`, `..` and
/// empty segments.
fn by_serve_mux(method: &Method, uri: &Uri) -> Route {
    let path = uri.path();
    let path = match path.strip_suffix('/') {
        Some("") | None => path,
        Some(shorter) => shorter,
    };
    let clean = go_path::clean(path);
    if clean == path {
        return endpoint(uri, path);
    }
    redirect(StatusCode::TEMPORARY_REDIRECT, method, uri, &clean)
}

fn by_httprouter(method: &Method, uri: &Uri) -> Route {
    let response = match httprouter::look_up(method.as_str(), &go_path::decode(uri.path())) {
        Outcome::Found => return endpoint(uri, uri.path()),
        Outcome::Redirect(path) => {
            let status = match *method {
                Method::GET => StatusCode::MOVED_PERMANENTLY,
                _ => StatusCode::TEMPORARY_REDIRECT,
            };
            return redirect(status, method, uri, &path);
        }
        Outcome::Options(allowed) => with_allow(StatusCode::OK.into_response(), &allowed),
        Outcome::MethodNotAllowed(allowed) => {
            let status = StatusCode::METHOD_NOT_ALLOWED;
            with_allow(reply::go_error(status, "Method Not Allowed"), &allowed)
        }
        Outcome::NotFound => reply::go_error(StatusCode::NOT_FOUND, "404 page not found"),
    };
    Route::Response(response)
}

fn with_allow(mut response: Response, methods: &str) -> Response {
    reply::set(&mut response, header::ALLOW, methods);
    response
}

fn endpoint(uri: &Uri, path: &str) -> Route {
    let target = with_query(&go_path::normalize(path), uri);
    Route::Endpoint(target.parse().unwrap_or_else(|_| uri.clone()))
}

fn redirect(status: StatusCode, method: &Method, uri: &Uri, path: &str) -> Route {
    let location = with_query(path, uri);
    Route::Response(reply::redirect(status, method, &location))
}

fn with_query(path: &str, uri: &Uri) -> String {
    match uri.query() {
        Some(query) => format!("{path}?{query}"),
        None => path.to_owned(),
    }
}

/// Returns the response to a request for an unknown path, in the media type that the client prefers.
pub(crate) async fn not_found(headers: HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT);
    let accept = accept.and_then(|value| value.to_str().ok());
    match preferred(accept.unwrap_or_default()) {
        "application/json" => reply::json(
            StatusCode::NOT_FOUND,
            &serde_json::json!({"error": {
                "code": 404,
                "message": "Not Found",
                "reason": "The requested route does not exist. Make sure you are using the right path, domain, and port.",
            }}),
        ),
        "text/plain" => reply::respond(
            StatusCode::NOT_FOUND,
            reply::TEXT,
            "Error 404 - The requested route does not exist. Make sure you are using the right path, domain, and port.",
        ),
        _ => reply::route_not_found(),
    }
}

/// Returns the media type with the highest quality in an `Accept` header (RFC 9110, section 12.5.1).
fn preferred(accept: &str) -> &'static str {
    let mut best = ("text/html", 0.0, 3);
    for range in accept.split(',') {
        let mut parts = range.split(';').map(str::trim);
        let range = parts.next().unwrap_or_default();
        let quality = parts.find_map(|part| part.strip_prefix("q=")?.parse::<f32>().ok());
        let quality = quality.unwrap_or(1.0);
        for offer in ["text/html", "text/plain", "application/json"] {
            let group = offer.split_once('/').map_or("", |(group, _)| group);
            let wildcards = match range {
                "*/*" => 2,
                range if range.strip_suffix("/*") == Some(group) => 1,
                range if range == offer => 0,
                _ => continue,
            };
            if quality > best.1 || (quality >= best.1 && wildcards < best.2) {
                best = (offer, quality, wildcards);
            }
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use super::preferred;

    #[test]
    fn the_preferred_media_type_is_chosen() {
        for (accept, chosen) in [
            ("", "text/html"),
            ("*/*", "text/html"),
            ("image/png", "text/html"),
            ("application/json", "application/json"),
            ("application/json;q=0.1, text/plain;q=0.5", "text/plain"),
            ("text/*, application/json", "application/json"),
            ("*/*, text/plain;q=0.9", "text/html"),
        ] {
            assert_eq!(preferred(accept), chosen, "{accept}");
        }
    }
}
