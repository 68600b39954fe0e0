//! The record that a keeper stores: a registration, and what is being done with it.

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
    /// The server does not accept the token.
    LockedOut,
}

impl Record {
    pub(crate) fn empty() -> Self {
        Self {
            format: FORMAT,
            state: State::Settled,
            registration: None,
            asked: None,
            accepted: Vec::new(),
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
        let record = self.with_state(State::Settled);
        Self {
            registration: Some(registration),
            ..record
        }
    }

    /// Records what was asked for, and what the server made of it.
    pub(crate) fn accept(&mut self, asked: &ClientMetadata) {
        let registration = self.registration.as_ref();
        self.accepted = registration
            .map(|registration| registration.differences(asked))
            .unwrap_or_default();
        self.asked = Some(asked.to_members());
    }

    /// Returns the keeper that is changing the registration, if one is.
    pub(crate) fn busy_by(&self) -> Option<&str> {
        match &self.state {
            State::Registering { by, .. } | State::Updating { by, .. } => Some(by),
            State::Settled | State::LockedOut => None,
        }
    }

    /// Returns for how long a keeper has been changing the registration, if one is.
    pub(crate) fn busy_for(&self) -> Option<Duration> {
        match self.state {
            State::Registering { since, .. } | State::Updating { since, .. } => {
                Some(Duration::from_millis(now().saturating_sub(since)))
            }
            State::Settled | State::LockedOut => None,
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
