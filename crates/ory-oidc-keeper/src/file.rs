//! A store that keeps each registration in a file.

mod access;
mod builder;
mod directory;
mod format;
#[cfg(fuzzing)]
pub(crate) mod fuzzing;
mod lock;
mod name;
mod slot;
mod store;

pub use builder::FileStoreBuilder;
pub use store::FileStore;
