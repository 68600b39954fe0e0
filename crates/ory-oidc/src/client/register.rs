//! Registers a client (RFC 7591 §3).

use super::client::Client;
use super::request::request;
use crate::credentials::InitialAccessToken;
use crate::registration::metadata::ClientMetadata;
use crate::registration::registration::Registration;
use crate::registration::reply::decode;
use ory_oidc_core::authorization::Authorization;
use ory_oidc_core::call_options::CallOptions;
use ory_oidc_core::error::Error;
use ory_oidc_core::response_info::ResponseInfo;
use ory_oidc_gen::apis::oidc_api as api;

/// A request to register a client. Await it to send it.
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct RegisterRequest<'a> {
    client: &'a Client,
    wanted: &'a ClientMetadata,
    initial_access_token: Option<&'a InitialAccessToken>,
    options: CallOptions,
}

request!(RegisterRequest, "ory.register(&wanted)", Registration);

impl<'a> RegisterRequest<'a> {
    /// Sends an initial access token, for a server that requires one (RFC 7591 §3).
    ///
    /// ```no_run
    /// # async fn example(ory: ory_oidc::Client) -> Result<(), ory_oidc::Error> {
    /// use ory_oidc::ClientMetadata;
    /// use ory_oidc::registration::InitialAccessToken;
    ///
    /// let wanted = ClientMetadata::new(["https://app.example/callback"]);
    /// let token = InitialAccessToken::new("from your administrator");
    /// let registration = ory.register(&wanted).initial_access_token(&token).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn initial_access_token(mut self, token: &'a InitialAccessToken) -> Self {
        self.initial_access_token = Some(token);
        self
    }

    async fn send(self) -> Result<(Registration, ResponseInfo), Error> {
        self.wanted.validate()?;
        let authorization = match self.initial_access_token {
            Some(token) => Authorization::Bearer(token.expose()),
            None => Authorization::None,
        };
        let client = self.client.for_call(&self.options).await?;
        let configuration = client.configuration_at(&client.called().registration, self.options);
        let wanted = self.wanted.fields();
        let response =
            api::create_oidc_dynamic_client(&configuration, authorization, wanted).await?;
        let registration = Registration::from_reply(decode(&response, None)?.into_model())?;
        Ok((registration, response.into_info()))
    }
}

impl Client {
    /// Registers a client (RFC 7591 §3.1).
    ///
    /// Save the registration before you do anything else. The server sends the client secret only
    /// once, and you need the registration access token to read, update and delete the client.
    ///
    /// The call is not idempotent. If no usable response arrives, the client may exist at the
    /// server. [`Registration::from_error`] returns the registration if its credentials arrived.
    /// Otherwise only an administrator can delete the client.
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
    /// - [`Error::Request`] if the metadata is invalid. Nothing was sent.
    /// - [`Error::Server`] with `invalid_redirect_uri`, `invalid_client_metadata` and the like
    ///   (RFC 7591 §3.2.2). [`ErrorKind::NotFound`](crate::error::ErrorKind::NotFound) means that
    ///   dynamic registration is disabled.
    /// - [`ClientIdMissing`](crate::registration::RegistrationError::ClientIdMissing)
    ///   if the response has no `client_id`.
    /// - [`Error::Transport`] and [`Error::Decode`].
    ///
    /// The kind [`ErrorKind::OutcomeUnknown`](crate::error::ErrorKind::OutcomeUnknown) means that
    /// the client may have been registered.
    #[doc(alias = "createOidcDynamicClient")]
    pub fn register<'a>(&'a self, wanted: &'a ClientMetadata) -> RegisterRequest<'a> {
        RegisterRequest {
            client: self,
            wanted,
            initial_access_token: None,
            options: CallOptions::new(),
        }
    }
}
