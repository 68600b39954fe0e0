#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod builder;
mod checksum;
mod confirm;
#[cfg(feature = "encryption")]
#[cfg_attr(docsrs, doc(cfg(feature = "encryption")))]
pub mod encrypted;
mod ensure;
mod error;
pub mod file;
mod keeper;
mod many;
pub mod memory;
mod metadata;
mod outcome;
mod record;
mod recovery;
mod retirement;
pub mod store;
mod task;
#[cfg(feature = "testing")]
#[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
pub mod testing;
mod update;

pub use builder::KeeperBuilder;
#[cfg(feature = "encryption")]
#[cfg_attr(docsrs, doc(cfg(feature = "encryption")))]
pub use encrypted::EncryptedStore;
pub use error::{KeeperError, KeeperErrorKind};
pub use file::FileStore;
pub use keeper::Keeper;
pub use many::{EnsureAll, EnsuredName, Keepers, Names, Progress};
pub use memory::MemoryStore;
pub use outcome::{Action, Ensured, Recovery, Retirement};
pub use store::RegistrationStore;
