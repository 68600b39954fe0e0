//! The error of a keeper.

use crate::store::StoreError;
use bytes::Bytes;
use ory_oidc::error::{Error, ErrorKind, RequestError};
use ory_oidc::operation::{DELETE_REGISTRATION, REGISTER};
use ory_oidc::registration::Registration;
use ory_oidc::reqwest::StatusCode;
use std::fmt;
use std::time::Duration;

/// The error of a [`Keeper`](crate::Keeper).
///
/// Branch on [`kind`](Self::kind). If a call to the server failed, `status`, `retry_after`,
/// `request_id` and `response_body` return the values of its [`Error`].
///
/// ```
/// use ory_oidc_keeper::{KeeperError, KeeperErrorKind};
///
/// fn advice(error: &KeeperError) -> &'static str {
///     match error.kind() {
///         KeeperErrorKind::RecoveryNeeded => "recover",
///         KeeperErrorKind::OutcomeUnknown => "recover after update(), else call the method again",
///         KeeperErrorKind::NotSaved => "adopt the registration in the error",
///         _ if error.is_retryable() => "try again",
///         _ => "give up",
///     }
/// }
/// # assert_eq!(advice(&KeeperError::Busy), "try again");
/// ```
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum KeeperError {
    /// The store failed, or it contains an entry that cannot be used. Nothing was changed at the
    /// server, except that [`Keeper::retire`](crate::Keeper::retire) may already have deleted
    /// superseded clients.
    Store(StoreError),
    /// A call to the server failed. Nothing was changed at the server or in the store.
    Call(Error),
    /// Another task or process is changing the registration, or has just changed it. This call
    /// changed nothing.
    Conflict,
    /// Other processes changed the registration for longer than two leases. This call gave up
    /// waiting.
    Busy,
    /// No registration is stored.
    NotRegistered,
    /// [`Keeper::adopt`](crate::Keeper::adopt) does not replace the stored registration of another
    /// client. Call [`Keeper::retire`](crate::Keeper::retire) or
    /// [`Keeper::discard_local`](crate::Keeper::discard_local) first.
    OtherClientStored,
    /// A registration, an update or a deletion was sent, and may or may not have been made. After
    /// an update, call [`Keeper::recover`](crate::Keeper::recover). After a deletion, call
    /// [`Keeper::retire`](crate::Keeper::retire) again. After a registration, call
    /// [`Keeper::ensure_registered`](crate::Keeper::ensure_registered) again: it registers another
    /// client, and the first one may exist at the server.
    OutcomeUnknown {
        /// The error of the call.
        source: Error,
    },
    /// The tokio runtime was shut down during the call. If the call changes something, the change
    /// may or may not have been made. Handle it as [`KeeperError::OutcomeUnknown`], whose kind it
    /// has.
    Interrupted {
        /// The method of the keeper, such as `update`.
        method: &'static str,
    },
    /// The outcome of an earlier update is unknown: call
    /// [`Keeper::recover`](crate::Keeper::recover).
    RecoveryNeeded,
    /// The server refused the registration access token, and its other responses do not show
    /// whether the client still exists. For example, Ory Hydra refuses every token while its database
    /// is unavailable. Nothing was changed. Try again.
    Unverified {
        /// The refusal, or the error of the comparison with another client.
        source: Error,
    },
    /// The client exists, but the server does not accept the stored registration access token: the
    /// response with a new token was lost, or an administrator changed the client. The client can
    /// no longer be read, updated or deleted. Its id and its secret may still log users in; see
    /// [`Keeper::last_known`](crate::Keeper::last_known).
    ///
    /// An administrator can change or delete the client. To replace it instead, set
    /// [`replace_when_key_lost`](crate::KeeperBuilder::replace_when_key_lost) and call
    /// [`Keeper::ensure_registered`](crate::Keeper::ensure_registered).
    KeyLost,
    /// The client was deleted at the server.
    /// [`Keeper::ensure_registered`](crate::Keeper::ensure_registered) registers a new one, unless
    /// [`never_replace`](crate::KeeperBuilder::never_replace) is set.
    ClientDeleted,
    /// The client exists, but the server does not accept the stored client secret: an administrator
    /// changed it. Pass a registration with the new secret to
    /// [`Keeper::adopt`](crate::Keeper::adopt).
    SecretRejected,
    /// The client was deleted at the server, but its entry could not be removed from the store. Call
    /// [`Keeper::retire`](crate::Keeper::retire) again.
    NotCleared {
        /// The error of the store.
        source: Box<KeeperError>,
    },
    /// The call to the server succeeded, but saving the registration failed, and so did a second
    /// attempt unless the store had failed slowly. This error may hold the only copy of the new
    /// credentials.
    NotSaved {
        /// The registration with its new credentials. Pass it to
        /// [`Keeper::adopt`](crate::Keeper::adopt) when the store works again.
        registration: Box<Registration>,
        /// The error of the store.
        source: Box<KeeperError>,
    },
}

