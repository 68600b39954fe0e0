#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod connection_url;
mod connections;
mod failure;
mod lease;
mod migration;
mod statements;
mod store;

pub use failure::DatabaseError;
/// The library that [`PostgresStore::from_pool`] takes its pool from.
pub use sqlx;
pub use store::PostgresStore;
