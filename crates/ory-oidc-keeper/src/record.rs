//! The record that a keeper stores: a registration, and what is being done with it.

use crate::error::KeeperError;
use crate::store::{Content, StoreError, StoreKey};
use ory_oidc::registration::{ClientMetadata, Difference, ExportedRegistration, Registration};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The format that is written. Older ones are read, too; newer ones are refused.
const FORMAT: u32 = 1;

/// A registration as it is stored, and what is being done with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Record {
    format: u32,
    pub(crate) state: State,
    /// The registration; [`None`] while the first one is being made.
    #[serde(with = "exported")]
    pub(crate) registration: Option<Registration>,
    /// The metadata that was last asked for. Members that are no longer asked for are removed.
    pub(crate) asked: Option<Map<String, Value>>,
    /// How the granted metadata differed from that. It is not a reason to ask again.
    pub(crate) accepted: Vec<Difference>,
    /// Clients that were replaced, and clients whose registration was given up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) superseded: Vec<Superseded>,
    /// When the client secret arrived, if it expires.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret_since: Option<u64>,
    /// The expiry of a secret that the server did not renew.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) not_renewed: Option<i64>,
}

/// A client that is no longer used, and may exist at the server.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Superseded {
    #[serde(with = "exported::one")]
    pub(crate) registration: Registration,
    /// How often the server has refused to delete it.
    pub(crate) refusals: u8,
}

/// What is being done with a registration.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(crate) enum State {
    /// A keeper is registering the client.
    Registering { since: u64, by: String },
    /// Nothing.
    Settled,
    /// A keeper has sent an update, and has not stored a reply.
    Updating {
        since: u64,
        by: String,
        attempted: Map<String, Value>,
    },
    /// The server did not accept the token when it was last asked, and the client may still exist.
    #[serde(rename = "locked_out")]
    KeyLost {
        /// The update whose response was lost, if that is how the token was lost.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attempted: Option<Map<String, Value>>,
    },
}

/// The greatest number of superseded clients that a record lists.
const MAX_SUPERSEDED: usize = 8;

impl Record {
    pub(crate) fn empty() -> Self {
        Self {
            format: FORMAT,
            state: State::Settled,
            registration: None,
            asked: None,
            accepted: Vec::new(),
            superseded: Vec::new(),
            secret_since: None,
            not_renewed: None,
        }
    }

    /// Returns this record in another state.
    pub(crate) fn with_state(&self, state: State) -> Self {
        Self {
            state,
            ..self.clone()
        }
    }

    /// Returns this record while a client is being registered. The registration stays, in case that
    /// fails.
    pub(crate) fn registering(&self, by: &str) -> Self {
        self.with_state(State::Registering {
            since: now(),
            by: by.to_owned(),
        })
    }

    /// Returns this record while an update is being sent.
    pub(crate) fn updating(&self, by: &str, attempted: &ClientMetadata) -> Self {
        self.with_state(State::Updating {
            since: now(),
            by: by.to_owned(),
            attempted: attempted.to_members(),
        })
    }

    /// Returns this record, settled with a registration.
    pub(crate) fn settled(&self, registration: Registration) -> Self {
        let mut record = self.with_state(State::Settled);
        let known = record.registration.as_ref();
        let same_secret = known.is_some_and(|known| {
            known.client_secret() == registration.client_secret()
                && known.client_secret_expires_at() == registration.client_secret_expires_at()
        });
        if !same_secret {
            let expires = registration.client_secret_expires_at();
            record.secret_since = expires.map(|_| now());
        }
        record.registration = Some(registration);
        record
    }

    /// Returns this record after the server has refused the token of a client that exists.
    pub(crate) fn key_lost(&self) -> Self {
        let attempted = match &self.state {
            State::Updating { attempted, .. } => Some(attempted.clone()),
            State::KeyLost { attempted } => attempted.clone(),
            _ => None,
        };
        self.with_state(State::KeyLost { attempted })
    }

    /// Records what was asked for, and what the server made of it.
    pub(crate) fn accept(&mut self, asked: &ClientMetadata) {
        let registration = self.registration.as_ref();
        self.accepted = registration
            .map(|registration| registration.differences(asked))
            .unwrap_or_default();
        self.asked = Some(asked.to_members());
    }

    /// Whether the registration is that of this client.
    pub(crate) fn has_client(&self, client_id: &str) -> bool {
        let registration = self.registration.as_ref();
        registration.is_some_and(|registration| registration.client_id() == client_id)
    }

    /// Returns the registration, or [`KeeperError::NotRegistered`] if there is none yet.
    pub(crate) fn known(&self) -> Result<&Registration, KeeperError> {
        self.registration.as_ref().ok_or(KeeperError::NotRegistered)
    }

    /// Returns the metadata that was last asked for.
    pub(crate) fn asked(&self) -> Option<ClientMetadata> {
        ClientMetadata::from_members(self.asked.clone()?).ok()
    }

