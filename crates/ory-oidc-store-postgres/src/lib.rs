#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod connection_url;
mod connections;
mod failure;
mod lease;
mod migration;
#[cfg(feature = "jwt")]
mod replay_guard;
mod statements;
mod store;

pub use failure::DatabaseError;
#[cfg(feature = "jwt")]
pub use replay_guard::PostgresReplayGuard;
/// The library that [`PostgresStore::from_pool`] takes its pool from.
pub use sqlx;
pub use store::PostgresStore;
