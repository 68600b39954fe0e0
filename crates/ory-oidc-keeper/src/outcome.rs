//! The results of a keeper's methods.

use ory_oidc::registration::{Difference, Registration};

/// The result of [`Keeper::ensure_registered`](crate::Keeper::ensure_registered): a registration
/// that is stored and whose token works, and the action that was taken.
///
/// ```no_run
/// # async fn example(keeper: ory_oidc_keeper::Keeper, wanted: ory_oidc::ClientMetadata) -> Result<(), ory_oidc_keeper::KeeperError> {
/// let ensured = keeper.ensure_registered(&wanted).await?;
/// println!("{:?} client {}", ensured.action(), ensured.registration().client_id());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Ensured {
    pub(crate) registration: Registration,
    pub(crate) action: Action,
    pub(crate) differences: Vec<Difference>,
}

/// The action that [`Keeper::ensure_registered`](crate::Keeper::ensure_registered) took.
///
/// ```no_run
/// # async fn example(keeper: ory_oidc_keeper::Keeper, wanted: ory_oidc::ClientMetadata) -> Result<(), ory_oidc_keeper::KeeperError> {
/// use ory_oidc_keeper::Action;
///
/// let ensured = keeper.ensure_registered(&wanted).await?;
/// let is_new = matches!(ensured.action(), Action::Registered | Action::Replaced);
/// # Ok(())
/// # }
/// ```
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
    ///
    /// ```no_run
    /// # async fn example(keeper: ory_oidc_keeper::Keeper, wanted: ory_oidc::ClientMetadata) -> Result<(), ory_oidc_keeper::KeeperError> {
    /// let ensured = keeper.ensure_registered(&wanted).await?;
    /// println!("client {}", ensured.registration().client_id());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn registration(&self) -> &Registration {
        &self.registration
    }

    /// Returns the registration by value.
    ///
    /// ```no_run
    /// # async fn example(keeper: ory_oidc_keeper::Keeper, wanted: ory_oidc::ClientMetadata) -> Result<(), ory_oidc_keeper::KeeperError> {
    /// let registration = keeper.ensure_registered(&wanted).await?.into_registration();
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn into_registration(self) -> Registration {
        self.registration
    }

    /// Returns what was done.
    ///
    /// ```no_run
    /// # async fn example(keeper: ory_oidc_keeper::Keeper, wanted: ory_oidc::ClientMetadata) -> Result<(), ory_oidc_keeper::KeeperError> {
    /// let ensured = keeper.ensure_registered(&wanted).await?;
    /// println!("{:?}", ensured.action());
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn action(&self) -> Action {
        self.action
    }

    /// Returns how the granted metadata differs from the wanted metadata. The server made
    /// these changes, and would make them again.
    ///
    /// ```no_run
    /// # async fn example(keeper: ory_oidc_keeper::Keeper, wanted: ory_oidc::ClientMetadata) -> Result<(), ory_oidc_keeper::KeeperError> {
    /// let ensured = keeper.ensure_registered(&wanted).await?;
    /// for difference in ensured.differences() {
    ///     eprintln!("{difference}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn differences(&self) -> &[Difference] {
        &self.differences
    }
}

/// The result of [`Keeper::recover`](crate::Keeper::recover).
///
/// ```no_run
/// # async fn example(keeper: ory_oidc_keeper::Keeper) -> Result<(), ory_oidc_keeper::KeeperError> {
/// use ory_oidc_keeper::Recovery;
///
/// let is_locked_out = matches!(keeper.recover().await?, Recovery::LockedOut);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Recovery {
    /// No response to an update had arrived. The token works and is stored.
    Recovered {
        /// The registration as it is now.
        registration: Box<Registration>,
        /// Whether the registration at the server already has the metadata of the update. If not,
        /// send the update again. With Ory, this is true only for an update that changes nothing:
        /// Ory replaces the token with every update, so the old token works only if Ory has not
        /// applied the update.
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

/// The result of [`Keeper::retire`](crate::Keeper::retire).
///
/// ```no_run
/// # async fn example(keeper: ory_oidc_keeper::Keeper) -> Result<(), ory_oidc_keeper::KeeperError> {
/// use ory_oidc_keeper::Retirement;
///
/// let is_deleted = keeper.retire().await? == Retirement::Deleted;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Retirement {
    /// The client was deleted at the server, and its entry in the store was removed.
    Deleted,
    /// The server did not accept the token, so the client was probably deleted before. The server
    /// sends the same response if another program has replaced the token (RFC 7592 §2.3). The entry
    /// in the store was removed.
    AlreadyGone,
    /// The token is known not to work, so the client cannot be deleted and may still exist. The
    /// store still holds its id and secret; [`Keeper::forget`](crate::Keeper::forget) removes them.
    TokenDead,
    /// No registration is stored.
    NotRegistered,
}
