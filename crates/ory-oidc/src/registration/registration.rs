//! A registered client.

use super::administrator::administrator_members;
use super::authorization::RegistrationAuthorization;
use super::difference::{self, Difference};
use super::error::RegistrationError;
use super::metadata::ClientMetadata;
use super::refusal::refuse;
use super::rescue::{ORY_TOKEN_LENGTH, rescue};
use super::values::token_endpoint_auth_method::{CLIENT_SECRET_BASIC, CLIENT_SECRET_POST};
use crate::credentials::{ClientSecret, RegistrationAccessToken};
use ory_oidc_core::AdditionalProperties;
use ory_oidc_core::authorization::Authorization;
use ory_oidc_core::changes::Changes;
use ory_oidc_core::error::{Error, RequestError};
use ory_oidc_core::json::retain;
use ory_oidc_core::operation::Operation;
use ory_oidc_core::text::Clip;
use ory_oidc_gen::apis::oidc_api::{
    CREATE_OIDC_DYNAMIC_CLIENT, GET_OIDC_DYNAMIC_CLIENT, SET_OIDC_DYNAMIC_CLIENT,
};
use ory_oidc_gen::models::OAuth2Client;
use std::fmt;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A registered client: its id, its secret, its registration access token and the metadata that the
/// server granted.
///
/// [`Debug`](std::fmt::Debug) shows no secret. Save a registration after every change: only its
/// registration access token can manage it, and the server replaces the token with every update. A
/// `Keeper` of the crate `ory-oidc-keeper` does that.
///
/// ```
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), ory_oidc::Error> {
/// # let server = ory_oidc_mock::OryMock::start().await;
/// # let ory = ory_oidc::Client::new(server.url())?;
/// let wanted = ory_oidc::ClientMetadata::new(["https://app.example/callback"]);
/// let registration = ory.register(&wanted).await?;
/// println!("registered {}", registration.client_id());
/// assert!(registration.client_secret().is_some());
/// assert!(registration.registration_access_token().is_some());
/// assert_eq!(registration.granted().redirect_uris, wanted.fields().redirect_uris);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq)]
pub struct Registration {
    pub(super) client_id: String,
    pub(super) client_secret: Option<ClientSecret>,
    pub(super) registration_access_token: Option<RegistrationAccessToken>,
    pub(super) registration_client_uri: Option<String>,
    pub(super) granted: OAuth2Client,
    pub(super) omitted: Vec<String>,
    pub(super) reset: Vec<&'static str>,
}

/// Shows each value cut.
impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration")
            .field("client_id", &Clip(&self.client_id))
            .field("client_secret", &Clip(&self.client_secret))
            .field(
                "registration_access_token",
                &Clip(&self.registration_access_token),
            )
            .field(
                "registration_client_uri",
                &Clip(&self.registration_client_uri),
            )
            .field("granted", &self.granted)
            .field("omitted", &Clip(&self.omitted))
            .field("reset", &self.reset)
            .finish()
    }
}