    /// Remembers a secret that the server did not renew, or that had already expired when it
    /// arrived, so that the server is not asked again.
    pub(crate) fn note_renewal(&mut self, before: &Registration) {
        let expires = |known: &Registration| known.granted().client_secret_expires_at;
        let after = self.registration.as_ref();
        let has_expired = after
            .and_then(Registration::client_secret_expires_at)
            .is_some_and(|end| end <= SystemTime::now());
        let after = after.and_then(expires);
        self.not_renewed = after.filter(|_| has_expired || after == expires(before));
    }

    /// Lists a client as superseded. If there are too many, the oldest one is dropped.
    pub(crate) fn supersede(&mut self, registration: Registration) {
        self.remove_superseded(registration.client_id());
        if self.superseded.len() >= MAX_SUPERSEDED {
            self.superseded.remove(0);
        }
        self.superseded.push(Superseded {
            registration,
            refusals: 0,
        });
    }

    pub(crate) fn remove_superseded(&mut self, client_id: &str) {
        self.superseded
            .retain(|superseded| superseded.registration.client_id() != client_id);
    }

    /// Returns the time from which the secret should be renewed: at the latest `margin` before it
    /// expires, but not in the first half of its life.
    pub(crate) fn renew_secret_from(&self, margin: Duration) -> Option<SystemTime> {
        let expires = self.registration.as_ref()?.client_secret_expires_at()?;
        let early = expires.checked_sub(margin).unwrap_or(UNIX_EPOCH);
        let since = self.secret_since.map(Duration::from_millis);
        let since = since.and_then(|since| UNIX_EPOCH.checked_add(since));
        // A secret that arrived after its end has no life: one of the clocks is wrong.
        let life = since.and_then(|since| expires.duration_since(since).ok());
        let half = life.and_then(|life| expires.checked_sub(life / 2));
        Some(half.map_or(early, |half| early.max(half)))
    }

    /// Returns the keeper that is changing the registration, if one is.
    pub(crate) fn busy_by(&self) -> Option<&str> {
        match &self.state {
            State::Registering { by, .. } | State::Updating { by, .. } => Some(by),
            State::Settled | State::KeyLost { .. } => None,
        }
    }

    /// Whether no keeper can still be changing the registration.
    ///
    /// A mark from the future is by a clock that is ahead. It does not count for longer than the
    /// lease, either.
    pub(crate) fn is_lapsed(&self, lease: Duration) -> bool {
        match self.state {
            State::Registering { since, .. } | State::Updating { since, .. } => {
                let distance = Duration::from_millis(now().abs_diff(since));
                distance >= lease
            }
            State::Settled | State::KeyLost { .. } => true,
        }
    }

    pub(crate) fn to_content(&self) -> Result<Content, StoreError> {
        let text = serde_json::to_string(self)
            .map_err(|source| StoreError::unavailable("memory", source))?;
        Ok(Content::new(text))
    }

    pub(crate) fn from_content(content: &Content, key: &StoreKey) -> Result<Self, StoreError> {
        // The parser's message is dropped: it may quote what it read, which may be a secret.
        let damaged = |reason: &str| {
            let place = format!("the entry {:?} for {}", key.name(), key.issuer());
            StoreError::damaged(place, reason)
        };
        let record: Self = serde_json::from_str(content.expose())
            .map_err(|_| damaged("it has no format that this version reads"))?;
        if record.format > FORMAT {
            return Err(damaged("it was written by a newer version"));
        }
        Ok(record)
    }
}

/// Whether two states of one registration have the same credentials.
pub(crate) fn has_same_credentials(one: &Registration, other: &Registration) -> bool {
    one.registration_access_token() == other.registration_access_token()
        && one.client_secret() == other.client_secret()
}

/// Milliseconds since 1970-01-01T00:00:00Z.
fn now() -> u64 {
    let since = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// A registration in the form that may leave memory.
mod exported {
    use super::{ExportedRegistration, Registration};
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// The same for a registration that is always there.
    pub(super) mod one {
        use super::{
            Deserialize, Deserializer, ExportedRegistration, Registration, Serialize, Serializer,
        };

        pub(in super::super) fn serialize<S: Serializer>(
            registration: &Registration,
            serializer: S,
        ) -> Result<S::Ok, S::Error> {
            registration.export().serialize(serializer)
        }

        pub(in super::super) fn deserialize<'de, D: Deserializer<'de>>(
            deserializer: D,
        ) -> Result<Registration, D::Error> {
            ExportedRegistration::deserialize(deserializer).map(Registration::from)
        }
    }

    #[allow(clippy::ref_option, reason = "serde passes the field by reference")]
    pub(super) fn serialize<S: Serializer>(
        registration: &Option<Registration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        registration
            .as_ref()
            .map(Registration::export)
            .serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Registration>, D::Error> {
        let exported = Option::<ExportedRegistration>::deserialize(deserializer)?;
        Ok(exported.map(Registration::from))
    }
}
