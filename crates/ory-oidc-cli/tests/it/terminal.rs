//! Text, colors and the command line.

use crate::program::ory_oidc;
use ory_oidc_mock::OryMock;

const COMMANDS: [&str; 10] = [
    "doctor",
    "register",
    "show",
    "update",
    "rotate",
    "delete",
    "ensure",
    "adopt",
    "userinfo",
    "logout-url",
];

#[test]
fn every_command_has_help_with_examples() {
    let help = ory_oidc(["--help"]).run().ok();
    for part in ["Exit codes:", "Examples:", "0  done", "6  needs attention"] {
        assert!(help.contains(part), "{help}");
    }
    for command in COMMANDS {
        assert!(help.contains(command), "{command}");
        let help = ory_oidc([command, "--help"]).run().ok();
        assert!(help.contains("Example"), "{command}: {help}");
        assert!(
            help.contains(&format!("ory-oidc {command}")),
            "{command}: {help}"
        );
    }
}

#[test]
fn colors_are_for_terminals_or_on_request() {
    let ory = OryMock::start_blocking();
    let run = |arguments: [&str; 3]| ory_oidc(arguments);
    let has_colors = |text: &str| text.contains('\u{1b}');
    assert!(!has_colors(
        &run(["doctor", ory.url(), "--color=auto"]).run().ok()
    ));
    assert!(!has_colors(
        &run(["doctor", ory.url(), "--color=never"]).run().ok()
    ));
    let colored = run(["doctor", ory.url(), "--color=always"]).run().ok();
    assert!(has_colors(&colored), "{colored}");
    let json = run(["doctor", ory.url(), "--color=always"]).json(0);
    assert_eq!(json["url"], ory.url());
}

#[test]
fn the_report_shows_each_problem_with_its_remedy() {
    let ory = OryMock::builder()
        .issuer("https://id.example")
        .start_blocking();
    let done = ory_oidc(["doctor", ory.url()]).run();
    assert_eq!(done.code, 3, "{done:?}");
    for part in [
        "✓ metadata",
        "✗ issuer",
        "fix  ",
        "(issuer-host)",
        "1 error, ",
    ] {
        assert!(done.stdout.contains(part), "{}", done.stdout);
    }
    let quiet = ory_oidc(["doctor", ory.url(), "--quiet"]).run();
    assert!(!quiet.stdout.contains('✓'), "{}", quiet.stdout);
    assert!(quiet.stdout.contains("✗ issuer"), "{}", quiet.stdout);
}

#[test]
fn a_wrong_url_is_explained() {
    for url in [
        "id.example",
        "ftp://id.example",
        "https://user:zebra@id.example",
        "https://id.example?x",
    ] {
        let failed = ory_oidc(["doctor", url]).run();
        assert!(!failed.stderr.contains("zebra"));
        assert!(
            failed.failed(2).contains("such as https://id.example"),
            "{url}"
        );
    }
    let without = ory_oidc(["doctor"]).run().failed(2);
    assert!(without.contains("<URL>"), "{without}");
}
