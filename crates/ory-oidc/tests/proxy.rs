//! The proxies of the environment. They are read when a client is built, so the calls run in a child
//! process.

#[path = "../examples/tour.rs"]
mod tour;

use ory_oidc::raw::Authorization;
use ory_oidc::raw::core::call::Call;
use ory_oidc::{AccessToken, Client, ClientMetadata, Subject, operation};
use ory_oidc_mock::OryMock;
use serde_json::json;
use std::env;
use std::io::{self, Write as _};
use std::net::TcpListener;
use std::process::Command;

/// Set in the child process.
const CHILD: &str = "ORY_OIDC_PROXY_TEST_CHILD";

const VARIABLES: [&str; 4] = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/// A listener in the place of a proxy.
struct Listener(TcpListener);

impl Listener {
    fn bind() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
        let nonblocking = listener.set_nonblocking(true);
        nonblocking.expect("the listener is a socket");
        Self(listener)
    }

    /// Runs a test of this file in a child process whose environment names the listener as the proxy.
    /// Returns what the child printed.
    fn run_beside(&self, test: &str) -> String {
        let address = self.0.local_addr().expect("the listener is bound");
        let mut child = Command::new(env::current_exe().expect("the test runs from a file"));
        child.args(["--exact", test, "--nocapture"]).env(CHILD, "1");
        for variable in ["NO_PROXY", "no_proxy", "REQUEST_METHOD", "ORY_URL"] {
            child.env_remove(variable);
        }
        for variable in VARIABLES {
            child.env(variable, format!("http://{address}"));
        }
        let output = child.output().expect("the child can be started");
        let printed = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success(), "{printed}");
        printed
    }

    fn assert_unused(&self) {
        assert!(self.0.accept().is_err(), "the proxy received a connection");
    }
}

#[test]
fn plain_http_is_not_sent_to_a_proxy() {
    let proxy = Listener::bind();
    let printed = proxy.run_beside("all_operations_in_the_child");
    assert!(printed.contains("every operation done"), "{printed}");
    proxy.assert_unused();
}

#[test]
fn tour_works_beside_a_proxy_that_sees_nothing() {
    let proxy = Listener::bind();
    let printed = proxy.run_beside("the_tour_in_the_child");
    for operation in [
        "POST /oauth2/register",
        "PUT /oauth2/register/{id}",
        "GET /userinfo",
    ] {
        assert!(printed.contains(operation), "{printed}");
    }
    proxy.assert_unused();
}

#[test]
fn the_tour_in_the_child() {
    if env::var_os(CHILD).is_some() {
        // Exits with an error unless every step succeeds.
        tour::main();
    }
}

#[tokio::test]
async fn all_operations_in_the_child() {
    if env::var_os(CHILD).is_none() {
        return; // nothing to prove without a proxy
    }
    let server = OryMock::start().await;
    let ory = Client::new(server.url()).expect("loopback is permitted");
    ory.discover().await.expect("the metadata are served");
    let wanted = ClientMetadata::new(["https://app.example/callback"]);
    let mut client = ory.register(&wanted).await.expect("registered");
    ory.read_registration(&mut client).await.expect("read");
    ory.update_registration(&mut client, |metadata| metadata.set_client_name("Renamed"))
        .await
        .expect("updated");
    ory.delete_registration(&client).await.expect("deleted");
    let token = AccessToken::new(server.issue_access_token(json!({"sub": "user-1"})));
    ory.userinfo(&token, Subject::Unchecked)
        .await
        .expect("the token is valid");
    let outcome = ory.logout_probe(&ory.end_session(None)).await;
    outcome.map(drop).expect("the logout is answered");
    // A trusted endpoint on this machine beside a base URL that may use a proxy.
    let remote = Client::new("https://id.example").expect("the URL is valid");
    for path in ["/.well-known/jwks.json", "/userinfo"] {
        let url = format!("{}{path}", server.url()).parse();
        let url = url.expect("the URL is valid");
        let call = Call::to_url(remote.configuration(), operation::USERINFO, url);
        let call = call.authorize(Authorization::Bearer(token.expose()));
        let response = call.expect("the token is valid").send().await;
        response
            .map(drop)
            .expect("the server on this machine answers");
    }
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "every operation done").expect("the parent reads");
}
