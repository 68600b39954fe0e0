//! The results of a keeper's methods.

use ory_oidc::registration::{Difference, Registration};

/// The result of [`Keeper::ensure_registered`](crate::Keeper::ensure_registered): a registration
/// that is stored and can be used, and the action that was taken.
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
    pub(crate) secret_needs_renewal: bool,
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
    /// The registration was updated: other metadata was wanted, an administrator had changed the
    /// client, or the client secret was renewed.
    Updated,
    /// No registration was stored, and a client was registered.
    Registered,
    /// A new client was registered, because the stored one was deleted at the server, or because
    /// its token was lost and
    /// [`replace_when_key_lost`](crate::KeeperBuilder::replace_when_key_lost) is set. In the second
    /// case, [`Keeper::superseded`](crate::Keeper::superseded) lists the old client.
    Replaced,
    /// The stored client exists and is as wanted, as far as is known. It is in use, but its
    /// registration access token is lost: it can no longer be read, updated or deleted. See
    /// [`KeeperError::KeyLost`](crate::KeeperError::KeyLost).
    KeyLost,
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

    /// Whether the client secret has expired or will soon, and the server did not renew it. See
    /// [`secret_renewal_margin`](crate::KeeperBuilder::secret_renewal_margin).
    ///
    /// ```no_run
    /// # async fn example(keeper: ory_oidc_keeper::Keeper, wanted: ory_oidc::ClientMetadata) -> Result<(), ory_oidc_keeper::KeeperError> {
    /// let ensured = keeper.ensure_registered(&wanted).await?;
    /// if ensured.secret_needs_renewal() {
    ///     eprintln!("expires at {:?}", ensured.registration().client_secret_expires_at());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn secret_needs_renewal(&self) -> bool {
        self.secret_needs_renewal
    }

    /// Returns how the granted metadata differs from the wanted metadata. The server made
    /// these changes, and would make them again. So the keeper does not request these members again
    /// until something else is to be updated; [`Keeper::update`](crate::Keeper::update) does.
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
/// let key_is_lost = matches!(keeper.recover().await?, Recovery::KeyLost { .. });
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
        /// Whether the registration at the server already has the metadata of the update. If this
        /// is `false`, send the update again. With Ory it is `false`, unless the update changed
        /// nothing: Ory replaces the token with every update, so the old token works only if Ory
        /// has not applied the update.
        applied: bool,
    },
    /// There was nothing to recover: the token works.
    NotNeeded {
        /// The registration as it is now.
        registration: Box<Registration>,
    },
    /// The client exists, but the token does not work: an update was applied and its new token is
    /// lost, or an administrator changed the client. See
    /// [`KeeperError::KeyLost`](crate::KeeperError::KeyLost).
    KeyLost {
        /// The last known registration. Its id and its secret may still log users in.
        registration: Box<Registration>,
    },
    /// The client was deleted at the server.
    /// [`Keeper::ensure_registered`](crate::Keeper::ensure_registered) registers a new one.
    ClientDeleted,
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
    /// The client had been deleted before, and its entry in the store was removed.
    AlreadyDeleted,
    /// The client exists, but its token is lost, so that only an administrator can delete it. The
    /// entry is still in the store; [`Keeper::discard_local`](crate::Keeper::discard_local) removes
    /// it.
    KeyLost,
    /// No registration is stored.
    NotRegistered,
}
