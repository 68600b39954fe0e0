//! The cases of the table.

use serde_json::{Value, json};

use super::request::Request;

/// Requests that are sent one after the other, to each server.
#[derive(Clone, Debug)]
pub(super) struct Case {
    pub(super) name: String,
    pub(super) other_settings: bool,
    pub(super) login: Option<Login>,
    pub(super) requests: Vec<Request>,
}

/// A client that an administrator created, and a user who logged in to it.
#[derive(Clone, Debug)]
pub(super) struct Login {
    pub(super) client: Value,
    pub(super) claims: Value,
}

impl Case {
    /// Creates a case. Its name is unique.
    pub(super) fn new(
        name: impl Into<String>,
        requests: impl IntoIterator<Item = Request>,
    ) -> Self {
        Self {
            name: name.into(),
            other_settings: false,
            login: None,
            requests: requests.into_iter().collect(),
        }
    }

    /// Sends the requests to servers without dynamic registration, and with JWT access tokens by default.
    pub(super) fn with_other_settings(mut self) -> Self {
        self.other_settings = true;
        self
    }

    /// Logs a user in before the first request: see [`Login`].
    pub(super) fn login(mut self, client: &Value, claims: &Value) -> Self {
        let mut all = json!({
            "redirect_uris": ["https://app.example/callback"],
            "grant_types": ["authorization_code"],
            "response_types": ["code"],
            "scope": "openid email",
            "token_endpoint_auth_method": "client_secret_post",
        });
        let (all_members, members) = (all.as_object_mut(), client.as_object());
        if let (Some(all), Some(members)) = (all_members, members) {
            all.extend(members.clone());
        }
        self.login = Some(Login {
            client: all,
            claims: claims.clone(),
        });
        self
    }
}

impl Case {
    /// Returns the name of a request: that of the case if it is its only one, else with its number.
    pub(super) fn name_of_request(&self, index: usize) -> String {
        if self.requests.len() == 1 {
            self.name.clone()
        } else {
            format!("{} [{}]", self.name, index + 1)
        }
    }
}
