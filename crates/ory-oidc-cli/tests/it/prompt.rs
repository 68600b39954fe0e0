//! Tokens that are typed at a terminal.

use ory_oidc_mock::OryMock;
use pty_process::blocking::{Command, Pty, open};
use rustix::termios::{LocalModes, Termios, tcgetattr};
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::process::Child;

/// The program at a terminal of its own.
struct Session {
    program: Child,
    terminal: Pty,
    settings: Termios,
    shown: String,
}

impl Session {
    fn start(ory: &OryMock, arguments: &[&str]) -> Self {
        Self::run(env!("CARGO_BIN_EXE_ory-oidc"), ory, arguments)
    }

    fn run(program: &str, ory: &OryMock, arguments: &[&str]) -> Self {
        let (terminal, end) = open().expect("a terminal");
        let settings = tcgetattr(&terminal).expect("it has settings");
        let modes = settings.local_modes;
        assert!(modes.contains(LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG));
        let program = Command::new(program)
            .args(arguments)
            .env("ORY_URL", ory.url())
            .env_remove("ORY_ISSUER")
            .spawn(end)
            .expect("the program starts");
        Self {
            program,
            terminal,
            settings,
            shown: String::new(),
        }
    }

    fn userinfo(ory: &OryMock) -> Self {
        Self::userinfo_from(ory, "-")
    }

    fn userinfo_from(ory: &OryMock, file: &str) -> Self {
        let mut session = Self::start(ory, &["userinfo", "--token-file", file]);
        session.read_until("press Enter:");
        session
    }

    fn read_until(&mut self, text: &str) {
        while !self.shown.contains(text) {
            assert!(self.read(), "{}", self.shown);
        }
    }

    /// Reads what is shown. Linux reports an error when the program has ended.
    fn read(&mut self) -> bool {
        let mut bytes = [0; 4096];
        let count = self.terminal.read(&mut bytes).unwrap_or(0);
        self.shown += &String::from_utf8_lossy(&bytes[..count]);
        count > 0
    }

    fn type_in(&mut self, text: &str) {
        let typed = self.terminal.write_all(text.as_bytes());
        typed.expect("the program reads");
    }

    fn signal(&self, name: &str) {
        let sent = std::process::Command::new("kill")
            .args([&format!("-{name}"), &self.program.id().to_string()])
            .status();
        assert!(sent.expect("kill is installed").success());
    }

    /// Returns the exit code and all that was shown.
    fn end(mut self) -> (Option<i32>, String) {
        while self.read() {}
        let status = self.program.wait().expect("the program ends");
        let settings = tcgetattr(&self.terminal).expect("it has settings");
        assert_eq!(settings.local_modes, self.settings.local_modes);
        (status.code(), self.shown)
    }
}

#[test]
fn a_token_that_is_typed_is_used_and_not_shown() {
    let ory = OryMock::start_blocking();
    let token = ory.issue_access_token(json!({"sub": "user-1"}));
    for file in ["-", "/dev/stdin", "/dev/tty"] {
        let mut session = Session::userinfo_from(&ory, file);
        session.type_in(&format!("{token}\r"));
        let (code, shown) = session.end();
        assert_eq!(code, Some(0), "{shown}");
        assert!(shown.contains("user-1"), "{shown}");
        assert!(!shown.contains(&token), "{shown}");
    }
}

#[test]
fn a_token_that_is_longer_than_a_line_of_the_terminal_is_read_whole() {
    let ory = OryMock::start_blocking();
    let token = "zebra-".repeat(2_000);
    let mut session = Session::userinfo(&ory);
    session.type_in(&format!("{token}\r"));
    let (code, shown) = session.end();
    assert_eq!(code, Some(1), "{shown}");
    assert!(!shown.contains("zebra"), "{shown}");
    let requests = ory.requests();
    let last = requests.last().expect("the user was asked for");
    let sent = last.header("authorization").expect("a token");
    assert!(sent == format!("Bearer {token}"), "{} bytes", sent.len());
}

/// A shell would show the rest, run it, and keep it in its history.
#[test]
fn only_the_first_line_of_what_is_pasted_is_read_and_the_rest_is_dropped() {
    let ory = OryMock::start_blocking();
    let command = format!(
        "'{}' userinfo --token-file -; read line; echo \"the shell read: $line\"",
        env!("CARGO_BIN_EXE_ory-oidc")
    );
    let mut session = Session::run("sh", &ory, &["-c", &command]);
    session.read_until("press Enter:");
    session.type_in("one\rzebra\rzebra\r");
    session.read_until("error");
    session.type_in("next\r");
    let (_, shown) = session.end();
    assert!(shown.contains("the shell read: next"), "{shown}");
    assert!(!shown.contains("zebra"), "{shown}");
    let requests = ory.requests();
    let last = requests.last().expect("the user was asked for");
    assert_eq!(last.header("authorization"), Some("Bearer one"));
}

#[test]
fn the_terminal_is_restored_when_the_prompt_is_interrupted() {
    let ory = OryMock::start_blocking();
    let mut session = Session::userinfo(&ory);
    session.type_in("zebra\u{3}");
    let (code, shown) = session.end();
    assert_eq!(code, Some(130), "{shown}");
    assert!(!shown.contains("zebra"), "{shown}");

    for name in ["INT", "TERM"] {
        let session = Session::userinfo(&ory);
        session.signal(name);
        assert_eq!(session.end().0, Some(130), "{name}");
    }
    assert!(ory.requests().is_empty());
}

#[test]
fn no_token_is_an_error() {
    let ory = OryMock::start_blocking();
    for text in ["\r", "\u{4}"] {
        let mut session = Session::userinfo(&ory);
        session.type_in(text);
        let (code, shown) = session.end();
        assert_eq!(code, Some(2), "{shown}");
    }
}

#[test]
fn a_registration_is_not_read_from_a_terminal() {
    let ory = OryMock::start_blocking();
    for file in ["-", "/dev/stdin"] {
        let arguments = ["adopt", "web", "--store", "unused", "--file", file];
        let (code, shown) = Session::start(&ory, &arguments).end();
        assert_eq!(code, Some(2), "{shown}");
        assert!(shown.contains("would show the secrets"), "{shown}");
    }
}
