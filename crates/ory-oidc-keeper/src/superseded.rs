//! Clients that were replaced.

use crate::error::KeeperError;
use crate::keeper::Keeper;
use crate::record::{Record, State};
use crate::store::Version;
use ory_oidc::error::ErrorKind;
use ory_oidc::registration::Registration;

/// How often the deletion of a superseded client is tried, at different times.
const MAX_REFUSALS: u8 = 3;

impl Keeper {
    /// Returns the clients that this registration has replaced, and clients that were registered
    /// and could not be deleted: at most the eight newest, with their credentials, sorted from the
    /// oldest to the newest.
    ///
    /// They may still exist at the server. Each call of
    /// [`ensure_registered`](Self::ensure_registered) or [`recover`](Self::recover) tries to delete
    /// each of them, until the server has refused three times. [`retire`](Self::retire) tries all of
    /// them again. An administrator must delete those whose token is lost.
    ///
    /// # Errors
    /// [`KeeperError::Store`] and [`KeeperError::Interrupted`].
    ///
    /// ```no_run
    /// # async fn example(keeper: ory_oidc_keeper::Keeper) -> Result<(), ory_oidc_keeper::KeeperError> {
    /// for registration in keeper.superseded().await? {
    ///     println!("client {} may still exist", registration.client_id());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn superseded(&self) -> Result<Vec<Registration>, KeeperError> {
        let record = self
            .load_in_task("superseded")
            .await?
            .map(|(_, record)| record);
        let superseded = record.map(|record| record.superseded).unwrap_or_default();
        let registrations = superseded.into_iter().map(|one| one.registration);
        Ok(registrations.collect())
    }

    /// Tries to delete the superseded clients that were not refused too often. A failure is not an
    /// error: they are tried again.
    pub(crate) async fn delete_superseded(&self, version: Version, mut record: Record) {
        let mut changed = false;
        for mut one in std::mem::take(&mut record.superseded) {
            if one.refusals < MAX_REFUSALS {
                match self.delete(&one.registration).await {
                    Ok(()) => {
                        changed = true;
                        continue;
                    }
                    Err(error) if is_refusal(&error) => {
                        one.refusals += 1;
                        changed = true;
                    }
                    Err(_) => {}
                }
            }
            record.superseded.push(one);
        }
        if changed {
            let _ = self.save(Some(version), &record).await;
        }
    }

    /// Removes a record without a registration, unless it lists a client that the server refuses to
    /// delete.
    pub(crate) async fn clear_unregistered(
        &self,
        version: Version,
        record: &Record,
    ) -> Result<(), KeeperError> {
        let record = record.with_state(State::Settled);
        let (version, record) = self.delete_all_superseded(version, record).await?;
        if record.superseded.is_empty() {
            return self.clear(version).await;
        }
        self.save(Some(version), &record).await.map(drop)
    }

    /// Tries to delete all superseded clients, before the record is removed.
    ///
    /// # Errors
    /// The error of a deletion, unless the server refuses the token.
    pub(crate) async fn delete_all_superseded(
        &self,
        version: Version,
        mut record: Record,
    ) -> Result<(Version, Record), KeeperError> {
        let before = record.superseded.len();
        for one in record.superseded.clone() {
            match self.delete(&one.registration).await {
                Ok(()) => record.remove_superseded(one.registration.client_id()),
                Err(error) if is_refusal(&error) => {}
                Err(error) if error.kind() == ErrorKind::OutcomeUnknown => {
                    return Err(KeeperError::OutcomeUnknown { source: error });
                }
                Err(error) => return Err(error.into()),
            }
        }
        if record.superseded.len() == before {
            return Ok((version, record));
        }
        let version = self.save(Some(version), &record).await?;
        Ok((version, record))
    }
}

/// Whether the server does not accept the token, or there is none.
fn is_refusal(error: &ory_oidc::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::Unauthorized | ErrorKind::InvalidRequest
    )
}
