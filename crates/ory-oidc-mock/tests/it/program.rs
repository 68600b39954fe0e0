//! Tests of the program `ory-oidc-mock`.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Output, Stdio};

use serde_json::{Value, json};

const PROGRAM: &str = env!("CARGO_BIN_EXE_ory-oidc-mock");

/// A program that runs until the end of its test.
struct Running {
    child: Child,
    lines: Vec<String>,
}

impl Running {
    fn start(arguments: &[&str]) -> Self {
        let mut child = Command::new(PROGRAM)
            .args(["--port", "0", "--admin-port", "0"])
            .args(arguments)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let output = child.stdout.take().expect("the output is piped");
        let lines = BufReader::new(output).lines().take(3);
        let lines = lines.collect::<Result<_, _>>().expect("the output is text");
        Self { child, lines }
    }

    /// Returns the URL at the end of an output line.
    fn url(&self, line: usize) -> &str {
        let url = self.lines[line].rsplit(' ').next();
        url.expect("the line ends in a URL")
    }

    /// Sends a signal and returns the exit code.
    fn stop(mut self, signal: &str) -> Option<i32> {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(sent.expect("kill runs").success());
        self.child.wait().expect("the program has started").code()
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Fails if the program has ended.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn run(arguments: &[&str]) -> Output {
    let mut command = Command::new(PROGRAM);
    command.args(arguments).output().expect("the program runs")
}

fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).expect("the output is UTF-8")
}

/// Writes a JSON file into the folder for temporary files of this test.
fn file(name: &str, content: &Value) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    fs::write(&path, content.to_string()).expect("the folder is writable");
    path.into_os_string()
        .into_string()
        .expect("the path is UTF-8")
}

fn client() -> Value {
    json!({
        "client_id": "my-app",
        "client_secret": "secret-of-my-app",
        "redirect_uris": ["http://127.0.0.1:3000/callback"],
    })
}

#[tokio::test]
async fn it_says_that_it_is_for_tests_and_serves_the_clients_and_the_user_of_its_files() {
    let clients = file("client.json", &json!([client(), {"client_id": "other"}]));
    let claims = file("claims.json", &json!({"sub": "user-1"}));
    let program = Running::start(&["--client", &clients, "--claims", &claims]);
    assert!(
        program.lines[0].contains("for tests only"),
        "{:?}",
        program.lines
    );
    assert!(program.url(1).starts_with("http://127.0.0.1:"));

    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build();
    let http = http.expect("the client can be built");
    let list = http
        .get(format!("{}/admin/clients", program.url(2)))
        .send()
        .await;
    let list = list
        .expect("the admin API responds")
        .text()
        .await
        .expect("the response is text");
    let list: Value = serde_json::from_str(&list).expect("the response is JSON");
    assert_eq!(list[0]["client_id"], "my-app");
    assert_eq!(list[1]["client_id"], "other");

    let query = "client_id=my-app&response_type=code&scope=openid&state=12345678&redirect_uri=http%3A%2F%2F127.0.0.1%3A3000%2Fcallback";
    let response = http
        .get(format!("{}/oauth2/auth?{query}", program.url(1)))
        .send()
        .await;
    let response = response.expect("the public endpoint responds");
    let location = response.headers()["location"]
        .to_str()
        .expect("the location is ASCII");
    assert!(
        location.starts_with("http://127.0.0.1:3000/callback?code="),
        "{location}"
    );
}

#[tokio::test]
async fn it_issues_jwt_access_tokens_if_told_to() {
    let client = json!({
        "client_id": "job", "client_secret": "secret-of-job", "grant_types": ["client_credentials"],
    });
    let clients = file("job.json", &client);
    let program = Running::start(&["--client", &clients, "--jwt-access-tokens"]);
    let request = reqwest::Client::new().post(format!("{}/oauth2/token", program.url(1)));
    let request = request
        .basic_auth("job", Some("secret-of-job"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body("grant_type=client_credentials");
    let response = request.send().await.expect("the public endpoint responds");
    let body = response.text().await.expect("the response is text");
    let body: Value = serde_json::from_str(&body).expect("the response is JSON");
    let token = body["access_token"].as_str().expect("a token");
    assert_eq!(token.split('.').count(), 3, "{token}");
}

#[cfg(unix)]
#[test]
fn it_ends_without_an_error_on_sigint_and_sigterm() {
    for signal in ["INT", "TERM"] {
        assert_eq!(Running::start(&[]).stop(signal), Some(0), "{signal}");
    }
}

#[test]
fn help_names_the_options_with_examples() {
    for option in ["--help", "-h"] {
        let output = run(&[option]);
        assert!(output.status.success());
        let help = text(&output.stdout);
        assert!(
            help.contains("--client FILE") && help.contains("Examples:"),
            "{help}"
        );
    }
    let version = run(&["--version"]);
    assert!(text(&version.stdout).starts_with("ory-oidc-mock "));
}

#[test]
fn a_wrong_command_line_is_explained() {
    for (arguments, reason) in [
        (&["--prot", "1"][..], "invalid option '--prot'"),
        (&["--port", "x"], "cannot parse argument \"x\""),
        (&["--port"], "missing argument for option '--port'"),
        (&["--hydra-version", "1"], "expected head or 2.3.0"),
        (&["extra"], "unexpected argument \"extra\""),
    ] {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(2), "{arguments:?}");
        let error = text(&output.stderr);
        assert!(
            error.contains(reason) && error.contains("--help"),
            "{error}"
        );
    }
}

#[test]
fn a_file_that_cannot_be_used_is_named_without_its_secrets() {
    let mut rejected = client();
    rejected["redirect_uris"] = json!(["not a URI"]);
    let rejected = file("rejected.json", &rejected);
    let claims = file("no-sub.json", &json!({"name": "secret-of-my-app"}));
    for (option, path, reason) in [
        ("--client", "missing.json", "cannot read missing.json"),
        (
            "--client",
            &rejected,
            "Hydra would reject this client: invalid_redirect_uri",
        ),
        (
            "--claims",
            &claims,
            "no-sub.json: expected claims with a `sub`",
        ),
    ] {
        let output = run(&["--port", "0", "--admin-port", "0", option, path]);
        assert_eq!(output.status.code(), Some(1), "{path}");
        let error = text(&output.stderr);
        assert!(error.contains(reason), "{error}");
        assert!(!error.contains("secret-of-my-app"), "{error}");
    }
}

#[test]
fn a_port_in_use_is_named() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").expect("there is a free port");
    let address = taken.local_addr().expect("the listener has an address");
    let output = run(&["--port", &address.port().to_string()]);
    assert_eq!(output.status.code(), Some(1));
    let error = text(&output.stderr);
    assert!(
        error.contains(&format!("cannot listen at {address}")),
        "{error}"
    );
}
