//! The harness against the servers that it starts.

#![allow(
    clippy::unwrap_used,
    reason = "a failing unwrap fails the test and names the line"
)]

mod admin;
mod database;
mod killed;
mod login;
mod logout;
mod postgres;
mod start;
mod support;
