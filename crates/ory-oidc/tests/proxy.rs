//! The proxies of the environment. They are read when a client is built, so the calls run in a child
//! process.

use ory_oidc::{AccessToken, Client, ClientMetadata, Subject};
use ory_oidc_mock::OryMock;
use serde_json::json;
use std::env;
use std::io::{self, Write as _};
use std::net::TcpListener;
use std::process::Command;

/// Set in the child process.
const CHILD: &str = "ORY_OIDC_PROXY_TEST_CHILD";

const VARIABLES: [&str; 4] = ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

#[test]
fn plain_http_is_not_sent_to_a_proxy() {
    let proxy = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
    let address = proxy.local_addr().expect("the listener is bound");
    proxy
        .set_nonblocking(true)
        .expect("the listener is a socket");
    let mut child = Command::new(env::current_exe().expect("the test runs from a file"));
    child.args(["--exact", "all_operations_in_the_child", "--nocapture"]);
    child.env(CHILD, "1").env_remove("NO_PROXY");
    child.env_remove("no_proxy").env_remove("REQUEST_METHOD");
    for variable in VARIABLES {
        child.env(variable, format!("http://{address}"));
    }
    let output = child.output().expect("the child can be started");
    let printed = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{printed}");
    assert!(printed.contains("every operation done"), "{printed}");
    let seen = proxy.accept();
    assert!(seen.is_err(), "the proxy received a connection");
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
    let mut stdout = io::stdout().lock();
    writeln!(stdout, "every operation done").expect("the parent reads");
}
