//! Confirms a 401 before it counts as evidence.

use crate::keeper::Keeper;
use ory_oidc::error::{Error, ErrorKind};
use ory_oidc::raw::apis::oidc_api::discover_oidc_configuration;
use ory_oidc::registration::Registration;

/// The number of times that the server must refuse the token.
const REFUSALS: usize = 2;

impl Keeper {
    /// Reads the registration, and confirms a 401.
    ///
    /// Ory Hydra also returns 401 while its database is unavailable. It cannot return its metadata
    /// then. So the error is [`ErrorKind::Unauthorized`] only if metadata follow every refusal.
    /// Otherwise it is the error of the request for the metadata.
    pub(crate) async fn read_confirmed(
        &self,
        registration: &mut Registration,
    ) -> Result<(), Error> {
        let client = &self.inner.client;
        let mut refusals = 0;
        loop {
            match client.read_registration(registration).await {
                Err(error) if error.kind() == ErrorKind::Unauthorized => {
                    self.check_availability().await?;
                    refusals += 1;
                    if refusals == REFUSALS {
                        return Err(error);
                    }
                }
                result => return result,
            }
        }
    }

    /// Checks that the server can return its metadata. Their contents do not matter here.
    async fn check_availability(&self) -> Result<(), Error> {
        match discover_oidc_configuration(self.inner.client.configuration()).await {
            Err(error @ (Error::Transport(_) | Error::Server(_))) => Err(error),
            _ => Ok(()),
        }
    }
}
