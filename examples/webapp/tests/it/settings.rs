//! Settings that do not work: the program says which one, and what to do.

use ory_oidc_mock::OryMock;
use std::process::Command;

fn message(settings: &[(&str, &str)]) -> String {
    let mut program = Command::new(env!("CARGO_BIN_EXE_ory-oidc-webapp"));
    for name in ["ORY_STORE", "ORY_ISSUER", "ORY_PUBLIC_ISSUER", "APP_URL"] {
        program.env_remove(name);
    }
    program
        .env("LISTEN", "127.0.0.1:0")
        .envs(settings.iter().copied());
    let output = program.output().expect("the program was built");
    assert!(!output.status.success());
    String::from_utf8(output.stderr).expect("the message is UTF-8")
}

#[test]
fn wrong_setting_is_named_at_the_start() {
    let mock = OryMock::start_blocking();
    let url = mock.url();
    for (settings, expected) in [
        (
            &[("ORY_URL", "http://127.0.0.1:1")][..],
            "set ORY_URL to its URL",
        ),
        (&[("ORY_URL", "nonsense")], "base URL"),
        (
            &[("ORY_URL", url), ("ORY_ISSUER", "https://id.example/")],
            "set ORY_ISSUER",
        ),
        (&[("LISTEN", "nonsense")], "invalid LISTEN"),
        (&[("LISTEN", "127.0.0.1:x")], "cannot listen at 127.0.0.1:x"),
        (
            &[("APP_URL", "app.example"), ("ORY_URL", url)],
            "invalid APP_URL",
        ),
    ] {
        let message = message(settings);
        assert!(message.contains(expected), "{settings:?}: {message}");
        // Not the output of `Debug`.
        assert!(!message.contains("{ "), "{message}");
    }
    assert_eq!(mock.registered_clients().len(), 0);
}
