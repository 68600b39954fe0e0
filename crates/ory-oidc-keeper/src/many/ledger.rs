//! Who does which part of a run: a text in the store, which all its processes change.

use crate::store::{Content, StoreError};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

const FORMAT: u32 = 1;
/// The number of names in a part, and of parts, at most.
const PART_LENGTH: usize = 40;
const MAX_PARTS: usize = 1024;

/// The state of a run.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
pub(super) struct Ledger {
    format: u32,
    /// When the run began, in seconds since 1970.
    pub(super) began: u64,
    /// The number of parts that names are spread over, as the first process chose it.
    pub(super) parts: usize,
    units: BTreeMap<String, State>,
}

/// The state of a unit: a part, with the names and the metadata that a process wants in it. A
/// process that wants others has another unit. One that is not listed is free.
#[derive(Clone, Debug, Eq, PartialEq, Serialize, Deserialize)]
#[serde(tag = "is", rename_all = "snake_case")]
pub(super) enum State {
    /// A process works on it. It raises the beat while it lives.
    Claimed {
        by: String,
        beat: u64,
    },
    Done,
}

impl Ledger {
    pub(super) fn new(names: usize, began: u64) -> Self {
        Self {
            format: FORMAT,
            began,
            parts: names.div_ceil(PART_LENGTH).clamp(1, MAX_PARTS),
            units: BTreeMap::new(),
        }
    }

    pub(super) fn state(&self, unit: &str) -> Option<&State> {
        self.units.get(unit)
    }

    pub(super) fn is_claimed_by(&self, unit: &str, id: &str) -> bool {
        matches!(self.units.get(unit), Some(State::Claimed { by, .. }) if by == id)
    }

    pub(super) fn set(&mut self, unit: &str, state: State) {
        self.units.insert(unit.to_owned(), state);
    }

    pub(super) fn free(&mut self, unit: &str) {
        self.units.remove(unit);
    }

    /// Shows that a process lives.
    pub(super) fn raise_beats(&mut self, id: &str) {
        for state in self.units.values_mut() {
            match state {
                State::Claimed { by, beat } if by == id => *beat += 1,
                _ => {}
            }
        }
    }

    pub(super) fn to_content(&self) -> Result<Content, StoreError> {
        let text = serde_json::to_string(self)
            .map_err(|source| StoreError::unavailable("memory", source))?;
        Ok(Content::new(text))
    }

    pub(super) fn from_content(content: &Content) -> Result<Self, String> {
        let ledger: Self = serde_json::from_str(content.expose())
            .map_err(|_| "it is not the record of a run".to_owned())?;
        if ledger.format != FORMAT || ledger.parts == 0 {
            return Err("it was written by another version of ory-oidc-keeper".to_owned());
        }
        Ok(ledger)
    }
}
