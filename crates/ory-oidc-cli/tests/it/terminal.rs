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

#[cfg(target_os = "linux")]
#[test]
fn a_result_that_cannot_be_written_is_a_failure() {
    let ory = OryMock::start_blocking();
    let full = std::fs::File::options().write(true).open("/dev/full");
    let full = full.expect("Linux has a full device");
    let done = ory_oidc(["logout-url", "--json"])
        .server(ory.url())
        .output_to(full);
    let failed = done.failed(6);
    assert!(failed.contains("could not be written"), "{failed}");
}

#[test]
fn a_suggested_command_can_be_pasted_into_a_shell() {
    let ory = OryMock::start_blocking();
    let folder = tempfile::tempdir().expect("a folder");
    std::fs::create_dir(folder.path().join("store")).expect("a folder");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let private = std::fs::Permissions::from_mode(0o700);
        std::fs::set_permissions(folder.path().join("store"), private).expect("it is ours");
    }
    let failed = ory_oidc(["show", "my app; reboot"])
        .server(ory.url())
        .store(folder.path().join("store"))
        .run()
        .failed(4);
    assert!(
        failed.contains("register 'my app; reboot' --redirect-uri"),
        "{failed}"
    );
}