/// The kind of a [`KeeperError`], for programs to branch on.
///
/// ```
/// use ory_oidc_keeper::{KeeperError, KeeperErrorKind};
///
/// assert_eq!(KeeperError::KeyLost.kind(), KeeperErrorKind::KeyLost);
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum KeeperErrorKind {
    /// The store cannot be reached, or a write failed. Retryable.
    StoreUnavailable,
    /// The entry in the store cannot be decoded, and is not overwritten. An operator must repair or
    /// remove it.
    StoreDamaged,
    /// Other users could read or change the store. An operator must protect it.
    StoreUnsafe,
    /// The store cannot hold the registration, for example because it is too large.
    StoreRefused,
    /// A call to the server failed and changed nothing. Retryable if the call's error is.
    Call(ErrorKind),
    /// Another task or process changes the registration. Retryable.
    Conflict,
    /// Other processes changed the registration for longer than two leases. Retryable.
    Busy,
    /// No registration is stored: call
    /// [`Keeper::ensure_registered`](crate::Keeper::ensure_registered).
    NotRegistered,
    /// The store contains another client than the one to adopt.
    OtherClientStored,
    /// A change may or may not have been made. See [`KeeperError::OutcomeUnknown`].
    OutcomeUnknown,
    /// The outcome of an earlier update is unknown: call
    /// [`Keeper::recover`](crate::Keeper::recover).
    RecoveryNeeded,
    /// The server refused the token, and the keeper cannot find out why. Retryable.
    Unverified,
    /// The client exists, but its registration access token is lost.
    KeyLost,
    /// The client was deleted at the server.
    ClientDeleted,
    /// The client exists, but its secret was changed.
    SecretRejected,
    /// The client was deleted, but its entry is still in the store. Retryable.
    NotCleared,
    /// The call succeeded, but saving failed: the error holds the registration.
    NotSaved,
}

