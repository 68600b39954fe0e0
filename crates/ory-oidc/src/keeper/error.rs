//! Why a keeper did not do what it was asked.

use crate::store::StoreError;
use crate::{Error, Registration};
use std::fmt;

/// Why a [`Keeper`](crate::Keeper) did not do what it was asked.
#[derive(Debug)]
#[non_exhaustive]
pub enum KeeperError {
    /// The store failed, or holds what must not be used. Nothing was sent.
    Store(StoreError),
    /// The call to the server failed and changed nothing. The store is as it was.
    Server(Error),
    /// Somebody else is changing the registration, or just did. Nothing was sent that changes it.
    Conflict,
    /// There is no registration yet.
    NotRegistered,
    /// A registration, an update or a deletion was sent, and whether it took place is not known.
    /// Of an update the store says so, too.
    OutcomeUnknown {
        /// What broke.
        source: Error,
    },
    /// An earlier update was sent, and what became of it is not known: call
    /// [`Keeper::recover`](crate::Keeper::recover).
    RecoveryNeeded,
    /// The registration access token was replaced, and the new one never arrived. The client
    /// still works for logging in, see [`Keeper::last_known`](crate::Keeper::last_known).
    LockedOut,
    /// The server did its part, and the store did not. The registration is in here and nowhere else.
    NotSaved {
        /// The registration with its new credentials. [`Keeper::adopt`](crate::Keeper::adopt)
        /// it when the store is back.
        registration: Box<Registration>,
        /// What the store said.
        source: Box<KeeperError>,
    },
    /// Others kept registering or updating for longer than a lease.
    Busy,
}

impl KeeperError {
    pub(super) fn not_saved(registration: Registration, source: Self) -> Self {
        Self::NotSaved {
            registration: Box::new(registration),
            source: Box::new(source),
        }
    }
}

impl fmt::Display for KeeperError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::Server(error) => error.fmt(f),
            Self::Conflict => f.write_str("somebody else is changing the registration"),
            Self::NotRegistered => f.write_str("there is no registration yet"),
            Self::OutcomeUnknown { .. } => {
                f.write_str("the request was sent, and whether it took place is not known")
            }
            Self::RecoveryNeeded => {
                f.write_str("what became of an earlier update is not known; recover first")
            }
            Self::LockedOut => {
                f.write_str("the registration access token was replaced by one that never arrived")
            }
            Self::NotSaved { .. } => f.write_str(
                "the registration was changed at the server, but could not be saved; it is in this error",
            ),
            Self::Busy => f.write_str("others keep changing the registration"),
        }
    }
}

impl std::error::Error for KeeperError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Store(error) => error.source(),
            Self::Server(error) => error.source(),
            Self::OutcomeUnknown { source } => Some(source),
            Self::NotSaved { source, .. } => Some(source.as_ref()),
            _ => None,
        }
    }
}

impl From<StoreError> for KeeperError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<Error> for KeeperError {
    fn from(error: Error) -> Self {
        Self::Server(error)
    }
}
