//! Runs the mock server with the login app of the tests until standard input ends, for tests that are
//! not in Rust.
//!
//! Prints one line when it is ready: a JSON object with `issuer`, and `admin`, the URL of the admin API.
//! The `login_hint` `zoe` selects a user with many claims.

#![allow(clippy::print_stdout, reason = "the line that callers wait for")]

use std::io;
use std::sync::Arc;

use ory_oidc_mock::OryMock;
use ory_oidc_test_servers::hydra::{Admin, LoginApp, User};
use serde_json::{Value, json};
use url::form_urlencoded::Serializer;

fn main() {
    let app = LoginApp::start();
    app.set_user("zoe", User::with_many_claims("zoe"));
    let mock = OryMock::builder()
        .login_url(app.url("/login"))
        .consent_url(app.url("/consent"))
        .logout_url(app.url("/logout"))
        .post_logout_url(app.url("/logged-out"))
        .start_blocking();
    let mock = Arc::new(mock);
    let admin = Admin::new(mock.admin_url());
    let (of_logout, clients) = (Arc::clone(&mock), admin.clone());
    app.serve(admin, move |request| {
        call_back_channels(Arc::clone(&of_logout), clients.clone(), request)
    });
    let ready = json!({"issuer": mock.issuer(), "admin": mock.admin_url()});
    println!("{ready}");
    let ended = io::copy(&mut io::stdin().lock(), &mut io::sink());
    ended.expect("standard input can be read");
}

/// Sends the logout tokens that Hydra sends: the mock server leaves that to its tests.
async fn call_back_channels(mock: Arc<OryMock>, admin: Admin, request: Value) {
    let http = reqwest::Client::builder().no_proxy().build();
    let http = http.expect("the settings are valid");
    let subject = request["subject"].as_str().unwrap_or_default();
    for client in admin.clients().await {
        let id = client["client_id"].as_str().expect("a client has an id");
        let Some(uri) = client["backchannel_logout_uri"].as_str() else {
            continue;
        };
        let token = mock.issue_logout_token_with(id, subject, json!({"sid": request["sid"]}));
        let form = Serializer::new(String::new())
            .append_pair("logout_token", &token)
            .finish();
        let post = http
            .post(uri)
            .header("Content-Type", "application/x-www-form-urlencoded");
        // Like Hydra, it logs the user out even if a client cannot be reached.
        let _ = post.body(form).send().await;
    }
}
