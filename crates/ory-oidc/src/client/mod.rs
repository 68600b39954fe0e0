//! The client, its builder and the requests that its methods return.

// In the order in which the documentation of `Client` and `ClientBuilder` shows the methods.
mod builder;
#[cfg(not(target_arch = "wasm32"))]
mod http_client;
mod http_settings;

#[allow(clippy::module_inception)] // the type Client
mod client;
mod request;

mod register;

mod read;

mod update;

mod delete;

mod discover;
#[cfg(feature = "jwt")]
mod keys;

mod userinfo;
#[cfg(feature = "jwt")]
mod verify;

mod end_session;
mod logout_probe;

#[cfg(feature = "jwt")]
mod back_channel_logout;
mod front_channel_logout;

mod endpoints;

#[cfg(feature = "jwt")]
pub use back_channel_logout::LogoutTokenVerification;
pub use builder::ClientBuilder;
pub use client::Client;
pub use delete::DeleteRequest;
pub use discover::{DiscoverFuture, DiscoverRequest};
#[cfg(feature = "jwt")]
pub use keys::{KeysRequest, NewerKeysRequest};
pub use logout_probe::LogoutProbe;
pub use read::ReadRequest;
pub use register::RegisterRequest;
pub use update::{ReplaceRequest, UpdateRequest};
pub use userinfo::UserInfoRequest;
