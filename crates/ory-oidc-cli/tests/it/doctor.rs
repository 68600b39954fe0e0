//! `ory-oidc doctor`, on set-ups that are broken on purpose.

mod hydra;
mod mock;
mod setups;

use crate::program::ory_oidc;
use serde_json::Value;

/// Runs the doctor and returns its report.
fn report(url: &str, options: &[&str]) -> Value {
    let arguments = ["doctor", url, "--strict"].into_iter();
    let done = ory_oidc(arguments.chain(options.iter().copied()).chain(["--json"])).run();
    let report: Value = serde_json::from_str(&done.stdout).expect("the report is JSON");
    let is_clean = report["errors"] == 0 && report["warnings"] == 0;
    assert_eq!(done.code, if is_clean { 0 } else { 3 }, "{done:?}");
    report
}

/// Returns the findings of a report: each id with its remedy.
fn findings(report: &Value) -> Vec<(String, String)> {
    let checks = report["checks"].as_array().expect("a list of checks");
    let findings = checks
        .iter()
        .flat_map(|check| check["findings"].as_array().expect("a list"));
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    findings
        .map(|finding| {
            assert!(!text(&finding["problem"]).is_empty());
            (text(&finding["id"]), text(&finding["remedy"]))
        })
        .collect()
}

/// Checks that exactly these problems are found, each with a remedy that contains the text.
fn assert_found(setup: &str, report: &Value, expected: &[(&str, &str)]) {
    let found = findings(report);
    let mut ids: Vec<_> = found.iter().map(|(id, _)| id.as_str()).collect();
    let mut wanted: Vec<_> = expected.iter().map(|(id, _)| *id).collect();
    ids.sort_unstable();
    wanted.sort_unstable();
    assert_eq!(ids, wanted, "{setup}: {report:#}");
    for (id, remedy) in expected {
        let has = |found: &(String, String)| found.0 == *id && found.1.contains(remedy);
        assert!(
            found.iter().any(has),
            "{setup}: {id} has no remedy {remedy:?}: {report:#}"
        );
    }
}
