//! Tests of the program `ory-oidc`, as a process.

mod commands;
mod doctor;
mod gateway;
#[cfg(unix)]
mod interrupt;
mod program;
#[cfg(target_os = "linux")]
mod prompt;
mod secrets;
mod stores;
mod terminal;
mod tls;
