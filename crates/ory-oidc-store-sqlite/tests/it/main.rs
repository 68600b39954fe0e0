//! The store and the replay guard in a SQLite file.

#![allow(clippy::unwrap_used, reason = "a failure panics")]

mod commits;
mod conformance;
mod file;
mod processes;
mod replay_guard;
