//! What a store holds of a registration: its state and everything that belongs to it.

use crate::registration::Saved;
use crate::store::{Content, StoreError, StoreKey};
use crate::{ClientMetadata, Difference, Registration};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The format that is written. Older ones are still read; newer ones are refused.
const FORMAT: u32 = 1;

/// A registration as it is stored, with what is going on with it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Record {
    pub(super) format: u32,
    /// What is going on.
    pub(super) state: State,
    /// The registration; none while the first one is on its way.
    #[serde(with = "saved")]
    pub(super) registration: Option<Registration>,
    /// What was last asked for, to know what to remove when it is asked for no more.
    pub(super) asked: Option<Map<String, Value>>,
    /// How the server's answer differed from that, which is no reason to ask again.
    pub(super) accepted: Vec<Difference>,
}

/// What is going on with a registration.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(super) enum State {
    /// Somebody is registering the client.
    Registering { since: u64, by: String },
    /// Nothing is going on.
    Settled,
    /// Somebody sent an update, and no reply is stored yet.
    Updating {
        since: u64,
        by: String,
        attempted: Map<String, Value>,
    },
    /// The token was replaced, and the new one never arrived.
    LockedOut,
}

impl Record {
    pub(super) fn empty() -> Self {
        let (state, registration) = (State::Settled, None);
        Self {
            format: FORMAT,
            state,
            registration,
            asked: None,
            accepted: Vec::new(),
        }
    }

    /// The same while a client is being registered. What is known stays, in case that fails.
    pub(super) fn registering(&self, by: &str) -> Self {
        self.with_state(State::Registering {
            since: now(),
            by: by.to_owned(),
        })
    }

    /// The same, settled with a registration.
    pub(super) fn settled(&self, registration: Registration) -> Self {
        let record = self.with_state(State::Settled);
        Self {
            registration: Some(registration),
            ..record
        }
    }

    /// Remembers what was asked for, and what the server made of it.
    pub(super) fn accept(&mut self, asked: &ClientMetadata) {
        let registration = self.registration.as_ref();
        self.accepted = registration
            .map(|r| r.differences(asked))
            .unwrap_or_default();
        self.asked = Some(asked.fields().to_members());
    }

    /// The same in another state.
    pub(super) fn with_state(&self, state: State) -> Self {
        Self {
            state,
            ..self.clone()
        }
    }

    pub(super) fn updating(&self, by: &str, attempted: &ClientMetadata) -> Self {
        let (by, attempted) = (by.to_owned(), attempted.fields().to_members());
        self.with_state(State::Updating {
            since: now(),
            by,
            attempted,
        })
    }

    /// Who is at it, if somebody is.
    pub(super) fn busy_by(&self) -> Option<&str> {
        match &self.state {
            State::Registering { by, .. } | State::Updating { by, .. } => Some(by),
            State::Settled | State::LockedOut => None,
        }
    }

    /// Since when somebody is at it, if somebody is.
    pub(super) fn busy_for(&self) -> Option<Duration> {
        match self.state {
            State::Registering { since, .. } | State::Updating { since, .. } => {
                Some(Duration::from_millis(now().saturating_sub(since)))
            }
            State::Settled | State::LockedOut => None,
        }
    }

    pub(super) fn to_content(&self) -> Result<Content, StoreError> {
        let text = serde_json::to_string(self).map_err(|source| StoreError::Unavailable {
            place: "memory".to_owned(),
            source: Box::new(source),
        })?;
        Ok(Content::new(text))
    }

    pub(super) fn from_content(content: &Content, key: &StoreKey) -> Result<Self, StoreError> {
        // The parser's message may quote what it read, which may be a secret.
        let damaged = |reason: &str| StoreError::Damaged {
            place: format!("the entry {:?} for {}", key.name(), key.issuer()),
            reason: reason.to_owned(),
        };
        let record: Self = serde_json::from_str(content.expose())
            .map_err(|_| damaged("it is not a registration of a format that this version knows"))?;
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

mod saved {
    use super::{Registration, Saved};
    use serde::de::Error as _;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[allow(clippy::ref_option)] // serde calls it so
    pub(super) fn serialize<S: Serializer>(
        registration: &Option<Registration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        registration.as_ref().map(Saved::of).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Registration>, D::Error> {
        let saved = Option::<Saved>::deserialize(deserializer)?;
        saved
            .map(Saved::restore)
            .transpose()
            .map_err(D::Error::custom)
    }
}
