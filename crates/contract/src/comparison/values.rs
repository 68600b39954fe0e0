//! The values that differ from server to server, and the placeholders that stand for them.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;
use url::{Url, form_urlencoded};

use super::wire::Response;

/// The values of one server in one case, by the name of their placeholder.
///
/// | placeholder | value |
/// |---|---|
/// | `<url>`, `<admin URL>` | the base URLs of the server |
/// | `<login page>` | the URL of the login page |
/// | `<id>`, `<secret>`, `<token>` | `client_id`, `client_secret` and `registration_access_token` of the latest response that has them |
/// | `<basic>` | the id and the secret as HTTP Basic authentication has them |
/// | `<first id>`, `<first token>` | the first `client_id` and `registration_access_token` |
/// | `<access token>` | of the log-in, or the latest that a response has |
/// | `<token header>`, `<token claims>`, `<token signature>` | its parts; an opaque token has no claims, and its header is without prefix |
/// | `<ID token>`, `<sid>`, `<cookie>`, `<user>` | of the log-in |
/// | `<challenge>`, `<login challenge>` | `logout_challenge` and `login_challenge` of the latest redirect |
/// | `<verifier>` | `logout_verifier` after the user accepted the latest logout |
#[derive(Debug, Default)]
pub(super) struct Values(BTreeMap<&'static str, String>);

impl Values {
    pub(super) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        let value = value.into();
        if name == "id" {
            self.0.entry("first id").or_insert(value.clone());
        }
        if name == "access token" {
            self.set_parts_of_token(&value);
        }
        if name == "ID token"
            && let Some(sid) = sid(&value)
        {
            self.0.insert("sid", sid);
        }
        self.0.insert(name, value);
        if let (Some(id), Some(secret)) = (self.get("id"), self.get("secret")) {
            let basic = STANDARD.encode(format!("{id}:{secret}"));
            self.0.insert("basic", basic);
        }
    }

    fn set_parts_of_token(&mut self, token: &str) {
        let parts: Vec<_> = token.trim_start_matches("ory_at_").split('.').collect();
        let (header, claims, signature) = match parts[..] {
            [header, claims, signature] => (header, claims, signature),
            [header, signature] => (header, "", signature),
            _ => panic!("an access token has two or three parts"),
        };
        self.0.insert("token header", header.to_owned());
        self.0.insert("token claims", claims.to_owned());
        self.0.insert("token signature", signature.to_owned());
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Replaces the placeholders of a request by their values.
    pub(super) fn fill(&self, text: &str) -> String {
        self.fill_with(text, str::to_owned)
    }

    /// Replaces the placeholders of a target by their percent-encoded values.
    pub(super) fn fill_target(&self, target: &str) -> String {
        self.fill_with(target, |value| encoded(value).replace('+', "%20"))
    }

    fn fill_with(&self, text: &str, written: fn(&str) -> String) -> String {
        self.0.iter().fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("<{name}>"), &written(value))
        })
    }

    /// Replaces the values in a response by their placeholders, in form encoding too.
    pub(super) fn mask(&self, text: &str) -> String {
        let mut pairs: Vec<_> = self
            .0
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .collect();
        // The longest value first: one may begin with another.
        pairs.sort_by_key(|(_, value)| std::cmp::Reverse(value.len()));
        pairs
            .into_iter()
            .fold(text.to_owned(), |text, (name, value)| {
                let placeholder = format!("<{name}>");
                text.replace(value, &placeholder)
                    .replace(&encoded(value), &placeholder)
                    .replace(&encoded(value).replace('+', "%20"), &placeholder)
            })
    }

    /// Takes over the values that a response has.
    pub(super) fn learn(&mut self, response: &Response) {
        if let Ok(Value::Object(members)) = serde_json::from_slice(&response.body) {
            let text = |name: &str| members.get(name).and_then(Value::as_str);
            for (name, member) in [("id", "client_id"), ("secret", "client_secret")] {
                if let Some(value) = text(member) {
                    self.set(name, value);
                }
            }
            if let Some(token) = text("access_token") {
                self.set("access token", token);
            }
            if let Some(token) = text("registration_access_token") {
                self.0.entry("first token").or_insert(token.to_owned());
                self.set("token", token);
            }
        }
        let location = response.headers.get("location");
        let location = location.and_then(|location| location.to_str().ok());
        if let Some(Ok(location)) = location.map(Url::parse) {
            for (name, value) in location.query_pairs() {
                match name.as_ref() {
                    "logout_challenge" => self.set("challenge", value),
                    "login_challenge" => self.set("login challenge", value),
                    _ => {}
                }
            }
        }
    }
}

/// Returns the session id of an ID token.
fn sid(token: &str) -> Option<String> {
    let claims = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?).ok()?;
    let claims: Value = serde_json::from_slice(&claims).ok()?;
    claims["sid"].as_str().map(str::to_owned)
}

fn encoded(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}
