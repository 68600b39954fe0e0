//! Updates and replaces a registration (RFC 7592 §2.2).

use super::client::Client;
use super::read::read;
use super::request::request;
use crate::registration::metadata::ClientMetadata;
use crate::registration::registration::Registration;
use ory_oidc_core::configuration::{CallOptions, Configuration};
use ory_oidc_core::error::Error;
use ory_oidc_gen::apis::oidc_api as api;
use std::fmt;

type Change<'a> = Box<dyn FnOnce(&mut ClientMetadata) + Send + 'a>;

/// A request to change a registration. Await it to send it.
#[must_use = "a request does nothing until it is awaited"]
pub struct UpdateRequest<'a> {
    client: &'a Client,
    registration: &'a mut Registration,
    change: Change<'a>,
    options: CallOptions,
}

request!(UpdateRequest, ());

impl UpdateRequest<'_> {
    async fn send(self) -> Result<(), Error> {
        let configuration = self.client.configuration_with(self.options);
        read(self.client, &configuration, self.registration).await?;
        let mut metadata = self.registration.metadata();
        (self.change)(&mut metadata);
        replace(self.client, &configuration, self.registration, metadata).await
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
    options: CallOptions,
}

request!(ReplaceRequest, ());

impl ReplaceRequest<'_> {
    async fn send(self) -> Result<(), Error> {
        let configuration = self.client.configuration_with(self.options);
        let metadata = self.metadata.clone();
        replace(self.client, &configuration, self.registration, metadata).await
    }
}

async fn replace(
    client: &Client,
    configuration: &Configuration,
    registration: &mut Registration,
    metadata: ClientMetadata,
) -> Result<(), Error> {
    metadata.validate()?;
    let mut body = metadata.into_fields();
    body.client_id = Some(registration.client_id().to_owned());
    let authorization = registration.authorization(client.registration_authorization())?;
    let id = registration.client_id();
    let response = api::set_oidc_dynamic_client(configuration, authorization, id, &body).await?;
    match response.decode() {
        Ok(reply) => Ok(registration.absorb_update(reply)?),
        Err(error) => {
            registration.salvage(response.body());
            Err(error)
        }
    }
}

impl Client {
    /// Updates a registration (RFC 7592 §2.2). Reads the registration, calls `change` with its
    /// metadata, and sends the complete metadata, including members that this crate does not know.
    /// Then `registration` holds the new registration access token: save it.
    ///
    /// The request contains every member that `change` does not remove. Ory nevertheless resets the
    /// members that only an administrator can set. The update is sent once and never retried.
    /// If the future is dropped before it completes, the update may or may not have happened.
    ///
    /// Do not update one registration from several places at the same time. The server may accept
    /// all of the updates, but only the token from the last one works. A `Keeper` (crate
    /// `ory-oidc-keeper`) prevents this.
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
    /// - The errors of [`read_registration`](Self::read_registration). Nothing was changed.
    /// - [`Error::Request`] if the new metadata is invalid. Nothing was changed.
    /// - [`Error::Server`] of another kind than `OutcomeUnknown` if the server rejects the update.
    ///   Nothing was changed.
    /// - The kind [`ErrorKind::OutcomeUnknown`](crate::error::ErrorKind::OutcomeUnknown): the token
    ///   may have been replaced. If a response with a new token arrived, `registration` holds that
    ///   token although the call failed. So save `registration` after this error, too.
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
            options: CallOptions::default(),
        }
    }

    /// Replaces all metadata of a registration (RFC 7592 §2.2). Members that are missing in
    /// `metadata` are reset to the server's defaults. To change only some members, start from
    /// [`Registration::metadata`] or call [`update_registration`](Self::update_registration). On
    /// success, `registration` holds the new registration access token: save it.
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
    /// read.
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
            options: CallOptions::default(),
        }
    }
}
