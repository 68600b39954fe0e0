//! Finds out why the server refuses a registration access token.
//!
//! A 401 alone proves nothing: an Ory Hydra returns the same one for a deleted client, for a token
//! that was replaced, and while its database is unavailable. The server's other responses differ:
//!
//! | | token replaced | client deleted | database unavailable |
//! |---|---|---|---|
//! | authorization endpoint, this client | knows it | denies it | denies it |
//! | authorization endpoint, an unknown client | denies it | denies it | denies it |
//! | authorization endpoint, a client that was just registered | knows it | knows it | denies it |
//! | revocation endpoint, the client's own authentication | accepts it, unless the secret was changed | refuses it | refuses it, or accepts everybody |
//! | provider's metadata and keys | 200 | 200 | 5xx, unless only the table of the clients is unavailable |
//!
//! Trouble may begin or end between two requests. So the requests alternate, and are repeated.

use crate::error::KeeperError;
use crate::keeper::Keeper;
use crate::probe::Probe;
use ory_oidc::error::{Error, ErrorKind};
use ory_oidc::registration::Registration;
use tokio::time::sleep;

/// What the responses of the server show about a client.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Finding {
    /// The token works.
    Works,
    /// The client exists, and the token does not work.
    KeyLost,
    /// The server does not know the client.
    Missing,
}

impl Keeper {
    /// Reads the registration. Returns the refusal if the server does not accept the token.
    pub(crate) async fn read(
        &self,
        registration: &mut Registration,
    ) -> Result<Option<Error>, KeeperError> {
        let has_token = registration.registration_access_token().is_some();
        let call = self.inner.client.read_registration(registration);
        match call.await {
            Ok(()) => Ok(None),
            Err(error) if error.kind() == ErrorKind::Unauthorized => Ok(Some(error)),
            // The token never arrived, or was lost with its response.
            Err(error @ Error::Request(_)) if !has_token => Ok(Some(error)),
            Err(error) => Err(error.into()),
        }
    }

    /// Finds out why the server refused the token, or that it accepts it again.
    ///
    /// [`Finding::Missing`] is no proof: [`compare`](Self::compare) gives it.
    ///
    /// # Errors
    /// [`KeeperError::Call`] and [`KeeperError::Unverified`] if nothing was found out.
    pub(crate) async fn examine(
        &self,
        registration: &mut Registration,
        mut refusal: Error,
    ) -> Result<Finding, KeeperError> {
        let settings = &self.inner.settings;
        let mut finding = None;
        for round in 0..settings.confirmations.max(1) {
            if round > 0 {
                sleep(settings.confirmation_interval).await;
            }
            let found = self.look_for(registration, &refusal).await?;
            if finding.is_some_and(|finding| finding != found) {
                return Err(KeeperError::Unverified { source: refusal });
            }
            finding = Some(found);
            match self.read(registration).await? {
                Some(again) => refusal = again,
                None => return Ok(Finding::Works),
            }
        }
        finding.ok_or(KeeperError::Unverified { source: refusal })
    }

    /// Looks for signs of a client whose token was refused.
    async fn look_for(
        &self,
        registration: &Registration,
        refusal: &Error,
    ) -> Result<Finding, KeeperError> {
        let look = async {
            let probe = self.probe().await?;
            let exists = if probe.denies_unknown_clients().await? {
                probe.exists(registration.client_id()).await?
            } else {
                None
            };
            if exists == Some(true) {
                return Ok(Some(Finding::KeyLost));
            }
            let accepted = probe.accepts(registration).await? == Some(true);
            Ok(match (exists, accepted) {
                (Some(false), false) => Some(Finding::Missing),
                (None, true) => Some(Finding::KeyLost),
                // The responses contradict each other, or show nothing.
                _ => None,
            })
        };
        let found = look.await.map_err(|error| trouble(error, refusal))?;
        found.ok_or_else(|| unverified(refusal))
    }

    /// Checks a finding by comparison with a control: a client that was registered a moment ago, and
    /// whose token the same server must accept. If it was [`Finding::Missing`], the server must
    /// also know the control and deny the client. The result is the finding, as a proof, or
    /// [`Finding::Works`].
    ///
    /// # Errors
    /// As for [`examine`](Self::examine).
    pub(crate) async fn compare(
        &self,
        registration: &mut Registration,
        control: &mut Registration,
        finding: Finding,
    ) -> Result<Finding, KeeperError> {
        let settings = &self.inner.settings;
        for round in 0..settings.confirmations.max(1) {
            if round > 0 {
                sleep(settings.confirmation_interval).await;
            }
            let before = self.read(control).await?;
            let Some(refusal) = self.read(registration).await? else {
                return Ok(Finding::Works);
            };
            let look = async {
                let probe = self.probe().await?;
                let (id, control_id) = (registration.client_id(), control.client_id());
                if finding == Finding::KeyLost {
                    return Ok(true);
                }
                Ok(probe.exists(control_id).await? == Some(true)
                    && probe.exists(id).await? == Some(false)
                    && probe.accepts(registration).await? != Some(true)
                    && probe.exists(control_id).await? == Some(true))
            };
            let differs = look.await.map_err(|error| trouble(error, &refusal))?;
            let after = self.read(control).await?;
            if !differs || before.is_some() || after.is_some() {
                return Err(KeeperError::Unverified { source: refusal });
            }
        }
        Ok(finding)
    }

    /// Whether the server accepts the client secret; [`None`] if it cannot be asked.
    ///
    /// # Errors
    /// As for [`examine`](Self::examine).
    pub(crate) async fn secret_works(
        &self,
        registration: &Registration,
    ) -> Result<Option<bool>, KeeperError> {
        let settings = &self.inner.settings;
        let mut answer = None;
        for round in 0..settings.confirmations.max(1) {
            if round > 0 {
                sleep(settings.confirmation_interval).await;
            }
            let probe = self.probe().await?;
            // A server in trouble knows no client, and refuses every secret.
            if probe.exists(registration.client_id()).await? != Some(true) {
                return Ok(None);
            }
            answer = probe.accepts(registration).await?;
            if answer != Some(false) {
                break;
            }
        }
        Ok(answer)
    }

    async fn probe(&self) -> Result<Probe<'_>, Error> {
        let exists = self.inner.settings.client_exists.as_ref();
        Probe::of_working_server(&self.inner.client, self.inner.lease.request, exists).await
    }
}

/// Returns the error of a server in trouble, if it says when to try again, or else the refusal.
fn trouble(error: Error, refusal: &Error) -> KeeperError {
    if error.is_retryable() {
        KeeperError::Call(error)
    } else {
        unverified(refusal)
    }
}

fn unverified(refusal: &Error) -> KeeperError {
    let source = refusal.clone();
    KeeperError::Unverified { source }
}
