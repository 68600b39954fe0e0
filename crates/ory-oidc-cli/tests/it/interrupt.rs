//! Interruptions in the middle of a change.

use crate::program::{Done, Program, ory_oidc};
use ory_oidc_mock::{Fault, OryMock, RecordedRequest};
use serde_json::{Value, json};
use std::fs;
use std::io::Read as _;
use std::process::{Child, Command};
use std::thread::sleep;
use std::time::Duration;
use tempfile::TempDir;

const REGISTER: [&str; 4] = [
    "register",
    "web",
    "--redirect-uri",
    "https://app.example/callback",
];

fn run<'a>(
    ory: &OryMock,
    folder: &TempDir,
    arguments: impl IntoIterator<Item = &'a str>,
) -> Program {
    let program = ory_oidc(arguments).server(ory.url()).folder(folder.path());
    program.store(folder.path().join("store"))
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([&format!("-{name}"), &child.id().to_string()])
        .status();
    assert!(sent.expect("kill is installed").success());
}

/// Waits until the server has received such a request.
fn wait_for(ory: &OryMock, method: &str, path: &str) {
    let is_it =
        |request: &RecordedRequest| request.method() == method && request.path().starts_with(path);
    while !ory.requests().iter().any(is_it) {
        sleep(Duration::from_millis(5));
    }
}

fn end(child: Child) -> Done {
    Done::from(child.wait_with_output().expect("the program ends"))
}

#[test]
fn a_rotation_is_finished_and_its_token_stored() {
    for name in ["INT", "TERM", "HUP"] {
        let ory = OryMock::start_blocking();
        let folder = tempfile::tempdir().expect("a folder");
        run(&ory, &folder, REGISTER).run().ok();
        let slow = Fault::delay(Duration::from_secs(1));
        ory.fail_next(slow.on("PUT", "/oauth2/register/"));
        let child = run(&ory, &folder, ["rotate", "web"]).start();
        wait_for(&ory, "PUT", "/oauth2/register");
        signal(&child, name);
        let done = end(child);
        assert_eq!(done.stderr.contains("finishing"), name != "HUP", "{done:?}");
        assert!(done.ok().contains("is new"));
        let checked = run(&ory, &folder, ["show", "web", "--check"]).json(0);
        assert_eq!(checked["state"], "settled", "{name}");
    }
}

#[test]
fn a_second_interruption_ends_the_program_at_once() {
    let ory = OryMock::start_blocking();
    let folder = tempfile::tempdir().expect("a folder");
    run(&ory, &folder, REGISTER).run().ok();
    ory.fail_next(Fault::delay(Duration::from_mins(1)).on("PUT", "/oauth2/register/"));
    let mut child = run(&ory, &folder, ["rotate", "web"]).start();
    wait_for(&ory, "PUT", "/oauth2/register");
    signal(&child, "INT");
    let mut said = [0; 20];
    let stderr = child.stderr.as_mut().expect("it is piped");
    stderr
        .read_exact(&mut said)
        .expect("the program says something");
    signal(&child, "INT");
    assert_eq!(end(child).code, 130);
}

#[test]
fn the_doctor_deletes_its_client_and_can_be_interrupted_afterwards() {
    let ory = OryMock::start_blocking();
    let folder = tempfile::tempdir().expect("a folder");
    let slow = |method, path, seconds| {
        ory.fail_next(Fault::delay(Duration::from_secs(seconds)).on(method, path));
    };
    slow("DELETE", "/oauth2/register", 1);
    slow("GET", "/admin/clients", 3600);
    let mut program = run(&ory, &folder, ["doctor", "--register", "--timeout", "3000"]);
    let child = program.start();
    wait_for(&ory, "DELETE", "/oauth2/register");
    signal(&child, "INT");
    wait_for(&ory, "GET", "/admin/clients");
    assert!(ory.registered_clients().is_empty());
    signal(&child, "INT");
    assert_eq!(end(child).code, 130);
}

#[test]
fn a_list_is_left_where_it_is_and_can_be_continued() {
    let ory = OryMock::start_blocking();
    let folder = tempfile::tempdir().expect("a folder");
    let list: Vec<_> = (0..50)
        .map(|number| {
            let callback = format!("https://tenant-{number}.app.example/callback");
            json!({"name": format!("tenant-{number}"), "redirect_uris": [callback]})
        })
        .collect();
    let path = folder.path().join("tenants.json");
    fs::write(path, Value::from(list).to_string()).expect("a file");
    let slow = Fault::delay(Duration::from_millis(200)).on("POST", "/oauth2/register");
    ory.fail_next(slow.until_cleared());
    let arguments = ["ensure", "--file", "tenants.json", "--concurrency", "2"];
    let with_json = arguments.into_iter().chain(["--json"]);
    let child = run(&ory, &folder, with_json).start();
    wait_for(&ory, "POST", "/oauth2/register");
    signal(&child, "TERM");
    let done = end(child);
    assert_eq!(done.code, 5, "{done:?}");
    let result: Value = serde_json::from_str(&done.stdout).expect("one JSON document");
    assert_eq!(result["interrupted"], true);
    let registered = ory.registered_clients().len();
    assert_eq!(result["registered"], registered);
    assert!(registered < 50);

    ory.clear_faults();
    let done = run(&ory, &folder, arguments).json(0);
    assert_eq!(done["found"], registered, "none was registered in vain");
    assert_eq!(done["interrupted"], false);
}
