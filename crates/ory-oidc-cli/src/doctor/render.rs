//! Shows a report to a person.

use super::finding::{Check, Report, Severity};
use crate::output::{BAD, FAINT, GOOD, STRONG, WARN, labelled, styled};

/// The width of the column with the names of the checks.
const NAME_WIDTH: usize = 13;

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
    let name = format!("{:NAME_WIDTH$}", check.name);
    let indent = NAME_WIDTH + 4;
    if check.skipped.is_some() {
        return String::new();
    }
    let mut text = String::new();
    if check.findings.is_empty() && !quiet {
        let facts = check.facts.join("; ");
        text += &labelled(&format!("✓ {name}"), &facts, 0).replacen('✓', &styled(GOOD, "✓"), 1);
    }
    for finding in &check.findings {
        let (style, sign) = match finding.severity {
            Severity::Error => (BAD, "✗"),
            Severity::Warning => (WARN, "!"),
        };
        let label = format!("{sign} {name}");
        text += &labelled(&label, &finding.problem, 0).replacen(sign, &styled(style, sign), 1);
        text += &labelled("fix", &finding.remedy, indent);
        text += &format!(
            "{:indent$}{}\n",
            "",
            styled(FAINT, format!("({})", finding.id))
        );
    }
    text
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
        text += &labelled(&format!("- {:NAME_WIDTH$}", "not checked"), &sentence, 0);
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
