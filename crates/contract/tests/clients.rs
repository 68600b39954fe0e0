//! The clients in other languages that are generated from the description, on a real Ory Hydra.

use ory_oidc_contract::hydra::OnHydra;
use ory_oidc_test_servers::hydra::User;
use serde_json::{Value, json};
use std::ffi::OsStr;
use std::path::PathBuf;
use tokio::process::Command;
use url::form_urlencoded;

const CALLBACK: &str = "https://app.example/callback";
const SIGNED_OUT: &str = "https://app.example/signed-out";

fn path(file: &str) -> PathBuf {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR"))
        .join("clients")
        .join(file);
    assert!(
        path.exists(),
        "{} is missing; run `make clients`",
        path.display()
    );
    path
}

/// Runs a driver for a user who logged in, and compares what it prints.
async fn does_all_operations(name: &str, driver: &mut Command) {
    let on_hydra = OnHydra::on_sqlite().await;
    let hydra = on_hydra.server();
    let client = json!({
        "redirect_uris": [CALLBACK],
        "post_logout_redirect_uris": [SIGNED_OUT],
        "scope": "openid email",
    });
    let client = hydra.admin().create_client(&client).await;
    let text = |name: &str| client[name].as_str().expect("Hydra issues it");
    let log_in = hydra.log_in(text("client_id"), Some(text("client_secret")));
    let log_in = log_in.user(User::new("zoe")).scope("openid email");
    let tokens = log_in.tokens().await;

    let driver = driver
        .env("ISSUER", hydra.issuer())
        .env("ACCESS_TOKEN", tokens.access_token)
        .env("ID_TOKEN", tokens.id_token.expect("the scope has openid"))
        .env("SIGNED_OUT", SIGNED_OUT)
        .env("NO_PROXY", "*")
        .env("no_proxy", "*")
        .kill_on_drop(true);
    let output = driver.output().await.expect("the driver runs");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{name}: {errors}");
    let mut seen: Value = serde_json::from_slice(&output.stdout).expect("the driver prints JSON");
    let logout = seen["logout"].take();
    let expected = json!({
        "issuer": hydra.issuer(),
        "registered": name,
        "has_secret": true,
        "read": name,
        "updated": format!("{name} 2"),
        "has_new_token": true,
        "after_deletion": 401,
        "sub": "zoe",
        "logout": null,
    });
    assert_eq!(seen, expected);

    // The redirect leads to the logout app, and Hydra knows what the client sent.
    assert_eq!(logout[0], 302, "{logout}");
    let location = logout[1].as_str().expect("the redirect has a location");
    let challenge = query(location, "logout_challenge");
    let request = hydra.admin().logout_request(&challenge).await;
    assert_eq!(request["subject"], "zoe");
    let sent = request["request_url"].as_str().expect("Hydra returns it");
    assert_eq!(query(sent, "post_logout_redirect_uri"), SIGNED_OUT);
    assert_eq!(query(sent, "state"), "a b");
}

/// A parameter in the query of a URL, which may be relative.
fn query(url: &str, name: &str) -> String {
    let (_, query) = url.split_once('?').expect("the URL has a query");
    let mut found = form_urlencoded::parse(query.as_bytes()).filter(|(key, _)| key == name);
    let (_, value) = found.next().expect("the query has the parameter");
    value.into_owned()
}

fn program(name: impl AsRef<OsStr>) -> Command {
    Command::new(name)
}

#[tokio::test]
#[ignore = "needs Ory Hydra and the clients: `make test` builds them and runs this"]
async fn python_client_does_all_operations() {
    let packages = std::env::join_paths([path("python/oidc"), path("python/built")]);
    let packages = packages.expect("no path has a separator");
    let mut driver = program("python3");
    driver
        .arg(path("python/driver.py"))
        .env("PYTHONPATH", packages);
    does_all_operations("Python", &mut driver).await;
}

#[tokio::test]
#[ignore = "needs Ory Hydra and the clients: `make test` builds them and runs this"]
async fn typescript_client_does_all_operations() {
    let mut driver = program("node");
    driver.arg(path("typescript/built/driver.js"));
    does_all_operations("TypeScript", &mut driver).await;
}

#[tokio::test]
#[ignore = "needs Ory Hydra and the clients: `make test` builds them and runs this"]
async fn go_client_does_all_operations() {
    does_all_operations("Go", &mut program(path("go/built/driver"))).await;
}
