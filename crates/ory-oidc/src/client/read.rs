//! Reads a registration (RFC 7592 §2.1).

use super::client::Client;
use super::request::request;
use crate::registration::registration::Registration;
use crate::registration::reply::decode;
use ory_oidc_core::call_options::CallOptions;
use ory_oidc_core::configuration::Configuration;
use ory_oidc_core::error::Error;
use ory_oidc_core::response_info::ResponseInfo;
use ory_oidc_gen::apis::oidc_api as api;

/// A request to read a registration. Await it to send it.
#[derive(Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct ReadRequest<'a> {
    client: &'a Client,
    registration: &'a mut Registration,
    options: CallOptions,
}

request!(ReadRequest, "ory.read_registration(&mut registration)", ());

impl ReadRequest<'_> {
    async fn send(self) -> Result<((), ResponseInfo), Error> {
        let configuration = self
            .client
            .configuration_to_manage(self.registration, self.options)
            .await?;
        let info = read(self.client, &configuration, self.registration).await?;
        Ok(((), info))
    }
}

pub(super) async fn read(
    client: &Client,
    configuration: &Configuration,
    registration: &mut Registration,
) -> Result<ResponseInfo, Error> {
    let authorization = registration.authorization(client.registration_authorization())?;
    let id = registration.client_id();
    let response = api::get_oidc_dynamic_client(configuration, authorization, id).await;
    let known = Some(registration.granted());
    let read = response.and_then(|response| Ok((decode(&response, known)?, response.into_info())));
    let (reply, info) = read.inspect_err(|error| registration.rescue(error))?;
    registration.absorb_read(reply)?;
    Ok(info)
}

impl Client {
    /// Reads a registration from the server (RFC 7592 §2.1). Updates `registration` in place with
    /// the current metadata, and with new credentials if the server sends any.
    ///
    /// Members that are missing in the response keep their last known values;
    /// [`Registration::omitted`] lists them. If the call fails, `registration` has its old metadata.
    /// Credentials that arrived with an unusable response are in it nevertheless.
    ///
    /// ```no_run
    /// # async fn example(ory: ory_oidc::Client, mut registration: ory_oidc::Registration)
    /// # -> Result<(), ory_oidc::Error> {
    /// ory.read_registration(&mut registration).await?;
    /// println!("{:?}", registration.granted().client_name);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// - [`Error::Request`] if the id or the credential cannot be sent. Nothing was sent.
    /// - [`Error::Server`]. [`ErrorKind::Unauthorized`](crate::error::ErrorKind::Unauthorized)
    ///   means that the token is not accepted or that the client was deleted.
    /// - [`RegistrationError`](crate::registration::RegistrationError) if the response is not about
    ///   this client.
    /// - [`Error::Transport`] and [`Error::Decode`].
    #[doc(alias = "getOidcDynamicClient")]
    pub fn read_registration<'a>(&'a self, registration: &'a mut Registration) -> ReadRequest<'a> {
        ReadRequest {
            client: self,
            registration,
            options: CallOptions::new(),
        }
    }
}
