//! Updates and replaces a registration (RFC 7592 §2.2).

use super::client::Client;
use super::read::read;
use super::request::request;
use crate::registration::metadata::ClientMetadata;
use crate::registration::registration::Registration;
use crate::registration::reply::decode;
use ory_oidc_core::call_options::CallOptions;
use ory_oidc_core::configuration::Configuration;
use ory_oidc_core::error::Error;
use ory_oidc_core::response_info::ResponseInfo;
use ory_oidc_gen::apis::oidc_api as api;
use reqwest::StatusCode;
use std::fmt;

type Change<'a> = Box<dyn FnOnce(&mut ClientMetadata) + Send + 'a>;

/// A request to change a registration. Await it to send it.
#[must_use = "a request does nothing until it is awaited"]
pub struct UpdateRequest<'a> {
    client: &'a Client,
    registration: &'a mut Registration,
    change: Change<'a>,
    allow_reset: bool,
    options: CallOptions,
}

request!(
    UpdateRequest,
    "ory.update_registration(&mut registration, |m| m.set_client_name(\"New\"))",
    ()
);

impl UpdateRequest<'_> {
    /// Whether the update may reset the members that an administrator has set (default: false). See
    /// [`Registration::administrator_members`].
    ///
    /// ```no_run
    /// # async fn example(ory: ory_oidc::Client, mut registration: ory_oidc::Registration) -> Result<(), ory_oidc::Error> {
    /// ory.update_registration(&mut registration, |m| m.set_client_name("Renamed"))
    ///     .allow_reset(true)
    ///     .await
    /// # }
    /// ```
    pub fn allow_reset(mut self, allow: bool) -> Self {
        self.allow_reset = allow;
        self
    }

    async fn send(self) -> Result<((), ResponseInfo), Error> {
        let configuration = self
            .client
            .configuration_to_manage(self.registration, self.options)
            .await?;
        read(self.client, &configuration, self.registration).await?;
        let mut metadata = self.registration.metadata();
        (self.change)(&mut metadata);
        if !self.allow_reset {
            self.registration.refuse_reset()?;
        }
        let sent = replace(self.client, &configuration, self.registration, metadata).await;
        let info = sent.map_err(|error| match error {
            // The server accepted the token for the read. Perhaps a proxy sent the update twice, and
            // the first one replaced the token.
            Error::Server(error) if error.status() == StatusCode::UNAUTHORIZED => {
                error.with_unknown_outcome().into()
            }
            error => error,
        })?;
        Ok(((), info))
    }
}

impl fmt::Debug for UpdateRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UpdateRequest")
            .field("client", &self.client)
            .field("registration", &self.registration)
            .finish_non_exhaustive()
    }
}

/// A request to replace the metadata of a registration. Await it to send it.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct ReplaceRequest<'a> {
    client: &'a Client,
    registration: &'a mut Registration,
    metadata: &'a ClientMetadata,
    allow_reset: bool,
    options: CallOptions,
}

request!(
    ReplaceRequest,
    "ory.replace_registration(&mut registration, &wanted)",
    ()
);

impl ReplaceRequest<'_> {
    /// Whether the update may reset the members that an administrator has set (default: false). See
    /// [`Registration::administrator_members`].
    ///
    /// ```no_run
    /// # async fn example(ory: ory_oidc::Client, mut registration: ory_oidc::Registration) -> Result<(), ory_oidc::Error> {
    /// use ory_oidc::ClientMetadata;
    ///
    /// let wanted = ClientMetadata::new(["https://app.example/callback"]);
    /// ory.replace_registration(&mut registration, &wanted)
    ///     .allow_reset(true)
    ///     .await
    /// # }
    /// ```
    pub fn allow_reset(mut self, allow: bool) -> Self {
        self.allow_reset = allow;
        self
    }

    async fn send(self) -> Result<((), ResponseInfo), Error> {
        if !self.allow_reset {
            self.registration.refuse_reset()?;
        }
        let configuration = self
            .client
            .configuration_to_manage(self.registration, self.options)
            .await?;
        let metadata = self.metadata.clone();
        let info = replace(self.client, &configuration, self.registration, metadata).await?;
        Ok(((), info))
    }
}

