//! The commands, on the mock server and a store in a folder.

use crate::program::{Program, ory_oidc};
use ory_oidc_mock::{Fault, OryMock};
use serde_json::{Value, json};
use std::fs;
use std::path::PathBuf;
use tempfile::TempDir;

const CALLBACK: &str = "https://app.example/callback";

/// A server and a store.
struct Setup {
    ory: OryMock,
    folder: TempDir,
}

impl Setup {
    fn new() -> Self {
        Self {
            ory: OryMock::start_blocking(),
            folder: tempfile::tempdir().expect("a folder can be created"),
        }
    }

    fn store(&self) -> PathBuf {
        self.folder.path().join("store")
    }

    fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Program {
        let program = ory_oidc(arguments).folder(self.folder.path());
        program.server(self.ory.url()).store(self.store())
    }

    fn register(&self, name: &str) -> Value {
        self.run(["register", name, "--redirect-uri", CALLBACK])
            .json(0)
    }

    fn file(&self, name: &str, content: &Value) {
        let path = self.folder.path().join(name);
        fs::write(path, content.to_string()).expect("a file can be written");
    }

    fn stored(&self, client_id: &Value) -> Value {
        let id = client_id.as_str().expect("an id is a text");
        self.ory.client(id).expect("the client exists")
    }
}

#[test]
fn a_client_lives_from_register_to_delete() {
    let setup = Setup::new();
    let arguments = [
        "register",
        "web",
        "--redirect-uri",
        CALLBACK,
        "--client-name",
        "My app",
    ];
    let registered = setup
        .run(arguments.into_iter().chain(["--scope", "openid"]))
        .json(0);
    assert_eq!(registered["action"], "registered");
    let registration = &registered["registration"];
    assert_eq!(registration["name"], "web");
    assert_eq!(registration["issuer"], setup.ory.url());
    assert_eq!(registration["secrets"], Value::Null);
    let id = &registration["client_id"];
    assert_eq!(setup.stored(id)["client_name"], "My app");
    assert_eq!(setup.stored(id)["scope"], "openid");

    let again = setup
        .run(["register", "web", "--redirect-uri", CALLBACK])
        .run();
    assert!(again.failed(1).contains("already registered"));
    assert_eq!(setup.run(["show"]).json(0), json!({"names": ["web"]}));
    let shown = setup.run(["show", "web"]).json(0);
    assert_eq!(shown["state"], "settled");
    assert_eq!(shown["registration"], *registration);

    let updated = setup.run([
        "update",
        "web",
        "--client-name",
        "New",
        "--set",
        "contacts=[\"a@b.example\"]",
    ]);
    assert_eq!(
        updated.json(0)["registration"]["metadata"]["client_name"],
        "New"
    );
    assert_eq!(setup.stored(id)["contacts"], json!(["a@b.example"]));
    assert_eq!(
        setup.stored(id)["scope"],
        "openid",
        "other members are kept"
    );
    setup
        .run(["update", "web", "--unset", "contacts"])
        .run()
        .ok();
    assert_eq!(setup.stored(id)["contacts"], json!([]));

    let rotated = setup.run(["rotate", "web"]).json(0);
    assert_eq!(rotated["registration_access_token_changed"], true);
    assert_eq!(rotated["client_secret_changed"], false);
    assert_eq!(
        setup.run(["show", "web", "--check"]).json(0)["state"],
        "settled"
    );

    let deleted = setup.run(["delete", "web"]).json(0);
    assert_eq!(deleted["outcome"], "deleted");
    assert_eq!(deleted["client_id"], *id);
    assert!(setup.ory.registered_clients().is_empty());
    for command in [&["show", "web"][..], &["delete", "web"], &["rotate", "web"]] {
        let missing = setup.run(command.iter().copied()).json(4);
        assert_eq!(missing["error"]["kind"], "not_registered", "{command:?}");
    }
}

#[test]
fn metadata_come_from_a_file_and_options_replace_its_members() {
    let setup = Setup::new();
    let yaml =
        "client_name: From the file\nredirect_uris: [https://file.example/cb]\nscope: openid\n";
    let arguments = [
        "register",
        "web",
        "--metadata",
        "-",
        "--client-name",
        "From the option",
    ];
    let registered = setup.run(arguments).input(yaml).json(0);
    let stored = setup.stored(&registered["registration"]["client_id"]);
    assert_eq!(stored["client_name"], "From the option");
    assert_eq!(stored["redirect_uris"], json!(["https://file.example/cb"]));

    let refused = setup
        .run(["register", "other", "--set", "skip_consent=true"])
        .run();
    let message = refused.failed(2);
    assert!(message.contains("skip_consent"), "{message}");
    assert!(message.contains("fix correct or omit"), "{message}");
    assert_eq!(setup.ory.registered_clients().len(), 1, "nothing was sent");
}

