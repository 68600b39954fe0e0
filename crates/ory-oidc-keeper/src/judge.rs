//! Decides whether a stored registration works, and registers a control client where that is
//! needed to prove that the client was deleted.

use crate::error::KeeperError;
use crate::evidence::Finding;
use crate::keeper::Keeper;
use crate::record::{Record, State, has_same_credentials};
use crate::store::Version;
use crate::trace;
use ory_oidc::error::{Error, ErrorKind};
use ory_oidc::registration::token_endpoint_auth_method::{NONE, PRIVATE_KEY_JWT};
use ory_oidc::registration::{ClientMetadata, Registration};
use std::fmt;
use std::time::Instant;
use tokio::time::sleep;

/// A record that was judged, as it is in the store.
pub(crate) struct Judged {
    pub(crate) version: Version,
    pub(crate) record: Record,
    pub(crate) verdict: Verdict,
}

/// The state of a client at the server.
pub(crate) enum Verdict {
    /// The token works. This is the registration as it is now.
    Works(Box<Registration>),
    /// The client exists, and the token does not work.
    ///
    /// If this keeper replaces such clients, the control client is registered, and the record lists
    /// it as superseded.
    KeyLost { control: Option<Box<Registration>> },
    /// The client was deleted. The control client is registered, and the record lists it as
    /// superseded.
    Deleted { control: Box<Registration> },
}

impl fmt::Debug for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Works(_) => "Works",
            Self::KeyLost { .. } => "KeyLost",
            Self::Deleted { .. } => "Deleted",
        })
    }
}

impl Keeper {
    /// Decides whether the registration of a record works. A control client is registered with the
    /// metadata of the client that replaces the stored one, or else with those of the stored one.
    ///
    /// # Errors
    /// [`KeeperError::Conflict`] if another keeper changed the record meanwhile. Otherwise those
    /// of a call or the store: nothing is known then, and the record is unchanged.
    pub(crate) async fn judge(
        &self,
        version: Version,
        record: Record,
        replacement: Option<&ClientMetadata>,
    ) -> Result<Judged, KeeperError> {
        let mut registration = record.known()?.clone();
        if matches!(record.state, State::Updating { .. }) {
            // The update may still be on its way.
            sleep(self.inner.settings.settling_time).await;
        }
        let read = self.read(&mut registration).await;
        let kept = Box::pin(self.keep_credentials(version, record, &registration));
        let (version, record) = kept.await?;
        let finding = match read? {
            None => Finding::Works,
            Some(refusal) => {
                // Perhaps another process has just replaced the token.
                self.check_unchanged(version).await?;
                let finding = Box::pin(self.examine(&mut registration, refusal)).await?;
                self.check_unchanged(version).await?;
                finding
            }
        };
        let settings = &self.inner.settings;
        let replaces = replacement.is_some() && settings.replaces_when_key_lost();
        let verdict = match finding {
            Finding::Works => Verdict::Works(Box::new(registration)),
            Finding::KeyLost if !replaces => Verdict::KeyLost { control: None },
            Finding::KeyLost | Finding::Missing => {
                let metadata = replacement.cloned().or_else(|| record.asked());
                let metadata = metadata.unwrap_or_else(|| registration.metadata());
                let proven = self.prove(finding, version, record, registration, &metadata);
                let judged = Box::pin(proven).await?;
                trace::event("the server refused the token", &judged.verdict);
                return Ok(judged);
            }
        };
        if matches!(verdict, Verdict::KeyLost { .. }) {
            trace::event("the server refused the token", &verdict);
        }
        Ok(Judged {
            version,
            record,
            verdict,
        })
    }

    /// Saves the credentials that a read brought, if they are new (RFC 7592 §2.1). A read that
    /// failed otherwise may have brought some, too.
    async fn keep_credentials(
        &self,
        version: Version,
        mut record: Record,
        registration: &Registration,
    ) -> Result<(Version, Record), KeeperError> {
        if has_same_credentials(record.known()?, registration) {
            return Ok((version, record));
        }
        record.registration = Some(registration.clone());
        let version = self.save_or_return(version, record.clone()).await?;
        Ok((version, record))
    }

    /// Registers a control client, and checks the finding by comparison with it.
    async fn prove(
        &self,
        finding: Finding,
        version: Version,
        record: Record,
        mut registration: Registration,
        metadata: &ClientMetadata,
    ) -> Result<Judged, KeeperError> {
        let registered = self.register(Some(version), &record, metadata).await;
        let (version, mut control) = registered.map_err(|error| match error {
            KeeperError::OutcomeUnknown { source } => KeeperError::Unverified { source },
            error => error,
        })?;
        // A crash from here on leaves the control client in the record.
        let mut marked = record.registering(&self.inner.id);
        marked.supersede(control.clone());
        let version = match self.save(Some(version), &marked).await {
            Ok(version) => version,
            Err(source) => return Err(self.undo(control, source).await),
        };
        let compared = self.compare(&mut registration, &mut control, finding).await;
        let control = Box::new(control);
        let verdict = match compared {
            Ok(Finding::Missing) => Verdict::Deleted { control },
            Ok(Finding::KeyLost) => Verdict::KeyLost {
                control: Some(control),
            },
            not_proven => {
                let dismissed = self.dismiss(version, marked, &control, record.state);
                let (version, record) = dismissed.await?;
                return not_proven.map(|_| Judged {
                    version,
                    record,
                    verdict: Verdict::Works(Box::new(registration)),
                });
            }
        };
        Ok(Judged {
            version,
            record: marked,
            verdict,
        })
    }

