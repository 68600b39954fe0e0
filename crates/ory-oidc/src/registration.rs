//! Registrations: registering, reading, updating and deleting a client
//! (RFC 7591, RFC 7592).

use crate::differences::{self, Difference};
use crate::{
    Client, ClientMetadata, ClientSecret, Error, InitialAccessToken, NotSentError, Operation,
    RegistrationAccessToken, RegistrationAuthorization, UnreadableError, ValidationError,
};
use ory_oidc_gen::apis::oidc_api as api;
use ory_oidc_gen::models::OAuth2Client;
use ory_oidc_gen::{Authorization, Response, Secret};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

/// Members that only the server sets by RFC 7592 §2.2 and which Ory's description lacks.
pub(crate) const SERVER_MANAGED_BY_STANDARD: [&str; 1] = ["client_id_issued_at"];

/// A registered client: its id, its secret, the key to its registration, and the
/// metadata that the server granted.
///
/// [`Debug`](std::fmt::Debug) shows no secret. Keep a registration safe: its
/// registration access token is the only key to it, and the server replaces it with every update.
#[derive(Clone, Debug, PartialEq)]
pub struct Registration {
    client_id: String,
    client_secret: Option<ClientSecret>,
    registration_access_token: Option<RegistrationAccessToken>,
    registration_client_uri: Option<String>,
    granted: OAuth2Client,
    omitted: Vec<String>,
}

impl Registration {
    /// A registration that was made earlier, from what was kept of it.
    /// [`Client::read_registration`] fetches the rest.
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

    /// The same with the client's secret, which the server never shows again.
    #[must_use]
    pub fn with_client_secret(mut self, secret: ClientSecret) -> Self {
        self.client_secret = Some(secret);
        self
    }

    pub(crate) fn from_reply(mut reply: OAuth2Client) -> Result<Self, ValidationError> {
        let client_id = reply
            .client_id
            .take()
            .ok_or(ValidationError::ClientIdMissing)?;
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

    /// `client_id` (RFC 7591 §3.2.1).
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// `client_secret` (RFC 7591 §3.2.1); none for a public client.
    #[must_use]
    pub fn client_secret(&self) -> Option<&ClientSecret> {
        self.client_secret.as_ref()
    }

    /// When the secret expires, in seconds since 1970-01-01T00:00:00Z; [`None`] means never,
    /// which servers write as `0` (RFC 7591 §3.2.1).
    #[must_use]
    pub fn client_secret_expires_at(&self) -> Option<i64> {
        self.granted
            .client_secret_expires_at
            .filter(|seconds| *seconds != 0)
    }

    /// When the id was issued, in seconds since 1970-01-01T00:00:00Z (RFC 7591 §3.2.1). Ory does
    /// not tell; it has `created_at` instead.
    #[must_use]
    pub fn client_id_issued_at(&self) -> Option<i64> {
        self.granted
            .additional_properties
            .get("client_id_issued_at")
            .and_then(Value::as_i64)
    }

    /// `registration_access_token` (RFC 7592 §3): the key to this registration.
    #[must_use]
    pub fn registration_access_token(&self) -> Option<&RegistrationAccessToken> {
        self.registration_access_token.as_ref()
    }

    /// `registration_client_uri` (RFC 7592 §3), for information: requests go to the path that
    /// Ory documents at the client's base URL, so that a reply cannot direct a token elsewhere.
    #[must_use]
    pub fn registration_client_uri(&self) -> Option<&str> {
        self.registration_client_uri.as_deref()
    }

    /// The metadata as the server granted it, without id and credentials.
    #[must_use]
    pub fn granted(&self) -> &OAuth2Client {
        &self.granted
    }

    /// The granted metadata as far as a client may set it: what an update starts from.
    #[must_use]
    pub fn metadata(&self) -> ClientMetadata {
        ClientMetadata::settable_of(&self.granted)
    }

    /// The members known from an earlier reply that the last read left out, and that no update
    /// has brought back. A read keeps them as they were: Ory leaves `metadata` out of one, and
    /// that does not mean it is gone.
    #[must_use]
    pub fn omitted(&self) -> &[String] {
        &self.omitted
    }

    /// What was asked for against what was granted. Ory drops members in silence.
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
        differences::between(wanted, &self.granted)
    }

