#![doc = include_str!("../README.md")]
#![allow(
    clippy::missing_panics_doc,
    reason = "every function panics if a server fails, which fails the test"
)]

pub mod hydra;
mod pause;
pub mod postgres;
mod process;

pub use hydra::Hydra;
pub use pause::Paused;
pub use postgres::Postgres;
