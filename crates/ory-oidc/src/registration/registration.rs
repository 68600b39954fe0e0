//! A registered client.

use super::authorization::RegistrationAuthorization;
use super::difference::{self, Difference};
use super::error::RegistrationError;
use super::metadata::ClientMetadata;
use super::values::token_endpoint_auth_method::{CLIENT_SECRET_BASIC, CLIENT_SECRET_POST};
use crate::credentials::{ClientSecret, RegistrationAccessToken};
use ory_oidc_core::authorization::Authorization;
use ory_oidc_core::error::RequestError;
use ory_oidc_core::operation::Operation;
use ory_oidc_gen::apis::oidc_api::{GET_OIDC_DYNAMIC_CLIENT, SET_OIDC_DYNAMIC_CLIENT};
use ory_oidc_gen::models::OAuth2Client;
use serde_json::{Map, Value};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A registered client: its id, its secret, its registration access token and the metadata that the
/// server granted.
///
/// [`Debug`](std::fmt::Debug) shows no secret. Save a registration after every change: only its
/// registration access token can manage it, and the server replaces the token with every update. A
/// `Keeper` of the crate `ory-oidc-keeper` does that.
#[derive(Clone, Debug, PartialEq)]
pub struct Registration {
    pub(super) client_id: String,
    pub(super) client_secret: Option<ClientSecret>,
    pub(super) registration_access_token: Option<RegistrationAccessToken>,
    pub(super) registration_client_uri: Option<String>,
    pub(super) granted: OAuth2Client,
    pub(super) omitted: Vec<String>,
}

impl Registration {
    /// Restores a registration from its saved id and token.
    /// [`Client::read_registration`](crate::Client::read_registration) fetches the rest.
    #[must_use]
    pub fn from_saved(client_id: impl Into<String>, token: RegistrationAccessToken) -> Self {
        Self {
            client_id: client_id.into(),
            client_secret: None,
            registration_access_token: Some(token),
            registration_client_uri: None,
            granted: OAuth2Client::default(),
            omitted: Vec::new(),
        }
    }

    /// Adds the saved client secret, which the server never shows again.
    #[must_use]
    pub fn with_client_secret(mut self, secret: ClientSecret) -> Self {
        self.client_secret = Some(secret);
        self
    }

    pub(crate) fn from_reply(mut reply: OAuth2Client) -> Result<Self, RegistrationError> {
        let client_id = reply
            .client_id
            .take()
            .ok_or(RegistrationError::ClientIdMissing)?;
        let mut registration = Self {
            client_id,
            client_secret: None,
            registration_access_token: None,
            registration_client_uri: None,
            granted: OAuth2Client::default(),
            omitted: Vec::new(),
        };
        registration.take_credentials(&mut reply);
        registration.granted = reply;
        Ok(registration)
    }

    /// Returns `client_id` (RFC 7591 §3.2.1).
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// Returns `client_secret` (RFC 7591 §3.2.1); [`None`] for a public client.
    #[must_use]
    pub fn client_secret(&self) -> Option<&ClientSecret> {
        self.client_secret.as_ref()
    }

    /// Returns when the secret expires; [`None`] if it never does, which servers write as `0`
    /// (RFC 7591 §3.2.1).
    #[must_use]
    pub fn client_secret_expires_at(&self) -> Option<SystemTime> {
        let seconds = self.granted.client_secret_expires_at?;
        if seconds == 0 { None } else { time(seconds) }
    }

    /// Returns when the id was issued (RFC 7591 §3.2.1). Ory does not send it; see `created_at` of
    /// [`granted`](Self::granted).
    #[must_use]
    pub fn client_id_issued_at(&self) -> Option<SystemTime> {
        let members = &self.granted.additional_properties;
        time(members.get("client_id_issued_at")?.as_i64()?)
    }

    /// Returns `registration_access_token` (RFC 7592 §3), which manages this registration.
    #[must_use]
    pub fn registration_access_token(&self) -> Option<&RegistrationAccessToken> {
        self.registration_access_token.as_ref()
    }

    /// Returns `registration_client_uri` (RFC 7592 §3), for information. Requests go to Ory's
    /// documented path at the base URL, so that a response cannot direct the token elsewhere.
    #[must_use]
    pub fn registration_client_uri(&self) -> Option<&str> {
        self.registration_client_uri.as_deref()
    }

    /// Returns the metadata as the server granted them, without id and credentials.
    #[must_use]
    pub fn granted(&self) -> &OAuth2Client {
        &self.granted
    }

    /// Returns the granted metadata that a client may set. An update starts from them.
    #[must_use]
    pub fn metadata(&self) -> ClientMetadata {
        ClientMetadata::settable_of(&self.granted)
    }

    /// Returns the names of members that an earlier response had and the last read left out. Their
    /// values are kept: Ory never returns `metadata` from a read, for example, although it is still
    /// set.
    #[must_use]
    pub fn omitted(&self) -> &[String] {
        &self.omitted
    }