#[test]
fn ensure_does_only_what_is_needed() {
    let setup = Setup::new();
    let ensure = |name| {
        [
            "ensure",
            "web",
            "--redirect-uri",
            CALLBACK,
            "--client-name",
            name,
        ]
    };
    for (name, action) in [("a", "registered"), ("a", "reused"), ("b", "updated")] {
        assert_eq!(setup.run(ensure(name)).json(0)["action"], action);
    }
    let id = setup.ory.registered_clients().remove(0);
    setup.ory.delete_client(&id);
    assert_eq!(setup.run(ensure("b")).json(0)["action"], "replaced");
    assert!(setup.run(["ensure"]).run().failed(2).contains("--file"));
    let empty = setup.run(["ensure", "web"]).run().failed(2);
    assert!(empty.contains("no metadata"), "{empty}");
}

#[test]
fn ensure_takes_a_list_and_tells_what_failed() {
    let setup = Setup::new();
    setup.file(
        "tenants.json",
        &json!({
            "defaults": {"scope": "openid"},
            "registrations": [
                {"name": "red", "redirect_uris": [CALLBACK]},
                {"name": "blue", "redirect_uris": [CALLBACK], "scope": "offline_access"},
                {"name": "bad", "redirect_uris": ["https://app.example/#fragment"]},
            ],
        }),
    );
    let arguments = ["ensure", "--file", "tenants.json", "--concurrency", "2"];
    let done = setup.run(arguments).json(1);
    for (member, count) in [("total", 3), ("registered", 2), ("found", 0), ("failed", 1)] {
        assert_eq!(done[member], count, "{member}");
    }
    let lines = done["registrations"].as_array().expect("a list");
    let of = |name: &str| {
        lines
            .iter()
            .find(|line| line["name"] == name)
            .expect("listed")
    };
    assert_eq!(setup.stored(&of("red")["client_id"])["scope"], "openid");
    assert_eq!(
        setup.stored(&of("blue")["client_id"])["scope"],
        "offline_access"
    );
    let causes = of("bad")["error"]["causes"].to_string();
    assert!(causes.contains("fragment"), "{causes}");

    let text = setup.run(arguments).run();
    assert_eq!(text.code, 1);
    assert!(text.stdout.contains("✗ bad"), "{}", text.stdout);
    let summary = "3 registrations: 0 registered, 2 found, 1 failed";
    assert!(text.stdout.contains(summary), "{}", text.stdout);
    let shared = setup
        .run(arguments.into_iter().chain(["--share", "run 1"]))
        .json(1);
    assert_eq!(shared["found"], 2);
}

#[test]
fn a_failure_says_what_why_and_what_to_do() {
    let setup = Setup::new();
    let register = ["register", "web", "--redirect-uri", CALLBACK];
    let disabled = OryMock::builder().registration(false).start_blocking();
    let failure = setup.run(register).server(disabled.url()).json(1);
    let error = &failure["error"];
    assert_eq!(error["kind"], "not_found");
    assert_eq!(error["message"], "could not register \"web\"");
    assert!(
        error["causes"].to_string().contains("not enabled"),
        "{error}"
    );
    assert!(error["fix"].to_string().contains("doctor"), "{error}");

    let text = setup.run(register).server(disabled.url()).run().failed(1);
    assert!(
        text.starts_with("error: could not register \"web\" why "),
        "{text}"
    );
    assert!(text.contains(" fix "), "{text}");

    for (url, code, kind) in [
        ("http://127.0.0.1:1", 5, "connect"),
        ("http://id.example", 2, "configuration"),
        ("id.example", 2, "configuration"),
    ] {
        let failure = setup.run(register).server(url).json(code);
        assert_eq!(failure["error"]["kind"], kind, "{url}");
    }
    setup.ory.fail_next(
        Fault::answer(500)
            .after_handling()
            .on("POST", "/oauth2/register"),
    );
    assert_eq!(
        setup.run(register).json(6)["error"]["kind"],
        "outcome_unknown"
    );
}

