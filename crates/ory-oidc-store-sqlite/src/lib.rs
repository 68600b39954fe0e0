#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod database;
mod error;
mod file;
#[cfg(feature = "jwt")]
mod replay_guard;
mod statements;
mod store;

pub use error::DatabaseError;
#[cfg(feature = "jwt")]
pub use replay_guard::SqliteReplayGuard;
pub use store::SqliteStore;