    /// Takes over the credentials that a reply brings; those it lacks stay.
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

    /// Takes the credentials out of a reply that cannot be read otherwise: one member of an
    /// unexpected type must not cost the only key to the registration.
    fn salvage(&mut self, body: &[u8]) {
        let members: Map<String, Value> = serde_json::from_slice(body).unwrap_or_default();
        let text = |name: &str| match members.get(name) {
            Some(Value::String(text)) if !text.is_empty() => Some(text.clone()),
            _ => None,
        };
        if text("client_id").as_ref() != Some(&self.client_id) {
            return;
        }
        let mut credentials = OAuth2Client {
            client_secret: text("client_secret").map(Into::into),
            registration_access_token: text("registration_access_token").map(Into::into),
            ..OAuth2Client::default()
        };
        self.take_credentials(&mut credentials);
    }

    fn check_same_client(
        &self,
        operation: Operation,
        reply: &OAuth2Client,
    ) -> Result<(), ValidationError> {
        match &reply.client_id {
            Some(id) if *id != self.client_id => {
                Err(ValidationError::ClientIdChanged { operation })
            }
            _ => Ok(()),
        }
    }

    /// A read may leave out what an earlier reply had; that is kept and noted.
    fn absorb_read(&mut self, mut reply: OAuth2Client, body: &[u8]) -> Result<(), ValidationError> {
        self.check_same_client(Operation::ReadRegistration, &reply)?;
        self.take_credentials(&mut reply);
        let lost = self.lost(&reply, body);
        if !lost.is_empty() {
            keep(&self.granted, &mut reply, &lost);
        }
        self.granted = reply;
        self.omitted = lost;
        Ok(())
    }

    /// The reply to an update has all metadata (RFC 7592 §3.1): it replaces what was known.
    fn absorb_update(&mut self, mut reply: OAuth2Client) -> Result<(), ValidationError> {
        self.check_same_client(Operation::UpdateRegistration, &reply)?;
        self.take_credentials(&mut reply);
        // What the read before the update left out is still worth telling.
        self.omitted
            .retain(|name| !reply.has(name) && !reply.additional_properties.contains_key(name));
        self.granted = reply;
        Ok(())
    }

    /// The members that are known and that the reply does not even name. `null` and `""` name
    /// a member: they say that it is not set.
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

    fn authorization(&self, by: RegistrationAuthorization) -> Result<Authorization<'_>, Error> {
        let client_secret = || match &self.client_secret {
            Some(secret) => Ok(secret.expose()),
            None => Err(NotSentError::new(
                "client_secret",
                "is not known for this registration",
            )),
        };
        let method = || self.granted.token_endpoint_auth_method.as_deref();
        // Without a method it is client_secret_basic (RFC 7591 §2).
        let by = match (by, method().unwrap_or("client_secret_basic")) {
            (RegistrationAuthorization::TokenEndpointAuthMethod, "client_secret_basic") => {
                RegistrationAuthorization::ClientSecretBasic
            }
            (RegistrationAuthorization::TokenEndpointAuthMethod, "client_secret_post") => {
                RegistrationAuthorization::ClientSecretPost
            }
            (by, _) => by,
        };
        match by {
            RegistrationAuthorization::RegistrationAccessToken => {
                match &self.registration_access_token {
                    Some(token) => Ok(Authorization::Bearer(token.expose())),
                    None => Err(NotSentError::new(
                        "registration_access_token",
                        "is not known for this registration",
                    )
                    .into()),
                }
            }
            RegistrationAuthorization::ClientSecretBasic => Ok(Authorization::ClientSecretBasic {
                client_id: &self.client_id,
                client_secret: client_secret()?,
            }),
            RegistrationAuthorization::ClientSecretPost => Ok(Authorization::ClientSecretPost {
                client_secret: client_secret()?,
            }),
            RegistrationAuthorization::TokenEndpointAuthMethod => Err(NotSentError::new(
                "token_endpoint_auth_method",
                "is not one that presents a client secret",
            )
            .into()),
        }
    }
}

/// Copies members by their names. Both models come from JSON and go back to it.
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

