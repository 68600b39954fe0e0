//! Runs the program.

use serde_json::Value;
use std::fs::File;
use std::io::Write as _;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

/// The program, with arguments and without the environment of whoever runs the tests.
pub(crate) struct Program {
    command: Command,
    input: String,
}

/// What it did.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

pub(crate) fn ory_oidc<'a>(arguments: impl IntoIterator<Item = &'a str>) -> Program {
    let mut command = Command::new(env!("CARGO_BIN_EXE_ory-oidc"));
    for variable in [
        "ORY_URL",
        "ORY_OIDC_STORE",
        "ORY_ISSUER",
        "NO_COLOR",
        "CLICOLOR_FORCE",
    ] {
        command.env_remove(variable);
    }
    command.args(arguments);
    Program {
        command,
        input: String::new(),
    }
}

impl Program {
    pub(crate) fn server(self, url: &str) -> Self {
        self.variable("ORY_URL", url)
    }

    pub(crate) fn store(self, place: impl AsRef<Path>) -> Self {
        let place = place
            .as_ref()
            .to_str()
            .expect("the path is text")
            .to_owned();
        self.variable("ORY_OIDC_STORE", &place)
    }

    pub(crate) fn variable(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    pub(crate) fn folder(mut self, path: &Path) -> Self {
        self.command.current_dir(path);
        self
    }

    pub(crate) fn input(mut self, text: &str) -> Self {
        text.clone_into(&mut self.input);
        self
    }

    /// Writes the standard output to a file.
    pub(crate) fn output_to(mut self, file: File) -> Done {
        let output = self.command.stdin(Stdio::null()).stdout(file).output();
        Done::from(output.expect("the program starts"))
    }

    /// Starts the program.
    pub(crate) fn start(&mut self) -> Child {
        let streams = self.command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let child = streams.stderr(Stdio::piped()).spawn();
        child.expect("the program starts")
    }

    pub(crate) fn run(mut self) -> Done {
        let mut child = self.start();
        let mut stdin = child.stdin.take().expect("the input is piped");
        // The program need not read its input.
        let _ = stdin.write_all(self.input.as_bytes());
        drop(stdin);
        Done::from(child.wait_with_output().expect("the program ends"))
    }

    /// Runs the program with `--json` and returns the document.
    pub(crate) fn json(mut self, code: i32) -> Value {
        self.command.arg("--json");
        let done = self.run();
        assert_eq!(done.code, code, "{done:?}");
        serde_json::from_str(&done.stdout).expect("the output is one JSON document")
    }
}

impl Done {
    /// Returns the standard output of a run that ended well.
    pub(crate) fn ok(self) -> String {
        assert_eq!(self.code, 0, "{self:?}");
        self.stdout
    }

    /// Returns the standard error of a run that ended with this code, on one line.
    pub(crate) fn failed(self, code: i32) -> String {
        assert_eq!(self.code, code, "{self:?}");
        self.stderr.split_whitespace().collect::<Vec<_>>().join(" ")
    }
}

impl From<Output> for Done {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("the output is text");
        Self {
            code: output.status.code().expect("no signal ended it"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}
