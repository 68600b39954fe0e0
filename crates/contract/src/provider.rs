//! `oidc-provider`, a certified OpenID provider, in a process of its own.

use crate::target::Target;
use ory_oidc::{AccessToken, IdToken, Registration};
use serde_json::{Value, json};
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

/// A provider for one test. It ends when its standard input closes, so with the test, however the
/// test ends.
#[derive(Debug)]
pub struct Provider {
    issuer: String,
    control: String,
    http: reqwest::Client,
    _process: Child,
}

impl Provider {
    /// Starts a provider on free ports.
    pub async fn start() -> Self {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/provider");
        assert!(
            std::path::Path::new(folder).join("node_modules").is_dir(),
            "oidc-provider is not installed: run `make provider`, or `make test` for everything"
        );
        let mut process = Command::new(std::env::var_os("NODE").unwrap_or_else(|| "node".into()))
            .arg("server.mjs")
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()
            .expect("Node 20.20 or newer is installed");
        let stdout = process.stdout.take().expect("stdout is piped");
        let ready = BufReader::new(stdout).lines().next_line().await;
        let ready = ready
            .expect("stdout can be read")
            .expect("the provider starts");
        let ready: Value =
            serde_json::from_str(&ready).expect("the provider reports its URLs as JSON");
        let text = |name: &str| {
            ready[name]
                .as_str()
                .expect("the report has both URLs")
                .to_owned()
        };
        let (issuer, control) = (text("issuer"), text("control"));
        Self {
            issuer,
            control,
            http: reqwest::Client::builder()
                .no_proxy()
                .timeout(std::time::Duration::from_secs(30))
                .build()
                .expect("the settings are valid"),
            _process: process,
        }
    }

    /// Sends a command to its control port.
    pub async fn control(&self, path: &str, body: Value) -> Value {
        let request = self
            .http
            .post(format!("{}{path}", self.control))
            .json(&body);
        let answer = request.send().await.expect("the control port answers");
        assert!(answer.status().is_success(), "{path}: {}", answer.status());
        answer.json().await.expect("in JSON")
    }
}

impl Target for Provider {
    fn url(&self) -> &str {
        &self.issuer
    }

    fn issuer(&self) -> &str {
        &self.issuer
    }

    async fn access_token(&self, client: Option<&Registration>, claims: Value) -> AccessToken {
        let mut body = json!({"sub": claims["sub"], "claims": claims});
        if let Some(client) = client {
            body["client_id"] = client.client_id().into();
        }
        let answer = self.control("/access-token", body).await;
        AccessToken::new(answer["access_token"].as_str().expect("a token"))
    }

    async fn jwt_access_token(&self, _: &Registration, _: &[&str], _: &str) -> Option<AccessToken> {
        None
    }

    async fn id_token(&self, client: &Registration, subject: &str) -> IdToken {
        let body = json!({"client_id": client.client_id(), "sub": subject});
        let answer = self.control("/id-token", body).await;
        IdToken::new(answer["id_token"].as_str().expect("a token"))
    }

    async fn logout_token(&self, client: &Registration, subject: &str) -> Option<String> {
        let body = json!({"client_id": client.client_id(), "sub": subject});
        let answer = self.control("/logout-token", body).await;
        Some(answer["logout_token"].as_str().expect("a token").to_owned())
    }

    async fn rotate_keys(&self) {
        self.control("/rotate-keys", json!({})).await;
    }
}
