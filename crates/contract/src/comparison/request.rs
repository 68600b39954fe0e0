//! The requests of the table.

use serde_json::Value;

use super::values::Values;

/// A request. Target, headers and body may have placeholders: see
/// [`Values`](super::values::Values).
#[derive(Clone, Debug)]
pub(super) struct Request {
    /// Whether it is a request to the admin API.
    pub(super) to_admin: bool,
    pub(super) method: &'static str,
    pub(super) target: String,
    pub(super) headers: Vec<(&'static str, String)>,
    pub(super) body: Vec<u8>,
}

impl Request {
    pub(super) fn new(method: &'static str, target: impl Into<String>) -> Self {
        Self {
            to_admin: false,
            method,
            target: target.into(),
            headers: Vec::new(),
            body: Vec::new(),
        }
    }

    pub(super) fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(super) fn bearer(self, token: &str) -> Self {
        self.header("authorization", format!("Bearer {token}"))
    }

    pub(super) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self
    }

    pub(super) fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json")
            .body(body.to_string())
    }

    /// Returns the request with the values of its placeholders, as far as they are known.
    pub(super) fn filled(&self, values: &Values) -> Self {
        let body = match std::str::from_utf8(&self.body) {
            Ok(text) => values.fill(text).into_bytes(),
            Err(_) => self.body.clone(),
        };
        Self {
            to_admin: self.to_admin,
            method: self.method,
            target: values.fill_target(&self.target),
            headers: self
                .headers
                .iter()
                .map(|(name, value)| (*name, values.fill(value)))
                .collect(),
            body,
        }
    }

    pub(super) fn form(self, body: &str) -> Self {
        self.header("content-type", "application/x-www-form-urlencoded")
            .body(body)
    }
}

/// Registers a client.
pub(super) fn post(body: &Value) -> Request {
    Request::new("POST", "/oauth2/register").json(body)
}

/// Reads the client that the case registered.
pub(super) fn read() -> Request {
    Request::new("GET", "/oauth2/register/<id>").bearer("<token>")
}

/// Updates the client that the case registered.
pub(super) fn put(body: &Value) -> Request {
    Request::new("PUT", "/oauth2/register/<id>")
        .bearer("<token>")
        .json(body)
}

/// Deletes the client that the case registered.
pub(super) fn delete() -> Request {
    Request::new("DELETE", "/oauth2/register/<id>").bearer("<token>")
}

/// Fetches a target without credentials.
pub(super) fn get(target: impl Into<String>) -> Request {
    Request::new("GET", target)
}

/// Calls the admin API.
pub(super) fn admin(method: &'static str, target: impl Into<String>) -> Request {
    Request {
        to_admin: true,
        ..Request::new(method, target)
    }
}
