//! The client, its builder and the requests that its methods return.

#[cfg(feature = "jwt")]
mod back_channel_logout;
mod builder;
#[allow(clippy::module_inception)] // the type Client
mod client;
mod delete;
mod discover;
mod end_session;
mod front_channel_logout;
#[cfg(feature = "jwt")]
mod keys;
mod logout_probe;
mod read;
mod register;
mod request;
#[cfg(test)]
mod test_client;
mod update;
mod userinfo;
#[cfg(feature = "jwt")]
mod verify;

pub use builder::ClientBuilder;
pub use client::Client;
pub use delete::DeleteRequest;
pub use discover::{DiscoverFuture, DiscoverRequest};
pub use logout_probe::LogoutProbe;
pub use read::ReadRequest;
pub use register::RegisterRequest;
pub use update::{ReplaceRequest, UpdateRequest};
pub use userinfo::UserInfoRequest;
