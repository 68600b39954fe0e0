#![cfg_attr(docsrs, feature(doc_cfg))]
//! Registration keeper.

#[cfg(feature = "encryption")]
pub mod encrypted;
pub mod file;
pub mod memory;
pub mod store;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "encryption")]
mod text;