/// How a [`Registration`] is stored. A type of its own, so that nobody serializes secrets by
/// accident.
#[derive(Serialize, Deserialize)]
pub(crate) struct Saved {
    client_id: String,
    client_secret: Option<Secret>,
    registration_access_token: Option<Secret>,
    registration_client_uri: Option<String>,
    granted: Map<String, Value>,
}

impl Saved {
    pub(crate) fn of(registration: &Registration) -> Self {
        let secret = |text: &str| Secret::from(text);
        Self {
            client_id: registration.client_id.clone(),
            client_secret: registration.client_secret().map(|s| secret(s.expose())),
            registration_access_token: registration
                .registration_access_token()
                .map(|token| secret(token.expose())),
            registration_client_uri: registration.registration_client_uri.clone(),
            granted: registration.granted.to_members(),
        }
    }

    pub(crate) fn restore(self) -> Result<Registration, serde_json::Error> {
        Ok(Registration {
            client_id: self.client_id,
            client_secret: self.client_secret.map(Into::into),
            registration_access_token: self.registration_access_token.map(Into::into),
            registration_client_uri: self.registration_client_uri,
            granted: OAuth2Client::from_members(self.granted)?,
            omitted: Vec::new(),
        })
    }
}

fn decode(operation: Operation, response: &Response<OAuth2Client>) -> Result<OAuth2Client, Error> {
    response
        .decode()
        .map_err(|error| UnreadableError::from_decode(operation, &error).into())
}

impl Client {
    /// Registers a client (RFC 7591 §3.1).
    ///
    /// Keep the reply before anything else: the server shows the secret once, and the
    /// registration access token is the only key to the registration. The call is not idempotent:
    /// when its outcome is unknown, a client may be left behind at the server.
    ///
    /// ```no_run
    /// # async fn example(ory: ory_oidc::Client) -> Result<(), ory_oidc::Error> {
    /// use ory_oidc::ClientMetadata;
    ///
    /// let wanted = ClientMetadata::new(["https://app.example/callback"])
    ///     .client_name("My app")
    ///     .scope(["openid", "offline_access"]);
    /// let registration = ory.register(&wanted).await?;
    /// println!("registered {}", registration.client_id());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::NotSent`] for metadata that no server accepts; [`Error::Server`] with
    /// `invalid_redirect_uri`, `invalid_client_metadata`
    /// and the like (RFC 7591 §3.2.2) or [`Condition::RegistrationDisabled`](crate::Condition);
    /// [`ValidationError::ClientIdMissing`]; the errors of transport and reading.
    #[doc(alias = "createOidcDynamicClient")]
    pub async fn register(&self, wanted: &ClientMetadata) -> Result<Registration, Error> {
        self.register_authorized(wanted, Authorization::None).await
    }

    /// Registers a client at a server that demands an initial access token (RFC 7591 §3).
    ///
    /// # Errors
    /// As for [`Client::register`].
    pub async fn register_with_initial_access_token(
        &self,
        wanted: &ClientMetadata,
        token: &InitialAccessToken,
    ) -> Result<Registration, Error> {
        self.register_authorized(wanted, Authorization::Bearer(token.expose()))
            .await
    }

    async fn register_authorized(
        &self,
        wanted: &ClientMetadata,
        authorization: Authorization<'_>,
    ) -> Result<Registration, Error> {
        const OPERATION: Operation = Operation::Register;
        wanted.check()?;
        let call = api::create_oidc_dynamic_client(self.as_raw(), authorization, wanted.fields());
        let answer = self.exchange(OPERATION, call).await;
        let answer = answer.map_err(|error| Error::from_raw(OPERATION, error))?;
        Ok(Registration::from_reply(decode(OPERATION, &answer)?)?)
    }

    /// Reads a registration anew (RFC 7592 §2.1), in place: what the server grants now, and new
    /// credentials if it sends any. What a read leaves out is kept; see
    /// [`Registration::omitted`]. The registration is untouched when the call fails.
    ///
    /// # Errors
    /// [`Error::NotSent`] for an id or token that cannot be sent; [`Error::Server`], with
    /// [`Condition::TokenInvalidOrClientGone`](crate::Condition) for 401;
    /// [`ValidationError::ClientIdChanged`]; the errors of transport and reading.
    #[doc(alias = "getOidcDynamicClient")]
    pub async fn read_registration(&self, registration: &mut Registration) -> Result<(), Error> {
        const OPERATION: Operation = Operation::ReadRegistration;
        let authorization = registration.authorization(self.registration_authorization())?;
        let id = &registration.client_id;
        let call = api::get_oidc_dynamic_client(self.as_raw(), authorization, id);
        let answer = self.exchange(OPERATION, call).await;
        let answer = answer.map_err(|error| Error::from_raw(OPERATION, error))?;
        let reply = decode(OPERATION, &answer)?;
        Ok(registration.absorb_read(reply, answer.body())?)
    }

