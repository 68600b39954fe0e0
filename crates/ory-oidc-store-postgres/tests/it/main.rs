//! The store and the guard against a PostgreSQL server that the tests start.

#![allow(
    clippy::unwrap_used,
    reason = "a failure fails the test, and names the line"
)]

mod builder;
mod concurrency;
mod conformance;
mod database;
mod faults;
mod fleet;
#[cfg(feature = "jwt")]
mod logout;
mod migrations;
mod names;
mod proxy;
#[cfg(feature = "jwt")]
mod replay_guard;
mod secrets;
mod sizes;
mod swaps;
mod tenants;
mod tls;
mod versions;
mod waiting;
