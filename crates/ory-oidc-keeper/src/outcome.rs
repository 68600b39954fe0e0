//! What the methods of a keeper did or found.

use ory_oidc::registration::{Difference, Registration};

/// The result of [`Keeper::ensure_registered`](crate::Keeper::ensure_registered): a registration
/// that is stored and whose token works, and how it came about.
#[derive(Clone, Debug)]
pub struct Ensured {
    pub(crate) registration: Registration,
    pub(crate) action: Action,
    pub(crate) differences: Vec<Difference>,
}

/// What [`Keeper::ensure_registered`](crate::Keeper::ensure_registered) did.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// The stored registration is as wanted. Nothing was changed.
    Reused,
    /// The registration was updated, because other metadata was wanted, or because an administrator
    /// had changed it.
    Updated,
    /// No registration was stored, and a client was registered.
    Registered,
    /// The stored client was deleted or its token does not work, and a new client was registered.
    /// If the old client still exists, it is left behind at the server.
    Replaced,
}

impl Ensured {
    /// Returns the registration.
    #[must_use]
    pub fn registration(&self) -> &Registration {
        &self.registration
    }

    /// Returns the registration by value.
    #[must_use]
    pub fn into_registration(self) -> Registration {
        self.registration
    }

    /// Returns what was done.
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// Returns how the granted metadata differs from the wanted metadata. The server decided so,
    /// and would decide so again.
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }
}

/// What [`Keeper::recover`](crate::Keeper::recover) found.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Recovery {
    /// An update had no reply. The token works, and the store holds it.
    Recovered {
        /// The registration as it is now.
        registration: Box<Registration>,
        /// Whether the server grants what the update asked for. A server that replaces the token
        /// with every update, as Ory does, did not apply it: the old token works.
        applied: bool,
    },
    /// There was nothing to recover: the token works.
    NotNeeded {
        /// The registration as it is now.
        registration: Box<Registration>,
    },
    /// The token does not work: either the update was applied and its new token is lost, or the
    /// client was deleted. The store records this;
    /// [`Keeper::ensure_registered`](crate::Keeper::ensure_registered) registers a new client.
    LockedOut,
    /// No registration is stored.
    NotRegistered,
}

/// What [`Keeper::retire`](crate::Keeper::retire) did.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Retirement {
    /// The client was deleted at the server, and its entry in the store was removed.
    Deleted,
    /// The server did not accept the token, so the client was probably deleted before. Servers give
    /// the same answer when somebody else replaced the token (RFC 7592 §2.3). The entry in the store
    /// was removed.
    AlreadyGone,
    /// The token is known not to work, so the client cannot be deleted and may still exist. The
    /// store still holds its id and secret; [`Keeper::forget`](crate::Keeper::forget) removes them.
    TokenDead,
    /// No registration is stored.
    NotRegistered,
}
