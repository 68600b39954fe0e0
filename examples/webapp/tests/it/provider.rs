//! The certified provider in `crates/contract/provider`.

use serde_json::Value;
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

const FOLDER: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../crates/contract/provider"
);

/// A provider for one test. It exits when its standard input is closed, so it never outlives the
/// test.
pub(crate) struct Provider {
    issuer: String,
    control: String,
    http: reqwest::Client,
    _process: Child,
}

impl Provider {
    pub(crate) async fn start() -> Self {
        assert!(
            Path::new(FOLDER).join("node_modules").is_dir(),
            "oidc-provider is not installed: run `make provider`"
        );
        let mut process = Command::new("node")
            .arg("server.mjs")
            .current_dir(FOLDER)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("Node 20.20 or newer is installed");
        let stdout = process.stdout.take().expect("the output is piped");
        let ready = BufReader::new(stdout).lines().next_line().await;
        let ready = ready
            .expect("the output is readable")
            .expect("the provider prints a line when it is ready");
        let ready: Value = serde_json::from_str(&ready).expect("the line is JSON");
        let text = |name: &str| ready[name].as_str().expect("the address").to_owned();
        Self {
            issuer: text("issuer"),
            control: text("control"),
            http: reqwest::Client::new(),
            _process: process,
        }
    }

    pub(crate) fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Posts a command to the control port.
    pub(crate) async fn control(&self, path: &str, body: Value) {
        let url = format!("{}{path}", self.control);
        let response = self.http.post(url).json(&body).send().await;
        let status = response.expect("the control port answers").status();
        assert!(status.is_success(), "{path}: {status}");
    }
}
