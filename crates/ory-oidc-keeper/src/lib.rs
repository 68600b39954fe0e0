#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod adoption;
mod builder;
mod checksum;
#[cfg(feature = "encryption")]
#[cfg_attr(docsrs, doc(cfg(feature = "encryption")))]
pub mod encrypted;
mod ensure;
mod error;
mod evidence;
pub mod file;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod gate;
mod judge;
mod keeper;
mod lease;
mod many;
pub mod memory;
mod metadata;
mod outcome;
mod probe;
mod record;
mod recovery;
mod rejection;
mod retirement;
mod settings;
pub mod store;
mod superseded;
mod task;
#[cfg(feature = "testing")]
#[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
pub mod testing;
mod trace;
mod unique;
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
