//! The store against a PostgreSQL server that the tests start.

#![allow(
    clippy::unwrap_used,
    reason = "what fails here fails the test, and names the line"
)]

mod concurrency;
mod contract;
mod database;
mod faults;
mod fleet;
mod migrations;
mod names;
mod proxy;
mod secrets;
mod server;
mod swaps;
mod waiting;
