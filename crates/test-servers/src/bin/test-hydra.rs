//! Runs an Ory Hydra and its login app until standard input ends, for tests that are not in Rust.
//!
//! Prints one line when it is ready: a JSON object with `issuer`, and `admin`, the URL of the admin API.
//! The `login_hint` `zoe` selects a user with many claims.

#![allow(clippy::print_stdout, reason = "the line that callers wait for")]

use std::io;

use ory_oidc_test_servers::Hydra;
use ory_oidc_test_servers::hydra::User;
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() {
    let hydra = Hydra::builder().start().await;
    hydra.set_user("zoe", User::with_many_claims("zoe"));
    let ready = json!({"issuer": hydra.issuer(), "admin": hydra.admin().url()});
    println!("{ready}");
    // The login app has a thread of its own.
    let ended = io::copy(&mut io::stdin().lock(), &mut io::sink());
    ended.expect("standard input can be read");
}
