#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod checkout;
mod connection_url;
mod connections;
mod error;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod migration;
#[cfg(feature = "jwt")]
mod replay_guard;
mod retry;
mod statements;
mod store;

pub use builder::PostgresStoreBuilder;
pub use error::DatabaseError;
#[cfg(feature = "jwt")]
pub use replay_guard::PostgresReplayGuard;
/// The library whose pools `from_pool` takes.
#[cfg(feature = "sqlx-0_9")]
pub use sqlx;
pub use store::PostgresStore;
