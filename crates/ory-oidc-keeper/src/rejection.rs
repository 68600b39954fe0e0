//! Feedback from the use of a registration.

use crate::error::KeeperError;
use crate::gate::Sharing;
use crate::keeper::Keeper;
use crate::outcome::{Action, Ensured};
use ory_oidc::registration::Registration;

impl Keeper {
    /// Reports that the server rejected the client: a login or a call of the token endpoint
    /// returned `invalid_client` (RFC 6749 §5.2). Pass the registration that the app used.
    ///
    /// The keeper finds out what happened, as
    /// [`ensure_registered`](Self::ensure_registered) does, and repairs what it can:
    ///
    /// - If another process has stored other credentials, it returns those.
    /// - If the client secret has expired or expires soon, the keeper renews the secret.
    /// - If the client was deleted, it registers a new one with the metadata that
    ///   `ensure_registered` was last called with.
    /// - If the server accepts the client, it returns the stored registration: try again.
    ///
    /// # Errors
    /// - [`KeeperError::SecretRejected`] if the client exists, and the server does not accept its
    ///   secret.
    /// - [`KeeperError::NotRegistered`] if no registration is stored.
    /// - Otherwise those of [`ensure_registered`](Self::ensure_registered).
    ///
    /// ```no_run
    /// # async fn log_in(_: &ory_oidc::Registration) -> Result<(), String> { Ok(()) }
    /// # async fn example(keeper: ory_oidc_keeper::Keeper, registration: ory_oidc::Registration) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut result = log_in(&registration).await;
    /// if matches!(&result, Err(code) if code == "invalid_client") {
    ///     let ensured = keeper.report_rejected(&registration).await?;
    ///     result = log_in(ensured.registration()).await;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn report_rejected(&self, rejected: &Registration) -> Result<Ensured, KeeperError> {
        let rejected = rejected.clone();
        self.exclusively(
            "report_rejected",
            Sharing::UnknownOutcomes,
            |keeper| async move { keeper.heal(&rejected).await },
        )
        .await
    }

    async fn heal(self, rejected: &Registration) -> Result<Ensured, KeeperError> {
        let (_, record) = self.load().await?.ok_or(KeeperError::NotRegistered)?;
        let stored = record.known()?;
        if !same_client(stored, rejected) {
            return Ok(Ensured {
                registration: stored.clone(),
                action: Action::Reused,
                differences: record.accepted.clone(),
                secret_needs_renewal: false,
            });
        }
        let wanted = record.asked().unwrap_or_else(|| stored.metadata());
        let ensured = self.ensure(&wanted).await?;
        let unchanged = same_client(ensured.registration(), rejected);
        if unchanged && self.secret_works(ensured.registration()).await? == Some(false) {
            return Err(KeeperError::SecretRejected);
        }
        Ok(ensured)
    }
}

/// Whether two registrations have the same id and secret.
fn same_client(one: &Registration, other: &Registration) -> bool {
    one.client_id() == other.client_id() && one.client_secret() == other.client_secret()
}