    /// Compares the wanted metadata with the granted ones. Ory drops members silently.
    ///
    /// ```no_run
    /// # async fn example(ory: ory_oidc::Client) -> Result<(), ory_oidc::Error> {
    /// let wanted = ory_oidc::ClientMetadata::new(["https://app.example/callback"]);
    /// let registration = ory.register(&wanted).await?;
    /// for difference in registration.differences(&wanted) {
    ///     eprintln!("{difference}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn differences(&self, wanted: &ClientMetadata) -> Vec<Difference> {
        difference::between(wanted, &self.granted)
    }

    /// Takes the credentials of a reply. Credentials that the reply lacks do not change.
    fn take_credentials(&mut self, reply: &mut OAuth2Client) {
        reply.client_id = None;
        if let Some(secret) = reply.client_secret.take() {
            self.client_secret = Some(secret.into());
        }
        if let Some(token) = reply.registration_access_token.take() {
            self.registration_access_token = Some(token.into());
        }
        if let Some(uri) = reply.registration_client_uri.take() {
            self.registration_client_uri = Some(uri);
        }
    }

    /// Takes the credentials out of a reply that cannot be decoded, so that a member of an
    /// unexpected type does not lose the registration access token.
    pub(crate) fn salvage(&mut self, body: &[u8]) {
        let members: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| match members.get(name) {
            Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
            _ => None,
        };
        if text("client_id").as_ref() != Some(&self.client_id) {
            return;
        }
        let mut credentials = OAuth2Client::default();
        credentials.client_secret = text("client_secret").map(Into::into);
        credentials.registration_access_token = text("registration_access_token").map(Into::into);
        self.take_credentials(&mut credentials);
    }

    fn check_same_client(
        &self,
        operation: Operation,
        reply: &OAuth2Client,
    ) -> Result<(), RegistrationError> {
        match &reply.client_id {
            Some(id) if *id != self.client_id => {
                Err(RegistrationError::ClientIdChanged { operation })
            }
            _ => Ok(()),
        }
    }

    /// Takes the reply to a read. Members that it leaves out are kept and noted in `omitted`.
    pub(crate) fn absorb_read(
        &mut self,
        mut reply: OAuth2Client,
        body: &[u8],
    ) -> Result<(), RegistrationError> {
        self.check_same_client(GET_OIDC_DYNAMIC_CLIENT, &reply)?;
        self.take_credentials(&mut reply);
        let lost = self.lost(&reply, body);
        if !lost.is_empty() {
            keep(&self.granted, &mut reply, &lost);
        }
        self.granted = reply;
        self.omitted = lost;
        Ok(())
    }

    /// Takes the reply to an update. It has all metadata (RFC 7592 §3.1), so it replaces them.
    pub(crate) fn absorb_update(
        &mut self,
        mut reply: OAuth2Client,
    ) -> Result<(), RegistrationError> {
        self.check_same_client(SET_OIDC_DYNAMIC_CLIENT, &reply)?;
        self.take_credentials(&mut reply);
        // Members that the read before the update left out are still reported.
        self.omitted
            .retain(|name| !reply.has(name) && !reply.additional_properties.contains_key(name));
        self.granted = reply;
        Ok(())
    }

    /// Returns the known members that the reply omits. A member that is `null` or `""` is not
    /// omitted: the server states that it is not set.
    fn lost(&self, reply: &OAuth2Client, body: &[u8]) -> Vec<String> {
        let known = &self.granted;
        let described = OAuth2Client::MEMBERS.iter().copied();
        let described = described.filter(|name| known.has(name) && !reply.has(name));
        let others = known.additional_properties.keys().map(String::as_str);
        let others = others.filter(|name| !reply.additional_properties.contains_key(*name));
        let mut lost: Vec<String> = described.chain(others).map(str::to_owned).collect();
        if !lost.is_empty() {
            let named: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
            lost.retain(|name| !named.contains_key(name));
        }
        lost
    }

    /// Returns the authorization that manages this registration.
    pub(crate) fn authorization(
        &self,
        by: RegistrationAuthorization,
    ) -> Result<Authorization<'_>, RequestError> {
        let client_secret = || match &self.client_secret {
            Some(secret) => Ok(secret.expose()),
            None => Err(unknown("client_secret")),
        };
        let method = || self.granted.token_endpoint_auth_method.as_deref();
        // The default is client_secret_basic (RFC 7591 §2).
        let by = match (by, method().unwrap_or(CLIENT_SECRET_BASIC)) {
            (RegistrationAuthorization::TokenEndpointAuthMethod, CLIENT_SECRET_BASIC) => {
                RegistrationAuthorization::ClientSecretBasic
            }
            (RegistrationAuthorization::TokenEndpointAuthMethod, CLIENT_SECRET_POST) => {
                RegistrationAuthorization::ClientSecretPost
            }
            (by, _) => by,
        };
        match by {
            RegistrationAuthorization::RegistrationAccessToken => {
                match &self.registration_access_token {
                    Some(token) => Ok(Authorization::Bearer(token.expose())),
                    None => Err(unknown("registration_access_token")),
                }
            }
            RegistrationAuthorization::ClientSecretBasic => Ok(Authorization::ClientSecretBasic {
                client_id: &self.client_id,
                client_secret: client_secret()?,
            }),
            RegistrationAuthorization::ClientSecretPost => Ok(Authorization::ClientSecretPost {
                client_secret: client_secret()?,
            }),
            RegistrationAuthorization::TokenEndpointAuthMethod => Err(RequestError::new(
                "token_endpoint_auth_method",
                "does not use a client secret",
            )),
        }
    }
}

fn unknown(credential: &'static str) -> RequestError {
    RequestError::new(credential, "is not known for this registration")
}

/// Converts seconds since 1970-01-01T00:00:00Z.
fn time(seconds: i64) -> Option<SystemTime> {
    let distance = Duration::from_secs(seconds.unsigned_abs());
    if seconds < 0 {
        UNIX_EPOCH.checked_sub(distance)
    } else {
        UNIX_EPOCH.checked_add(distance)
    }
}

/// Copies members by their names.
fn keep(from: &OAuth2Client, to: &mut OAuth2Client, names: &[String]) {
    let (mut from, mut merged) = (from.to_members(), to.to_members());
    for name in names {
        if let Some(value) = from.remove(name) {
            merged.insert(name.clone(), value);
        }
    }
    if let Ok(merged) = OAuth2Client::from_members(merged) {
        *to = merged;
    }
}
