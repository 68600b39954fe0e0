//! Shows a report to a person.

use super::finding::{Check, Report, Severity};
use crate::output::{BAD, FAINT, GOOD, STRONG, WARN, labelled, paragraph, styled};
use anstyle::Style;

/// The width of the column with the names of the checks.
const NAME_WIDTH: usize = 13;
/// Where the sentences start: after the sign, the name and spaces.
const INDENT: usize = NAME_WIDTH + 4;

/// Returns the report as text. Facts and checks that were skipped are left out if `quiet`.
pub(crate) fn text(report: &Report, quiet: bool) -> String {
    let mut text = format!(
        "{}\n\n",
        styled(STRONG, format!("ory-oidc doctor {}", report.url))
    );
    for check in &report.checks {
        text += &check_text(check, quiet);
    }
    if !quiet {
        text += &skipped(&report.checks);
    }
    text += &format!("\n{}\n", verdict(report));
    text
}

fn check_text(check: &Check, quiet: bool) -> String {
    if check.skipped.is_some() {
        return String::new();
    }
    let mut text = String::new();
    if check.findings.is_empty() && !quiet {
        text += &line(GOOD, "✓", check.name, &check.facts.join("; "));
    }
    for finding in &check.findings {
        let (style, sign) = match finding.severity {
            Severity::Error => (BAD, "✗"),
            Severity::Warning => (WARN, "!"),
        };
        text += &line(style, sign, check.name, &finding.problem);
        text += &labelled("fix", &finding.remedy, INDENT);
        let id = styled(FAINT, format!("({})", finding.id));
        text += &format!("{:INDENT$}{id}\n", "");
    }
    text
}

fn line(style: Style, sign: &str, name: &str, sentence: &str) -> String {
    let start = format!("{} {name:NAME_WIDTH$}", styled(style, sign));
    paragraph(&start, INDENT, sentence)
}

/// Names the checks that were not made, once for each reason.
fn skipped(checks: &[Check]) -> String {
    let mut reasons: Vec<(&str, Vec<&str>)> = Vec::new();
    for check in checks {
        let Some(reason) = check.skipped.as_deref() else {
            continue;
        };
        match reasons.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, names)) => names.push(check.name),
            None => reasons.push((reason, vec![check.name])),
        }
    }
    let mut text = String::new();
    for (reason, names) in reasons {
        let sentence = format!("{}: {reason}", names.join(", "));
        text += &line(FAINT, "-", "not checked", &sentence);
    }
    text
}

fn verdict(report: &Report) -> String {
    let many = |count: usize, what: &str| match count {
        1 => format!("1 {what}"),
        _ => format!("{count} {what}s"),
    };
    let problems = [
        (report.errors, "error", BAD),
        (report.warnings, "warning", WARN),
    ];
    let problems = problems.into_iter().filter(|(count, ..)| *count > 0);
    let problems: Vec<_> = problems
        .map(|(count, what, style)| styled(style, many(count, what)))
        .collect();
    if problems.is_empty() {
        return styled(GOOD, "No problem found.");
    }
    problems.join(", ")
}
