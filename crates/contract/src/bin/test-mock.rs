//! Runs the mock server with the login app of the tests until standard input ends, for tests that are
//! not in Rust.
//!
//! Prints one line when it is ready: a JSON object with `issuer`, and `admin`, the URL of the admin API.
//! The `login_hint` `zoe` selects a user with many claims.

#![allow(clippy::print_stdout, reason = "the line that callers wait for")]

use std::io;

use ory_oidc_mock::OryMock;
use ory_oidc_test_servers::hydra::{Admin, LoginApp, User};
use serde_json::json;

fn main() {
    let app = LoginApp::start();
    app.set_user("zoe", User::with_many_claims("zoe"));
    let mock = OryMock::builder()
        .login_url(app.url("/login"))
        .consent_url(app.url("/consent"))
        .logout_url(app.url("/logout"))
        .post_logout_url(app.url("/logged-out"))
        .start_blocking();
    app.serve(Admin::new(mock.admin_url()));
    let ready = json!({"issuer": mock.issuer(), "admin": mock.admin_url()});
    println!("{ready}");
    let ended = io::copy(&mut io::stdin().lock(), &mut io::sink());
    ended.expect("standard input can be read");
}