impl KeeperError {
    /// Returns the kind of the error, for programs to branch on.
    ///
    /// ```
    /// use ory_oidc_keeper::{KeeperError, KeeperErrorKind};
    ///
    /// assert_eq!(KeeperError::Conflict.kind(), KeeperErrorKind::Conflict);
    /// ```
    #[must_use]
    pub fn kind(&self) -> KeeperErrorKind {
        match self {
            Self::Store(StoreError::Conflict) | Self::Conflict => KeeperErrorKind::Conflict,
            Self::Store(StoreError::Damaged { .. }) => KeeperErrorKind::StoreDamaged,
            Self::Store(StoreError::Unsafe { .. }) => KeeperErrorKind::StoreUnsafe,
            Self::Store(StoreError::Refused { .. }) => KeeperErrorKind::StoreRefused,
            Self::Store(StoreError::Unavailable { .. }) => KeeperErrorKind::StoreUnavailable,
            Self::Call(error) => KeeperErrorKind::Call(error.kind()),
            Self::Busy => KeeperErrorKind::Busy,
            Self::NotRegistered => KeeperErrorKind::NotRegistered,
            Self::OtherClientStored => KeeperErrorKind::OtherClientStored,
            Self::OutcomeUnknown { .. } | Self::Interrupted { .. } => {
                KeeperErrorKind::OutcomeUnknown
            }
            Self::RecoveryNeeded => KeeperErrorKind::RecoveryNeeded,
            Self::Unverified { .. } => KeeperErrorKind::Unverified,
            Self::KeyLost => KeeperErrorKind::KeyLost,
            Self::ClientDeleted => KeeperErrorKind::ClientDeleted,
            Self::SecretRejected => KeeperErrorKind::SecretRejected,
            Self::NotCleared { .. } => KeeperErrorKind::NotCleared,
            Self::NotSaved { .. } => KeeperErrorKind::NotSaved,
        }
    }

    /// Whether the same call can safely be repeated and may then succeed.
    ///
    /// - True for [`Conflict`](Self::Conflict), [`Busy`](Self::Busy),
    ///   [`Unverified`](Self::Unverified) and [`NotCleared`](Self::NotCleared), for a store that is
    ///   unavailable, and for a call whose own error is retryable.
    /// - False if another step is needed first: a recovery, a registration, a repair of the store,
    ///   [`adopt`](crate::Keeper::adopt), or an administrator. Also false if the outcome is unknown,
    ///   because the change could be made twice.
    ///
    /// ```
    /// use ory_oidc_keeper::KeeperError;
    ///
    /// assert!(KeeperError::Conflict.is_retryable());
    /// assert!(!KeeperError::RecoveryNeeded.is_retryable());
    /// ```
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Store(error) => error.is_retryable(),
            Self::Call(error) => error.is_retryable(),
            Self::Conflict | Self::Busy | Self::Unverified { .. } | Self::NotCleared { .. } => true,
            Self::NotRegistered
            | Self::OtherClientStored
            | Self::OutcomeUnknown { .. }
            | Self::Interrupted { .. }
            | Self::RecoveryNeeded
            | Self::KeyLost
            | Self::ClientDeleted
            | Self::SecretRejected
            | Self::NotSaved { .. } => false,
        }
    }

    /// Whether the server or the store does not answer, so that the same call would fail for
    /// everybody now.
    pub(crate) fn is_outage(&self) -> bool {
        match self {
            Self::Unverified { .. } | Self::Store(StoreError::Unavailable { .. }) => true,
            Self::Call(error) => matches!(
                error.kind(),
                ErrorKind::Connect
                    | ErrorKind::Timeout
                    | ErrorKind::ConnectionClosed
                    | ErrorKind::RateLimited
                    | ErrorKind::Unavailable
            ),
            _ => false,
        }
    }

    /// Returns the error of the call to the server that failed, if one did.
    ///
    /// ```
    /// use ory_oidc::error::ErrorKind;
    ///
    /// fn is_disabled(error: &ory_oidc_keeper::KeeperError) -> bool {
    ///     error.call_error().is_some_and(|call| call.kind() == ErrorKind::NotFound)
    /// }
    /// ```
    #[must_use]
    pub fn call_error(&self) -> Option<&Error> {
        match self {
            Self::Call(error)
            | Self::OutcomeUnknown { source: error }
            | Self::Unverified { source: error } => Some(error),
            _ => None,
        }
    }

    /// Returns the HTTP status of the call that failed, if a response arrived.
    ///
    /// ```
    /// # fn example(error: &ory_oidc_keeper::KeeperError) {
    /// if let Some(status) = error.status() {
    ///     eprintln!("the server answered {status}");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.call_error()?.status()
    }

    /// Returns how long the server asks to wait (`Retry-After`, RFC 9110 §10.2.3).
    ///
    /// ```
    /// # fn example(error: &ory_oidc_keeper::KeeperError) {
    /// if let Some(delay) = error.retry_after() {
    ///     eprintln!("try again in {delay:?}");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        self.call_error()?.retry_after()
    }

    /// Returns the server's id of the request that failed. Quote it when you contact the server's
    /// operator.
    ///
    /// ```
    /// # fn example(error: &ory_oidc_keeper::KeeperError) {
    /// if let Some(id) = error.request_id() {
    ///     eprintln!("request {id}");
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.call_error()?.request_id()
    }

    /// Returns the body of the response as far as it arrived. It may contain secrets and is
    /// untrusted.
    ///
    /// ```
    /// # fn example(error: &ory_oidc_keeper::KeeperError) {
    /// if let Some(body) = error.response_body() {
    ///     eprintln!("{} bytes", body.len());
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn response_body(&self) -> Option<&Bytes> {
        self.call_error()?.response_body()
    }
}