async fn replace(
    client: &Client,
    configuration: &Configuration,
    registration: &mut Registration,
    metadata: ClientMetadata,
) -> Result<ResponseInfo, Error> {
    metadata.validate()?;
    let mut body = metadata.into_fields();
    body.client_id = Some(registration.client_id().to_owned());
    let authorization = registration.authorization(client.registration_authorization())?;
    let id = registration.client_id();
    let response = api::set_oidc_dynamic_client(configuration, authorization, id, &body).await;
    let replaced =
        response.and_then(|response| Ok((decode(&response, None)?, response.into_info())));
    let (reply, info) = replaced.inspect_err(|error| registration.rescue(error))?;
    #[cfg(feature = "tracing")]
    let before = registration.registration_access_token().cloned();
    registration.absorb_update(reply.into_model())?;
    #[cfg(feature = "tracing")]
    if registration.registration_access_token() != before.as_ref() {
        let client_id = registration.client_id();
        tracing::info!(target: "ory_oidc", client_id, "the registration access token was replaced");
    }
    Ok(info)
}

impl Client {
    /// Updates a registration (RFC 7592 §2.2). Reads the registration, calls `change` with its
    /// metadata, and sends the complete metadata, including members that this crate does not know.
    /// Then `registration` holds the new registration access token: save it.
    ///
    /// The request contains every member that `change` does not remove. The update is sent once and
    /// never retried. If the future is dropped before it completes, the update may or may not have
    /// happened.
    ///
    /// **Administrators.** Ory resets the members that only an administrator can set. If the read
    /// shows such a member, or an earlier response did, the update is not sent, and the error names
    /// the members. [`allow_reset`](UpdateRequest::allow_reset) sends the update nevertheless, and
    /// [`Registration::reset_members`] then lists what was reset. Ory does not show `metadata` in a
    /// read, so an update may reset it unnoticed.
    ///
    /// **Several at once.** Do not update one registration from several places at the same time.
    /// Updates that are sent with one token may all succeed. Each replaces all metadata. The last one
    /// wins, and only its token works. A `Keeper` (crate `ory-oidc-keeper`) prevents this.
    ///
    /// ```no_run
    /// # async fn example(ory: ory_oidc::Client, mut registration: ory_oidc::Registration)
    /// # -> Result<(), ory_oidc::Error> {
    /// ory.update_registration(&mut registration, |m| m.set_client_name("Renamed")).await?;
    /// // The token was replaced: save the registration again.
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// - The errors of [`read_registration`](Self::read_registration). The update was not sent.
    /// - [`Error::Request`] if the new metadata is invalid, or if the update would reset members that
    ///   an administrator has set. Nothing was changed.
    /// - [`Error::Server`] of another kind than `OutcomeUnknown` if the server rejects the update.
    ///   Nothing was changed.
    /// - The kind [`ErrorKind::OutcomeUnknown`](crate::error::ErrorKind::OutcomeUnknown): the token
    ///   may have been replaced. A 401 to the update is of this kind, too: the token worked for the
    ///   read, so a proxy may have sent the update twice, and the first one replaced the token. If a
    ///   new token arrived, even in an incomplete response, `registration` holds that token although
    ///   the call failed. So save `registration` after this error, too.
    #[doc(alias = "setOidcDynamicClient")]
    pub fn update_registration<'a>(
        &'a self,
        registration: &'a mut Registration,
        change: impl FnOnce(&mut ClientMetadata) + Send + 'a,
    ) -> UpdateRequest<'a> {
        UpdateRequest {
            client: self,
            registration,
            change: Box::new(change),
            allow_reset: false,
            options: CallOptions::new(),
        }
    }

    /// Replaces all metadata of a registration (RFC 7592 §2.2). Members that are missing in
    /// `metadata` are reset to the server's defaults. To change only some members, start from
    /// [`Registration::metadata`] or call [`update_registration`](Self::update_registration). On
    /// success, `registration` holds the new registration access token: save it.
    ///
    /// Members of an administrator are protected as in
    /// [`update_registration`](Self::update_registration), as far as `registration` has them from an
    /// earlier response.
    ///
    /// ```no_run
    /// # async fn example(ory: ory_oidc::Client, mut registration: ory_oidc::Registration)
    /// # -> Result<(), ory_oidc::Error> {
    /// let metadata = registration.metadata().client_name("Renamed");
    /// ory.replace_registration(&mut registration, &metadata).await?;
    /// // The token was replaced: save the registration again.
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As for [`update_registration`](Self::update_registration), but without the errors of the
    /// read. A 401 has the kind [`Unauthorized`](crate::error::ErrorKind::Unauthorized), because
    /// this method does not know whether the token was valid. If it was valid just before, treat the
    /// outcome as unknown.
    #[doc(alias = "setOidcDynamicClient")]
    pub fn replace_registration<'a>(
        &'a self,
        registration: &'a mut Registration,
        metadata: &'a ClientMetadata,
    ) -> ReplaceRequest<'a> {
        ReplaceRequest {
            client: self,
            registration,
            metadata,
            allow_reset: false,
            options: CallOptions::new(),
        }
    }
}
