#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

// What only the look for unknown keys needs is there all the same.
#[cfg_attr(not(feature = "jwt"), allow(dead_code))]
mod cache;
mod challenge;
mod client;
mod differences;
mod discovery;
mod endpoints;
mod error;
mod error_code;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
#[cfg(feature = "jwt")]
mod jwks;
#[cfg(feature = "jwt")]
mod jwt;
mod keeper;
mod logout;
mod metadata;
mod operation;
#[cfg(any(feature = "jwt", feature = "rustls", feature = "encryption"))]
mod random;
mod registration;
mod relying_party;
mod secret;
mod server_error;
mod store;
mod text;
mod userinfo;

pub use cache::{CachePolicy, Staleness};
pub use challenge::Challenge;
pub use client::{Client, ClientBuilder, RegistrationAuthorization};
pub use differences::Difference;
pub use discovery::ProviderMetadata;
pub use error::{
    Condition, ConfigurationError, Error, NotSentError, TransportError, UnreadableError,
    ValidationError,
};
pub use error_code::ErrorCode;
#[cfg(feature = "jwt")]
pub use jwks::KeySet;
#[cfg(feature = "jwt")]
pub use jwt::{TokenError, TokenKind, TokenProblem};
pub use keeper::{Action, Ensured, Keeper, KeeperError, Recovery, Retirement};
pub use logout::{
    EndSession, EndSessionForm, EndSessionOutcome, FrontChannelLogout, FrontChannelLogoutError,
    LogoutCallback, LogoutCallbackError, LogoutProblem, LogoutRefusal, LogoutState, NearMiss,
    QueryError, state_matches,
};
#[cfg(feature = "jwt")]
pub use logout::{LogoutToken, MemoryReplayGuard, ReplayGuard, TokenUse};
pub use metadata::ClientMetadata;
pub use operation::{Exchange, Operation};
/// The generated crate: the plain requests, answers and models.
pub use ory_oidc_gen as raw;
pub use registration::Registration;
pub use relying_party::RelyingParty;
/// The HTTP client that this crate is built on, for [`ClientBuilder::http_client`].
pub use reqwest;
pub use secret::{AccessToken, ClientSecret, IdToken, InitialAccessToken, RegistrationAccessToken};
pub use server_error::ServerError;
#[cfg(feature = "encryption")]
pub use store::EncryptedStore;
pub use store::{
    Content, Entry, FileStore, MemoryStore, RegistrationStore, StoreError, StoreFuture, StoreKey,
    Version,
};
pub use userinfo::{Address, SignedUserInfo, Subject, UserInfo, UserInfoRequest};