    /// Deletes a control client at the server, and saves the record in the given state.
    pub(crate) async fn dismiss(
        &self,
        version: Version,
        mut record: Record,
        control: &Registration,
        state: State,
    ) -> Result<(Version, Record), KeeperError> {
        if self.delete(control).await.is_ok() {
            record.remove_superseded(control.client_id());
        }
        record.state = state;
        let version = self.save(Some(version), &record).await?;
        Ok((version, record))
    }

    /// Registers a client. Before that, saves in the store that this keeper does, so that no other
    /// one does. If the registration fails, the record is restored.
    pub(crate) async fn register(
        &self,
        expected: Option<Version>,
        record: &Record,
        metadata: &ClientMetadata,
    ) -> Result<(Version, Registration), KeeperError> {
        let marked_at = Instant::now();
        // Whoever saves this first registers. The others wait for the outcome.
        let version = self
            .save(expected, &record.registering(&self.inner.id))
            .await?;
        let sent = match self.inner.lease.check(marked_at) {
            Ok(()) => {
                let mut request = self.inner.client.register(metadata);
                if let Some(token) = &self.inner.settings.initial_access_token {
                    request = request.initial_access_token(token);
                }
                match request.await {
                    Ok(registration) => Ok(registration),
                    Err(error) => self.rescue(error, metadata, marked_at).await,
                }
            }
            Err(error) => Err(error.into()),
        };
        match sent {
            Ok(registration) => Ok((version, registration)),
            Err(error) => {
                let mut record = record.clone();
                // A client that arrived and is of no use still exists.
                if let Some(arrived) = error.call_error().and_then(Registration::from_error) {
                    record.supersede(arrived);
                }
                // If this fails, the mark stays until its lease expires.
                let _ = if record.registration.is_none() && record.superseded.is_empty() {
                    self.clear(version).await
                } else {
                    self.save(Some(version), &record).await.map(drop)
                };
                Err(error)
            }
        }
    }

    /// Returns the registration whose credentials arrived with an error, if all did.
    async fn rescue(
        &self,
        error: Error,
        metadata: &ClientMetadata,
        marked_at: Instant,
    ) -> Result<Registration, KeeperError> {
        let arrived = Registration::from_error(&error);
        if let Some(mut registration) = arrived.filter(|arrived| is_usable(arrived, metadata)) {
            // If its metadata cannot be read now, the next call reads them.
            if self.inner.lease.check(marked_at).is_ok() {
                let _ = self.read(&mut registration).await;
            }
            return Ok(registration);
        }
        Err(match error.kind() {
            ErrorKind::OutcomeUnknown => KeeperError::OutcomeUnknown { source: error },
            _ => error.into(),
        })
    }

    /// Deletes a client that was registered and could not be saved. If that fails, too, the error
    /// holds its registration.
    pub(crate) async fn undo(
        &self,
        registration: Registration,
        source: KeeperError,
    ) -> KeeperError {
        match self.delete(&registration).await {
            Ok(()) => source,
            Err(_) => KeeperError::NotSaved {
                registration: Box::new(registration),
                source: Box::new(source),
            },
        }
    }

    /// Deletes a client at the server.
    pub(crate) async fn delete(&self, registration: &Registration) -> Result<(), Error> {
        self.inner.client.delete_registration(registration).await
    }

    /// Checks that the entry in the store has not changed since it was loaded.
    ///
    /// # Errors
    /// [`KeeperError::Conflict`] if it has.
    pub(crate) async fn check_unchanged(&self, version: Version) -> Result<(), KeeperError> {
        match self.load().await? {
            Some((now, _)) if now == version => Ok(()),
            _ => Err(KeeperError::Conflict),
        }
    }
}

/// Whether a registration has the credentials to manage the client and to log users in.
fn is_usable(registration: &Registration, metadata: &ClientMetadata) -> bool {
    let method = metadata.fields().token_endpoint_auth_method.as_deref();
    // The default is client_secret_basic (RFC 7591 §2).
    let needs_secret = !matches!(method, Some(NONE | PRIVATE_KEY_JWT));
    registration.registration_access_token().is_some()
        && (registration.client_secret().is_some() || !needs_secret)
}
