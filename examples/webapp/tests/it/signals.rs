//! The signals that stop the program.

use ory_oidc_mock::{Fault, OryMock};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

fn start(mock: &OryMock) -> Child {
    Command::new(env!("CARGO_BIN_EXE_ory-oidc-webapp"))
        .env("ORY_URL", mock.url())
        .env("LISTEN", "127.0.0.1:0")
        .env_remove("ORY_STORE")
        .env_remove("APP_URL")
        .env_remove("ORY_ISSUER")
        .env_remove("ORY_PUBLIC_ISSUER")
        .stdout(Stdio::piped())
        .spawn()
        .expect("the program was built")
}

/// Waits until the app is ready, and returns its address.
fn address(app: &mut Child) -> String {
    let stdout = app.stdout.take().expect("it is piped");
    let mut line = String::new();
    let read = BufReader::new(stdout).read_line(&mut line);
    read.expect("the app prints its URL");
    let address = line.trim().rsplit_once("http://");
    address.expect("the app prints its URL").1.to_owned()
}

fn stop(mut app: Child, signal: &str, mock: &OryMock) {
    let kill = Command::new("kill")
        .args([format!("-{signal}"), app.id().to_string()])
        .status();
    assert!(kill.expect("kill is available").success());
    let status = app.wait().expect("the app exits");
    assert!(status.success(), "{signal}: {status}");
    assert_eq!(mock.registered_clients().len(), 0, "{signal}");
}

#[test]
fn every_stop_signal_deletes_the_registration() {
    for signal in ["INT", "TERM"] {
        let mock = OryMock::start_blocking();
        let mut app = start(&mock);
        address(&mut app);
        assert_eq!(mock.registered_clients().len(), 1);
        stop(app, signal, &mock);
    }
}

#[test]
fn stop_signal_deletes_the_registration_while_a_request_does_not_end() {
    let mock = OryMock::start_blocking();
    let mut app = start(&mock);
    let mut stalled = TcpStream::connect(address(&mut app)).expect("the app listens");
    let head = b"POST /backchannel-logout HTTP/1.1\r\nhost: app\r\ncontent-length: 9\r\n\
        content-type: application/x-www-form-urlencoded\r\nexpect: 100-continue\r\n\r\n";
    stalled.write_all(head).expect("the app reads");
    // The app waits for the body from now on. It never comes.
    let mut answer = [0; 12];
    stalled.read_exact(&mut answer).expect("the app answers");
    assert_eq!(&answer, b"HTTP/1.1 100");
    stop(app, "TERM", &mock);
}

#[test]
fn stop_signal_during_the_registration_leaves_no_client_behind() {
    let mock = OryMock::start_blocking();
    let slow = Fault::delay(Duration::from_millis(300));
    mock.fail_next(slow.on("POST", "/oauth2/register"));
    let app = start(&mock);
    while mock.requests_to("POST", "/oauth2/register").is_empty() {
        std::thread::sleep(Duration::from_millis(5));
    }
    stop(app, "TERM", &mock);
}
