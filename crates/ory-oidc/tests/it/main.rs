//! All tests that need no other program.

#[path = "../contract/mod.rs"]
mod contract;

mod double;
