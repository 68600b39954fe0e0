//! Responses as Hydra writes them: JSON, redirects and HTML pages.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

pub(crate) const HTML: &str = "text/html; charset=utf-8";
pub(crate) const TEXT: &str = "text/plain; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";

pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    respond(status, JSON, to_json(body) + "\n")
}

/// Serializes a body that consists of JSON values only.
pub(crate) fn to_json(body: &impl Serialize) -> String {
    serde_json::to_string(body).expect("string keys and JSON values can be serialized")
}

/// Redirects as Go's standard library does: with a media type in the response to a GET or HEAD, and with
/// an HTML link in the response to a GET.
pub(crate) fn redirect(status: StatusCode, method: &Method, location: &str) -> Response {
    let phrase = status.canonical_reason().unwrap_or_default();
    let mut response = match *method {
        Method::GET => {
            let link = escape_html(location);
            respond(
                status,
                HTML,
                format!("<a href=\"{link}\">{phrase}</a>.\n\n"),
            )
        }
        Method::HEAD => respond(status, HTML, ""),
        _ => status.into_response(),
    };
    set(&mut response, header::LOCATION, location);
    response
}

/// Returns the plain text that Go's standard library sends for an error.
pub(crate) fn go_error(status: StatusCode, text: &str) -> Response {
    let mut response = respond(status, TEXT, format!("{text}\n"));
    set(&mut response, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    response
}

/// Returns a short HTML page.
pub(crate) fn page(status: StatusCode, title: &str, text: &str) -> Response {
    respond(
        status,
        HTML,
        format!("<!doctype html>\n<title>{title}</title>\n<h1>{title}</h1>\n<p>{text}</p>\n"),
    )
}

pub(crate) fn route_not_found() -> Response {
    page(
        StatusCode::NOT_FOUND,
        "Error 404",
        "The mock server has no endpoint at this path.",
    )
}

pub(crate) fn respond(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Body>,
) -> Response {
    (status, [(header::CONTENT_TYPE, content_type)], body.into()).into_response()
}

/// Sets a header, unless `value` is not a valid header value.
pub(crate) fn set(response: &mut Response, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_bytes(value.as_bytes()) {
        response.headers_mut().insert(name, value);
    }
}

pub(crate) fn escape_html(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&#34;")
        .replace('\'', "&#39;")
}
