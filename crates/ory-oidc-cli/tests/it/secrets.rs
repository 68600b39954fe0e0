//! No output holds a secret, unless it is asked for.

use crate::program::ory_oidc;
use ory_oidc_mock::{Fault, OryMock};
use serde_json::json;

#[test]
fn secrets_are_printed_only_on_request() {
    let ory = OryMock::start_blocking();
    let folder = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str]| {
        let program = ory_oidc(arguments.iter().copied()).server(ory.url());
        program
            .store(folder.path().join("store"))
            .folder(folder.path())
    };
    let secrets = || {
        let shown = run(&["show", "web", "--show-secrets"]).json(0);
        let secrets = &shown["registration"]["secrets"];
        let text = |name: &str| secrets[name].as_str().expect("a text").to_owned();
        [text("client_secret"), text("registration_access_token")]
    };
    let register = [
        "register",
        "web",
        "--redirect-uri",
        "https://app.example/callback",
    ];
    let mut outputs = vec![run(&register).run()];
    let mut known = Vec::from(secrets());
    let shown = run(&["show", "web", "--show-secrets"]).run().ok();
    assert!(known.iter().all(|secret| shown.contains(secret)), "{shown}");
    for arguments in [
        &["show", "web"][..],
        &["show", "web", "--json"],
        &["show", "web", "--check"],
        &["update", "web", "--client-name", "New"],
        &["rotate", "web", "--json"],
        &["ensure", "web", "--client-name", "Newer"],
        &["ensure", "web", "--client-name", "Newest", "--json"],
        &register,
    ] {
        outputs.push(run(arguments).run());
        known.extend(secrets());
    }
    let token = ory.issue_access_token(json!({"sub": "user-1"}));
    ory.revoke_access_token(&token);
    outputs.push(
        run(&["userinfo"])
            .variable("ORY_ACCESS_TOKEN", &token)
            .run(),
    );
    known.push(token);
    let echo = Fault::answer(500)
        .body(known.join(" "))
        .on("GET", "/oauth2/register")
        .until_cleared();
    ory.fail_next(echo);
    outputs.push(run(&["show", "web", "--check"]).run());
    ory.clear_faults();
    outputs.push(run(&["delete", "web"]).run());
    for output in outputs {
        for secret in &known {
            assert!(!output.stdout.contains(secret), "{output:?}");
            assert!(!output.stderr.contains(secret), "{output:?}");
        }
    }
}

#[test]
fn members_that_may_be_secret_are_named_and_not_shown() {
    let ory = OryMock::start_blocking();
    let folder = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str]| {
        let program = ory_oidc(arguments.iter().copied()).server(ory.url());
        program.store(folder.path().join("store"))
    };
    let exported = json!({
        "client_id": "c", "client_secret": null, "registration_access_token": "t",
        "registration_client_uri": null, "granted": {},
    });
    let metadata = json!({
        "client_id": "c", "client_name": "My app", "my_api_key": "zebra",
        "metadata": {"note": "zebra"},
    });
    let answer = Fault::answer(200).body(metadata.to_string());
    ory.fail_next(answer.on("GET", "/oauth2/register/c").until_cleared());
    let adopt = run(&["adopt", "web", "--file", "-"]).input(&exported.to_string());
    // JSON is YAML, too.
    let adopted = adopt.run();
    assert_eq!(adopted.code, 0, "{adopted:?}");
    let shown = run(&["show", "web"]).json(0);
    assert_eq!(
        shown["registration"]["metadata"],
        json!({"client_name": "My app"})
    );
    assert_eq!(
        shown["registration"]["hidden_members"],
        json!(["metadata", "my_api_key"])
    );
    assert!(!run(&["show", "web"]).run().ok().contains("zebra"));
    let shown = run(&["show", "web", "--show-secrets"]).json(0);
    assert_eq!(shown["registration"]["metadata"]["my_api_key"], "zebra");
}
