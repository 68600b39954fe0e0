//! What the checks find.

use serde::Serialize;

/// How bad a finding is.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    /// Something does not work, or not for everybody.
    Warning,
    /// Clients cannot work, or secrets are at risk.
    Error,
}

/// A problem, and what to do about it.
#[derive(Debug, Serialize)]
pub(crate) struct Finding {
    /// Names the kind of problem. It never changes.
    pub(crate) id: &'static str,
    pub(crate) severity: Severity,
    pub(crate) problem: String,
    pub(crate) remedy: String,
}

/// One thing that was checked.
#[derive(Debug, Serialize)]
pub(crate) struct Check {
    pub(crate) name: &'static str,
    /// What is as it should be.
    pub(crate) facts: Vec<String>,
    pub(crate) findings: Vec<Finding>,
    /// Why the check was not made.
    pub(crate) skipped: Option<String>,
}

/// The outcome of all checks.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) url: String,
    pub(crate) issuer: Option<String>,
    pub(crate) errors: usize,
    pub(crate) warnings: usize,
    pub(crate) checks: Vec<Check>,
}

impl Check {
    pub(super) fn new(name: &'static str) -> Self {
        Self {
            name,
            facts: Vec::new(),
            findings: Vec::new(),
            skipped: None,
        }
    }

    pub(super) fn skipped(name: &'static str, reason: impl Into<String>) -> Self {
        Self {
            skipped: Some(reason.into()),
            ..Self::new(name)
        }
    }

    pub(super) fn fact(&mut self, fact: impl Into<String>) {
        self.facts.push(fact.into());
    }

    pub(super) fn error(
        &mut self,
        id: &'static str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.add(Severity::Error, id, problem.into(), remedy.into());
    }

    pub(super) fn warn(
        &mut self,
        id: &'static str,
        problem: impl Into<String>,
        remedy: impl Into<String>,
    ) {
        self.add(Severity::Warning, id, problem.into(), remedy.into());
    }

    fn add(&mut self, severity: Severity, id: &'static str, problem: String, remedy: String) {
        self.findings.push(Finding {
            id,
            severity,
            problem,
            remedy,
        });
    }

    pub(super) fn severity(&self) -> Option<Severity> {
        self.findings.iter().map(|finding| finding.severity).max()
    }
}

impl Report {
    pub(super) fn new(url: &str, issuer: Option<String>, checks: Vec<Check>) -> Self {
        let count = |severity| {
            let findings = checks.iter().flat_map(|check| &check.findings);
            findings.filter(|one| one.severity == severity).count()
        };
        Self {
            url: url.to_owned(),
            issuer,
            errors: count(Severity::Error),
            warnings: count(Severity::Warning),
            checks,
        }
    }

    /// Returns how bad the worst finding is.
    pub(crate) fn worst(&self) -> Option<Severity> {
        self.checks.iter().filter_map(Check::severity).max()
    }
}