    /// Updates a registration (RFC 7592 §2.2), in place: reads it, lets `change` change the
    /// metadata, and writes all of it back, members that this crate does not know included. The
    /// new registration access token replaces the old one in `registration`.
    ///
    /// Removal is explicit: only what `change` removes is left out. The update is sent once and
    /// never repeated. Dropping the future while it waits leaves the outcome unknown.
    ///
    /// ```no_run
    /// # async fn example(ory: ory_oidc::Client, mut registration: ory_oidc::Registration)
    /// # -> Result<(), ory_oidc::Error> {
    /// ory.update_registration(&mut registration, |m| m.set_client_name("Renamed")).await?;
    /// // The token was replaced: keep the registration again.
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`Client::read_registration`], whose errors mean that nothing was changed; then
    /// [`Error::NotSent`] for metadata that no server accepts and [`Error::Server`] when the
    /// server refuses the update, which leaves the token as it was. With
    /// [`Condition::OutcomeUnknown`](crate::Condition) the token may be dead, unless the reply
    /// came and only its metadata cannot be read: then `registration` has the new one all the same.
    #[doc(alias = "setOidcDynamicClient")]
    pub async fn update_registration(
        &self,
        registration: &mut Registration,
        change: impl FnOnce(&mut ClientMetadata),
    ) -> Result<(), Error> {
        self.read_registration(registration).await?;
        let mut metadata = registration.metadata();
        change(&mut metadata);
        self.replace_registration(registration, metadata).await
    }

    /// Sends an update: all metadata that shall hold from now on.
    pub(crate) async fn replace_registration(
        &self,
        registration: &mut Registration,
        metadata: ClientMetadata,
    ) -> Result<(), Error> {
        const OPERATION: Operation = Operation::UpdateRegistration;
        metadata.check()?;
        let mut body = metadata.into_raw();
        body.client_id = Some(registration.client_id.clone());
        let authorization = registration.authorization(self.registration_authorization())?;
        let id = &registration.client_id;
        let call = api::set_oidc_dynamic_client(self.as_raw(), authorization, id, &body);
        let answer = self.exchange(OPERATION, call).await;
        let answer = answer.map_err(|error| Error::from_raw(OPERATION, error))?;
        match decode(OPERATION, &answer) {
            Ok(reply) => Ok(registration.absorb_update(reply)?),
            Err(error) => {
                registration.salvage(answer.body());
                Err(error)
            }
        }
    }

    /// Deletes a registration at the server (RFC 7592 §2.3). Its id, secret and tokens are dead
    /// from then on.
    ///
    /// # Errors
    /// [`Error::NotSent`] for an id or token that cannot be sent; [`Error::Server`], with
    /// [`Condition::TokenInvalidOrClientGone`](crate::Condition) for 401, which is also what a
    /// second deletion gets; the errors of transport.
    #[doc(alias = "deleteOidcDynamicClient")]
    pub async fn delete_registration(&self, registration: &Registration) -> Result<(), Error> {
        const OPERATION: Operation = Operation::DeleteRegistration;
        let authorization = registration.authorization(self.registration_authorization())?;
        let id = &registration.client_id;
        let call = api::delete_oidc_dynamic_client(self.as_raw(), authorization, id);
        let answer = self.exchange(OPERATION, call).await;
        let answer = answer.map_err(|error| Error::from_raw(OPERATION, error))?;
        // A log-in page of something in between is no answer to a deletion.
        let is_json = answer.media_type().eq_ignore_ascii_case("application/json");
        if !answer.body().is_empty() && !is_json {
            let error = UnreadableError::new(OPERATION, answer.status(), "it is a page");
            return Err(error.of_type(answer.media_type()).into());
        }
        Ok(())
    }
}
