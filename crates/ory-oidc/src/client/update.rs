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
    /// Changes a registration (RFC 7592 §2.2), in place: reads it, lets `change` edit the metadata,
    /// and writes all of them back, including members that this crate does not know. The new
    /// registration access token replaces the old one in `registration`.
    ///
    /// Only members that `change` removes are left out. The update is sent once and never repeated.
    /// If the future is dropped while it waits, the outcome is unknown. If several callers update
    /// one registration at the same time, the server may accept all of the updates, and only the
    /// token of the last one works: use a `Keeper` (crate `ory-oidc-keeper`).
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
    /// - The errors of [`read_registration`](Self::read_registration): nothing was changed.
    /// - [`Error::Request`] for metadata that no server accepts: nothing was changed.
    /// - [`Error::Server`] if the server refuses the update: the token stays valid.
    /// - [`ErrorKind::OutcomeUnknown`](crate::error::ErrorKind::OutcomeUnknown): the token may have
    ///   been replaced. If a response arrived and only its metadata cannot be read, `registration`
    ///   already has the new token.
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

    /// Replaces all metadata of a registration (RFC 7592 §2.2), in place. Members that `metadata`
    /// lacks fall back to the server's defaults. Start from [`Registration::metadata`], or use
    /// [`update_registration`](Self::update_registration) to change some.
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
    /// As for the second half of [`update_registration`](Self::update_registration): nothing is read
    /// before.
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
