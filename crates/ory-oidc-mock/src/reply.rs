//! The forms of Ory's answers: JSON, an error, a redirect, a page.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde_json::json;

use crate::ordered::Ordered;

pub(crate) const HTML: &str = "text/html; charset=utf-8";
const JSON: &str = "application/json; charset=utf-8";
const ERROR_JSON: &str = "application/json";

/// A request that is answered with an error.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: StatusCode,
    pub(crate) error: &'static str,
    pub(crate) description: String,
}

impl Refusal {
    pub(crate) fn bad_request(description: impl Into<String>) -> Self {
        Self::new(
            StatusCode::BAD_REQUEST,
            "The request was malformed or contained invalid parameters",
            description,
        )
    }

    pub(crate) fn invalid_request(description: impl Into<String>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, "invalid_request", description)
    }

    pub(crate) fn invalid_client_metadata(hint: &str) -> Self {
        let general = "The value of one of the Client Metadata fields is invalid and the server has rejected this request. Note that an Authorization Server MAY choose to substitute a valid value for any requested parameter of a Client's Metadata.";
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid_client_metadata",
            format!("{general} {hint}").trim_end(),
        )
    }

    pub(crate) fn invalid_redirect_uri(hint: &str) -> Self {
        let general = "The value of one or more redirect_uris is invalid.";
        Self::new(
            StatusCode::BAD_REQUEST,
            "invalid_redirect_uri",
            format!("{general} {hint}"),
        )
    }

    pub(crate) fn secret_not_allowed(status: StatusCode) -> Self {
        let error = match status {
            StatusCode::FORBIDDEN => "The requested action was forbidden",
            _ => "The request was malformed or contained invalid parameters",
        };
        Self::new(
            status,
            error,
            "It is not allowed to choose your own OAuth2 Client secret.",
        )
    }

    pub(crate) fn unauthorized() -> Self {
        Self::new(
            StatusCode::UNAUTHORIZED,
            "The request could not be authorized",
            "The requested OAuth 2.0 client does not exist or you provided incorrect credentials.",
        )
    }

    fn new(status: StatusCode, error: &'static str, description: impl Into<String>) -> Self {
        // Ory writes no quotation mark into a description.
        Self {
            status,
            error,
            description: description.into().replace('"', "'"),
        }
    }

    pub(crate) fn body(&self) -> String {
        let mut body = Ordered::default();
        body.push("error", self.error);
        body.push("error_description", self.description.as_str());
        to_text(&body)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        respond(self.status, ERROR_JSON, self.body() + "\n")
    }
}

/// What every registration endpoint answers where registration is switched off.
pub(crate) fn registration_disabled() -> Response {
    let refusal = Refusal::new(
        StatusCode::NOT_FOUND,
        "The requested resource could not be found",
        "Dynamic registration is not enabled.",
    );
    respond(refusal.status, ERROR_JSON, refusal.body())
}

pub(crate) fn json(status: StatusCode, body: &impl Serialize) -> Response {
    respond(status, JSON, to_text(body) + "\n")
}

/// A redirect as Go's standard library writes it: with a link for the reader, unless it answers a
/// POST.
pub(crate) fn redirect(status: StatusCode, location: &str, with_body: bool) -> Response {
    let phrase = status.canonical_reason().unwrap_or_default();
    let mut response = if with_body {
        respond(
            status,
            HTML,
            format!("<a href=\"{}\">{phrase}</a>.\n\n", escape_html(location)),
        )
    } else {
        status.into_response()
    };
    set(&mut response, header::LOCATION, location);
    response
}

/// A short page for a human reader.
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
        "Nothing is served at this path.",
    )
}

pub(crate) fn respond(
    status: StatusCode,
    content_type: &'static str,
    body: impl Into<Body>,
) -> Response {
    (status, [(header::CONTENT_TYPE, content_type)], body.into()).into_response()
}

/// Sets a header; a value that cannot stand in one is left out.
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

fn to_text(body: &impl Serialize) -> String {
    // A map with string keys and JSON values always serialises.
    serde_json::to_string(body).unwrap_or_else(|_| json!({}).to_string())
}
