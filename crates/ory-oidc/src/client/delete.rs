//! Deletes a registration (RFC 7592 §2.3).

use super::client::Client;
use super::request::request;
use crate::registration::registration::Registration;
use ory_oidc_core::call_options::CallOptions;
use ory_oidc_core::error::Error;
use ory_oidc_core::response_info::ResponseInfo;
use ory_oidc_gen::apis::oidc_api as api;
use reqwest::StatusCode;

/// A request to delete a registration. Await it to send it.
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct DeleteRequest<'a> {
    client: &'a Client,
    registration: &'a Registration,
    options: CallOptions,
}

request!(DeleteRequest, "ory.delete_registration(&registration)", ());

impl DeleteRequest<'_> {
    async fn send(self) -> Result<((), ResponseInfo), Error> {
        let by = self.client.registration_authorization();
        let authorization = self.registration.authorization(by)?;
        let id = self.registration.client_id();
        let configuration = self
            .client
            .configuration_to_manage(self.registration, self.options)
            .await?;
        let response = api::delete_oidc_dynamic_client(&configuration, authorization, id).await?;
        // Another success may come from a gateway and does not confirm the deletion.
        if response.status() == StatusCode::NO_CONTENT {
            Ok(((), response.into_info()))
        } else {
            Err(response.decode_error("expected 204 No Content").into())
        }
    }
}

impl Client {
    /// Deletes a registration at the server (RFC 7592 §2.3). The client id, the client secret and
    /// the registration access token stop working.
    ///
    /// ```no_run
    /// # async fn example(ory: ory_oidc::Client, registration: ory_oidc::Registration)
    /// # -> Result<(), ory_oidc::Error> {
    /// ory.delete_registration(&registration).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// - [`Error::Request`] if the id or the credential cannot be sent. Nothing was sent.
    /// - [`Error::Server`]. [`ErrorKind::Unauthorized`](crate::error::ErrorKind::Unauthorized)
    ///   means that the token is not accepted or that the client was already deleted.
    /// - [`Error::Transport`]; and [`Error::Decode`] for another success than 204, as only 204
    ///   confirms the deletion.
    ///
    /// The kind [`ErrorKind::OutcomeUnknown`](crate::error::ErrorKind::OutcomeUnknown) means that
    /// the client may have been deleted.
    #[doc(alias = "deleteOidcDynamicClient")]
    pub fn delete_registration<'a>(&'a self, registration: &'a Registration) -> DeleteRequest<'a> {
        DeleteRequest {
            client: self,
            registration,
            options: CallOptions::new(),
        }
    }
}