impl Registration {
    /// Restores a registration from its saved id and token.
    /// [`Client::read_registration`](crate::Client::read_registration) fetches the rest.
    ///
    /// ```no_run
    /// # async fn example(ory: ory_oidc::Client) -> Result<(), ory_oidc::Error> {
    /// let mut registration = ory_oidc::Registration::from_saved("my-client", "ory_at_example".into())
    ///     .with_client_secret("example".into());
    /// ory.read_registration(&mut registration).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn from_saved(client_id: impl Into<String>, token: RegistrationAccessToken) -> Self {
        Self {
            registration_access_token: Some(token),
            ..Self::new(client_id.into())
        }
    }

    fn new(client_id: String) -> Self {
        Self {
            client_id,
            client_secret: None,
            registration_access_token: None,
            registration_client_uri: None,
            granted: OAuth2Client::default(),
            omitted: Vec::new(),
            reset: Vec::new(),
        }
    }

    /// Adds the saved client secret, which the server never shows again.
    #[must_use]
    pub fn with_client_secret(mut self, secret: ClientSecret) -> Self {
        self.client_secret = Some(secret);
        self
    }

    /// Returns the registration whose credentials arrived although
    /// [`Client::register`](crate::Client::register) failed, for example because the connection
    /// closed in the middle of the response. [`None`] if not even the client id arrived.
    ///
    /// The client exists at the server. Save the registration, and fetch its metadata by
    /// [`Client::read_registration`](crate::Client::read_registration). If the token is missing, the
    /// client works but cannot be managed.
    ///
    /// ```no_run
    /// # async fn example(ory: ory_oidc::Client, wanted: ory_oidc::ClientMetadata)
    /// # -> Result<(), ory_oidc::Error> {
    /// use ory_oidc::Registration;
    ///
    /// let registration = match ory.register(&wanted).await {
    ///     Ok(registration) => registration,
    ///     Err(error) => Registration::from_error(&error).ok_or(error)?,
    /// };
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn from_error(error: &Error) -> Option<Self> {
        if error.operation() != Some(CREATE_OIDC_DYNAMIC_CLIENT) {
            return None;
        }
        let mut reply = rescue(unrefused_body(error)?, ORY_TOKEN_LENGTH);
        let mut registration = Self::new(reply.client_id.take()?);
        registration.take_credentials(&mut reply);
        Some(registration)
    }

    pub(crate) fn from_reply(mut reply: OAuth2Client) -> Result<Self, RegistrationError> {
        let client_id = reply.client_id.take();
        let mut registration = Self::new(client_id.ok_or(RegistrationError::ClientIdMissing {
            operation: CREATE_OIDC_DYNAMIC_CLIENT,
        })?);
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
    ///
    /// ```
    /// # fn example(registration: &ory_oidc::Registration) {
    /// use std::time::{Duration, SystemTime};
    ///
    /// let soon = SystemTime::now() + Duration::from_secs(24 * 60 * 60);
    /// if registration.client_secret_expires_at().is_some_and(|time| time < soon) {
    ///     println!("the secret expires within a day");
    /// }
    /// # }
    /// ```
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

    /// Returns `registration_client_uri` (RFC 7592 §3). Requests are sent there only if its origin is
    /// trusted and the provider's metadata contains another registration endpoint than Ory's. See
    /// [`Client::client_configuration_endpoint`](crate::Client::client_configuration_endpoint).
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

    /// Returns the members of an unexpected type in the server's response, as raw JSON. Their fields
    /// in [`granted`](Self::granted) are [`None`]. An update sends them back unchanged.
    #[must_use]
    pub fn unexpected_members(&self) -> AdditionalProperties {
        let mut members = self.granted.additional_properties.clone();
        retain(&mut members, &|name, _| {
            OAuth2Client::MEMBERS.contains(&name)
        });
        members
    }

    /// Returns the names of members that only an administrator can set, and that are known to be
    /// set: `access_token_strategy`, `metadata`, `skip_consent` and `skip_logout_consent`.
    ///
    /// Ory resets them with every update, so an update is refused unless it is sent with
    /// [`allow_reset`](crate::client::UpdateRequest::allow_reset). Ory does not return `metadata`
    /// from a read.
    ///
    /// ```
    /// # fn example(registration: &ory_oidc::Registration) {
    /// if !registration.administrator_members().is_empty() {
    ///     println!("an update would reset what the administrator set");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn administrator_members(&self) -> Vec<&'static str> {
        administrator_members(&self.granted)
    }

    /// Returns the names of the administrator's members that the last update reset.
    #[must_use]
    pub fn reset_members(&self) -> &[&'static str] {
        &self.reset
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

    /// Takes the credentials out of the response to a read or an update that failed: the response may
    /// be incomplete, or something else in it cannot be used.
    pub(crate) fn rescue(&mut self, error: &Error) {
        let Some(body) = unrefused_body(error) else {
            return;
        };
        let token = self.registration_access_token.as_ref();
        let token_length = token.map_or(ORY_TOKEN_LENGTH, |token| token.expose().len());
        let mut reply = rescue(body, token_length);
        let id = reply.client_id.as_ref();
        if id.is_none_or(|id| *id == self.client_id) {
            self.take_credentials(&mut reply);
        }
    }

    /// Takes the credentials of a reply, and checks that the reply is about this client.
    fn take_reply(
        &mut self,
        operation: Operation,
        reply: &mut OAuth2Client,
    ) -> Result<(), RegistrationError> {
        let known = match &reply.client_id {
            Some(id) if *id == self.client_id => Ok(()),
            Some(_) => return Err(RegistrationError::ClientIdChanged { operation }),
            None => Err(RegistrationError::ClientIdMissing { operation }),
        };
        self.take_credentials(reply);
        known
    }

    /// Takes the reply to a read. Members that it leaves out are kept and noted in `omitted`: a member
    /// that is `null` or `""` is not left out, since the server states that it is not set.
    pub(crate) fn absorb_read(
        &mut self,
        mut reply: Changes<OAuth2Client>,
    ) -> Result<(), RegistrationError> {
        self.take_reply(GET_OIDC_DYNAMIC_CLIENT, reply.model())?;
        self.omitted = reply.apply(&mut self.granted);
        Ok(())
    }

    /// Takes the reply to an update. It has all metadata (RFC 7592 §3.1), so it replaces them.
    pub(crate) fn absorb_update(
        &mut self,
        mut reply: OAuth2Client,
    ) -> Result<(), RegistrationError> {
        self.take_reply(SET_OIDC_DYNAMIC_CLIENT, &mut reply)?;
        let reset = |name: &&str| !administrator_members(&reply).contains(name);
        self.reset = self.administrator_members();
        self.reset.retain(reset);
        // Members that the read before the update left out are still reported.
        self.omitted
            .retain(|name| !reply.has(name) && !reply.additional_properties.contains_key(name));
        self.granted = reply;
        Ok(())
    }

    /// Refuses an update that would reset the administrator's members.
    pub(crate) fn refuse_reset(&self) -> Result<(), RequestError> {
        let problem = "would be reset by the update; allow it with allow_reset(true)";
        refuse(&self.administrator_members(), problem)
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

/// Returns the body of a response, unless the response is a refusal.
fn unrefused_body(error: &Error) -> Option<&[u8]> {
    let status = error.status()?;
    error
        .response_body()
        .filter(|_| !status.is_client_error())
        .map(AsRef::as_ref)
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
