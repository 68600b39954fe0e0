//! Shows a registration.

use crate::output::{FAINT, Output, STRONG, styled};
use ory_oidc::Registration;
use ory_oidc_core::json::is_empty;
use ory_oidc_core::text::clip;
use serde::Serialize;
use serde_json::{Map, Value};
use std::time::{SystemTime, UNIX_EPOCH};

/// The widest column of names.
const MAX_COLUMN: usize = 32;

/// Members that are shown apart from the metadata.
const SHOWN_APART: [&str; 2] = ["client_secret_expires_at", "client_id_issued_at"];

/// A registration as the program prints it.
#[derive(Debug, Serialize)]
pub(crate) struct View {
    pub(crate) name: String,
    pub(crate) issuer: String,
    pub(crate) client_id: String,
    /// In seconds since 1970.
    client_id_issued_at: Option<u64>,
    /// In seconds since 1970; null if the secret does not expire.
    client_secret_expires_at: Option<u64>,
    /// Null unless secrets are to be shown.
    secrets: Option<Secrets>,
    metadata: Map<String, Value>,
    /// Members whose values may be secret, and are not shown.
    hidden_members: Vec<String>,
    #[serde(skip)]
    has_secret: bool,
    #[serde(skip)]
    has_token: bool,
}

#[derive(Debug, Serialize)]
struct Secrets {
    client_secret: Option<String>,
    registration_access_token: Option<String>,
}

impl View {
    pub(crate) fn new(
        name: &str,
        issuer: &str,
        registration: &Registration,
        output: Output,
    ) -> Self {
        let secret = registration.client_secret();
        let token = registration.registration_access_token();
        let (metadata, hidden_members) = if output.show_secrets {
            (all_members(registration), Vec::new())
        } else {
            public_members(registration)
        };
        Self {
            name: name.to_owned(),
            issuer: issuer.to_owned(),
            client_id: registration.client_id().to_owned(),
            client_id_issued_at: registration.client_id_issued_at().map(seconds),
            client_secret_expires_at: registration.client_secret_expires_at().map(seconds),
            secrets: output.show_secrets.then(|| Secrets {
                client_secret: secret.map(|secret| secret.expose().to_owned()),
                registration_access_token: token.map(|token| token.expose().to_owned()),
            }),
            metadata,
            hidden_members,
            has_secret: secret.is_some(),
            has_token: token.is_some(),
        }
    }

    pub(crate) fn text(&self) -> String {
        let mut rows = vec![
            ("client id", clip(&self.client_id)),
            ("issuer", clip(&self.issuer)),
        ];
        let secrets = self.secrets.as_ref();
        let secret = secrets.and_then(|secrets| secrets.client_secret.as_deref());
        let token = secrets.and_then(|secrets| secrets.registration_access_token.as_deref());
        rows.push(("client secret", shown(self.has_secret, secret)));
        rows.push(("registration token", shown(self.has_token, token)));
        if let Some(at) = self.client_id_issued_at {
            rows.push(("issued", date(at)));
        }
        if let Some(at) = self.client_secret_expires_at {
            rows.push(("secret expires", date(at)));
        }
        let mut text = format!("{}\n", styled(STRONG, clip(&self.name)));
        for (label, value) in rows {
            text += &format!("  {}  {value}\n", styled(FAINT, format!("{label:18}")));
        }
        if !self.metadata.is_empty() {
            text += &format!("  {}\n", styled(FAINT, "metadata"));
        }
        let longest = self.metadata.keys().map(|name| name.chars().count()).max();
        let column = longest.unwrap_or(0).min(MAX_COLUMN);
        for (name, value) in &self.metadata {
            let value = match value {
                Value::String(value) => clip(value),
                other => clip(&other.to_string()),
            };
            let name = format!("{:column$}", clip(name));
            text += &format!("    {}  {value}\n", styled(FAINT, name));
        }
        if !self.hidden_members.is_empty() {
            let names = clip(&self.hidden_members.join(", "));
            text += &format!("  {}\n", styled(FAINT, format!("not shown: {names}")));
        }
        text
    }
}

fn all_members(registration: &Registration) -> Map<String, Value> {
    let mut members = registration.granted().to_members();
    members.retain(|name, value| !is_empty(value) && !SHOWN_APART.contains(&name.as_str()));
    members
}

/// Returns the members that are no secret, and the names of the others: a member that nobody has
/// described may be one.
fn public_members(registration: &Registration) -> (Map<String, Value>, Vec<String>) {
    let mut public = registration.granted().clone();
    public.clear_secrets();
    public.metadata = None;
    let keys = public.jwks.iter_mut().flat_map(|set| set.keys.iter_mut());
    for key in keys.flatten() {
        key.clear_secrets();
    }
    let mut public = public.to_members();
    let (shown, hidden): (Map<_, _>, Map<_, _>) = all_members(registration)
        .into_iter()
        .partition(|(name, _)| public.contains_key(name));
    let hidden = hidden.into_iter().map(|(name, _)| name).collect();
    public.retain(|name, _| shown.contains_key(name));
    (public, hidden)
}

fn shown(exists: bool, value: Option<&str>) -> String {
    match value {
        // A shortened secret would be useless.
        Some(value) if value.bytes().all(|byte| byte.is_ascii_graphic()) => value.to_owned(),
        Some(value) => clip(value),
        None if exists => styled(FAINT, "hidden, use --show-secrets"),
        None => styled(FAINT, "none"),
    }
}

fn seconds(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH)
        .map_or(0, |since| since.as_secs())
}

fn date(seconds: u64) -> String {
    let time = UNIX_EPOCH.checked_add(std::time::Duration::from_secs(seconds));
    time.map_or_else(|| seconds.to_string(), httpdate::fmt_http_date)
}
