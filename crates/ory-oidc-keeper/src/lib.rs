#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

// In the order in which the documentation of `Keeper` shows the methods.
mod builder;

mod ensure;

mod keeper;

mod update;

mod recovery;

mod rejection;

mod adoption;

mod superseded;

mod retirement;

mod checksum;
#[cfg(feature = "encryption")]
#[cfg_attr(docsrs, doc(cfg(feature = "encryption")))]
pub mod encrypted;
mod error;
mod evidence;
pub mod file;
#[cfg(fuzzing)]
#[doc(hidden)]
pub mod fuzzing;
mod gate;
mod judge;
mod lease;
mod many;
pub mod memory;
mod metadata;
mod outcome;
mod probe;
mod record;
mod settings;
pub mod store;
mod task;
#[cfg(feature = "testing")]
#[cfg_attr(docsrs, doc(cfg(feature = "testing")))]
pub mod testing;
mod trace;
mod unique;

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