impl fmt::Display for KeeperError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Store(error) => error.fmt(f),
            Self::Call(error) => error.fmt(f),
            Self::Conflict => {
                f.write_str("another task or process is changing the registration; try again")
            }
            Self::Busy => {
                f.write_str("other processes kept changing the registration; try again later")
            }
            Self::NotRegistered => {
                f.write_str("no registration is stored; call ensure_registered()")
            }
            Self::OtherClientStored => f.write_str(
                "the store contains another client; call retire() or discard_local() before adopt()",
            ),
            Self::OutcomeUnknown { source } => f.write_str(match source.operation() {
                Some(REGISTER) => {
                    "the registration was sent, and a client may exist at the server; call \
                     ensure_registered() again"
                }
                Some(DELETE_REGISTRATION) => {
                    "the deletion was sent, and the client may be deleted; call retire() again"
                }
                _ => "the update was sent, and may have been made; call recover()",
            }),
            Self::Interrupted { method } => write!(
                f,
                "the tokio runtime was shut down during {method}(), whose outcome is unknown"
            ),
            Self::RecoveryNeeded => {
                f.write_str("the outcome of an earlier update is unknown; call recover()")
            }
            Self::Unverified { .. } => f.write_str(
                "the server refused the registration access token, and it is not known whether \
                 the client still exists; try again",
            ),
            Self::KeyLost => f.write_str(
                "the client exists, but the server does not accept its registration access token; \
                 ask an administrator, or use replace_when_key_lost()",
            ),
            Self::ClientDeleted => f.write_str(
                "the client was deleted at the server; call ensure_registered() to register a new \
                 one",
            ),
            Self::SecretRejected => f.write_str(
                "the client exists, but the server does not accept its stored secret; pass a \
                 registration with the new secret to adopt()",
            ),
            Self::NotCleared { .. } => f.write_str(
                "the client was deleted, but its entry could not be removed from the store; call \
                 retire() again",
            ),
            Self::NotSaved { .. } => f.write_str(
                "the call succeeded, but the registration could not be saved; pass the one in \
                 this error to adopt()",
            ),
        }
    }
}

impl std::error::Error for KeeperError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            // Their messages are this error's, so their sources are, too.
            Self::Store(error) => error.source(),
            Self::Call(error) => error.source(),
            Self::OutcomeUnknown { source } | Self::Unverified { source } => Some(source),
            Self::NotSaved { source, .. } | Self::NotCleared { source } => Some(source.as_ref()),
            _ => None,
        }
    }
}

impl From<StoreError> for KeeperError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Conflict => Self::Conflict,
            error => Self::Store(error),
        }
    }
}

impl From<Error> for KeeperError {
    fn from(error: Error) -> Self {
        Self::Call(error)
    }
}

impl From<RequestError> for KeeperError {
    fn from(error: RequestError) -> Self {
        Self::Call(error.into())
    }
}
