//! The program `ory-oidc`: finds out what is wrong with an Ory setup, and manages OAuth 2.0 client
//! registrations.

#![allow(
    clippy::doc_markdown,
    reason = "the comments of arguments are help texts"
)]
#![allow(clippy::format_push_string, reason = "text for people is short")]

mod cli;
mod commands;
mod doctor;
mod exit;
mod explain;
mod failure;
mod input;
mod interrupt;
mod metadata;
mod output;
mod prompt;
mod server;
mod shell;
mod storage;
mod tenants;
mod view;

use std::process::ExitCode;

#[tokio::main]
async fn main() -> ExitCode {
    cli::run().await.into()
}