#[test]
fn a_registration_whose_token_is_lost_is_told_apart() {
    let setup = Setup::new();
    let id = setup.register("web")["registration"]["client_id"].clone();
    let id = id.as_str().expect("a text");
    setup.ory.patch_client(
        id,
        json!([{"op": "replace", "path": "/client_name", "value": "x"}]),
    );
    let checked = setup.run(["show", "web", "--check"]).json(6);
    assert_eq!(checked["state"], "key_lost");
    assert_eq!(
        setup.run(["show", "web"]).json(6)["registration"]["client_id"],
        id
    );
    let failed = setup.run(["update", "web", "--client-name", "y"]).json(6);
    assert_eq!(failed["error"]["kind"], "key_lost");
    let failed = setup.run(["delete", "web"]).json(6);
    assert!(
        failed["error"]["fix"].to_string().contains("--local"),
        "{failed}"
    );
    let removed = setup.run(["delete", "web", "--local"]).json(0);
    assert_eq!(removed["outcome"], "removed_locally");
    assert_eq!(setup.ory.registered_clients(), [id]);
}

#[test]
fn an_exported_registration_is_adopted() {
    let setup = Setup::new();
    setup.register("web");
    let shown = setup.run(["show", "web", "--show-secrets"]).json(0);
    let registration = &shown["registration"];
    setup.file(
        "exported.json",
        &json!({
            "client_id": registration["client_id"],
            "client_secret": registration["secrets"]["client_secret"],
            "registration_access_token": registration["secrets"]["registration_access_token"],
            "registration_client_uri": null,
            "granted": {},
        }),
    );
    setup.run(["delete", "web", "--local"]).run().ok();
    let adopt = ["adopt", "again", "--file", "exported.json"];
    let adopted = setup.run(adopt).json(0);
    assert_eq!(
        adopted["registration"]["client_id"],
        registration["client_id"]
    );
    setup.run(["rotate", "again"]).run().ok();

    setup.register("other");
    let refused = setup
        .run(["adopt", "other", "--file", "exported.json"])
        .json(1);
    assert_eq!(refused["error"]["kind"], "already_registered");
}

#[test]
fn userinfo_reads_the_token_from_a_file_the_input_or_the_environment() {
    let setup = Setup::new();
    let token = setup
        .ory
        .issue_access_token(json!({"sub": "user-1", "email": "u@app.example"}));
    let claims = |program: Program| program.json(0)["email"].clone();
    fs::write(setup.folder.path().join("token"), format!("{token}\n")).expect("a file");
    assert_eq!(
        claims(setup.run(["userinfo", "--token-file", "token"])),
        "u@app.example"
    );
    let from_input = setup.run(["userinfo", "--token-file", "-"]).input(&token);
    assert_eq!(claims(from_input), "u@app.example");
    let from_variable = || {
        setup
            .run(["userinfo", "--sub", "user-1"])
            .variable("ORY_ACCESS_TOKEN", &token)
    };
    assert_eq!(claims(from_variable()), "u@app.example");
    assert!(from_variable().run().ok().contains("u@app.example"));

    let other = setup
        .run(["userinfo", "--sub", "user-2"])
        .variable("ORY_ACCESS_TOKEN", &token);
    assert_eq!(other.json(1)["error"]["kind"], "validation");
    let expired = setup
        .run(["userinfo"])
        .variable("ORY_ACCESS_TOKEN", "expired");
    assert_eq!(expired.json(1)["error"]["kind"], "unauthorized");
    for program in [
        setup.run(["userinfo"]),
        setup.run(["userinfo"]).variable("ORY_ACCESS_TOKEN", " "),
    ] {
        assert!(program.run().failed(2).contains("--token-file"));
    }
    let empty = setup.run(["userinfo", "--token-file", "-"]).input("\n");
    assert!(empty.run().failed(2).contains("has no token"));
    assert!(
        setup
            .run(["userinfo", &token])
            .run()
            .failed(2)
            .contains("unexpected argument")
    );
}

#[test]
fn logout_url_is_for_a_browser() {
    let setup = Setup::new();
    let plain = setup.run(["logout-url"]).run().ok();
    assert_eq!(
        plain.trim(),
        format!("{}/oauth2/sessions/logout", setup.ory.url())
    );
    let arguments = [
        "logout-url",
        "--post-logout-redirect-uri",
        "https://app.example/bye",
    ];
    let with_token = || setup.run(arguments).variable("ORY_ID_TOKEN", "eyJ.zebra.x");
    let refused = with_token().run();
    assert!(!refused.stdout.contains("zebra"));
    assert!(refused.failed(2).contains("--show-secrets"));
    let options = arguments
        .into_iter()
        .chain(["--show-secrets", "--state", "s"]);
    let url = setup
        .run(options)
        .variable("ORY_ID_TOKEN", "eyJ.zebra.x")
        .json(0);
    let url = url["url"].as_str().expect("a text").to_owned();
    for part in [
        "id_token_hint=eyJ.zebra.x",
        "state=s",
        "post_logout_redirect_uri=https",
    ] {
        assert!(url.contains(part), "{url}");
    }
}
