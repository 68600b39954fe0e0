//! The result of a comparison.

use std::fmt;

use super::declared::Declared;

/// A part of a response that differs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The name of the request.
    pub request: String,
    /// The place in the response: `status`, `header location`, `body.client_name`.
    pub place: String,
    /// What Hydra sent.
    pub hydra: Option<String>,
    /// What the mock server sent.
    pub mock: Option<String>,
}

/// The differences between the servers, and which of them are declared.
#[derive(Debug)]
pub struct Report {
    requests: usize,
    differences: Vec<Difference>,
    declared: Vec<Declared>,
}

impl Report {
    pub(super) fn new(
        requests: usize,
        differences: Vec<Difference>,
        declared: Vec<Declared>,
    ) -> Self {
        Self {
            requests,
            differences,
            declared,
        }
    }

    /// Returns the number of requests that were sent to each server.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.requests
    }

    /// Returns the differences that are not declared.
    pub fn undeclared(&self) -> impl Iterator<Item = &Difference> {
        self.differences.iter().filter(|difference| {
            let mut declared = self.declared.iter();
            !declared.any(|known| known.covers(&difference.request, &difference.place))
        })
    }

    /// Returns what is declared and no longer differs: the name of the declaration, and the request or
    /// the place.
    #[must_use]
    pub fn stale(&self) -> Vec<(&str, &str)> {
        let mut stale = Vec::new();
        for known in &self.declared {
            let differs: Vec<_> = self
                .differences
                .iter()
                .filter(|found| known.covers(&found.request, &found.place))
                .collect();
            for request in known.requests() {
                if !differs.iter().any(|found| found.request == request) {
                    stale.push((known.name.as_str(), request));
                }
            }
            for place in known.places() {
                if !differs.iter().any(|found| found.place == place) {
                    stale.push((known.name.as_str(), place));
                }
            }
        }
        stale
    }

    /// Returns the declared differences.
    #[must_use]
    pub fn declared(&self) -> &[Declared] {
        &self.declared
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let none = "(absent)";
        writeln!(f, "requests sent to each server: {}", self.requests)?;
        writeln!(f, "differences: {}", self.undeclared().count())?;
        for difference in self.undeclared() {
            let Difference {
                request,
                place,
                hydra,
                mock,
            } = difference;
            writeln!(f, "  {request}: {place}")?;
            writeln!(f, "    Hydra: {}", hydra.as_deref().unwrap_or(none))?;
            writeln!(f, "    mock:  {}", mock.as_deref().unwrap_or(none))?;
        }
        writeln!(f, "declared differences: {}", self.declared.len())?;
        for known in &self.declared {
            writeln!(f, "  {}: {}", known.name, known.reason)?;
        }
        for (name, gone) in self.stale() {
            writeln!(f, "declared but equal now: {name}: {gone}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Difference, Report};
    use crate::comparison::declared::parse;

    const DECLARED: &str = r#"[{
        "name": "n", "reason": "r", "requests": ["one", "two"], "places": ["status", "body.a"]
    }]"#;

    fn difference(request: &str, place: &str) -> Difference {
        Difference {
            request: request.to_owned(),
            place: place.to_owned(),
            hydra: Some("1".to_owned()),
            mock: None,
        }
    }

    #[test]
    fn a_difference_is_undeclared_unless_its_request_and_its_place_are_declared() {
        let found = vec![
            difference("one", "status"),
            difference("one", "body.b"),
            difference("three", "status"),
        ];
        let report = Report::new(3, found.clone(), parse(DECLARED));
        let undeclared: Vec<_> = report.undeclared().cloned().collect();
        assert_eq!(undeclared, found[1..]);
    }

    #[test]
    fn a_declared_request_or_place_that_no_longer_differs_is_stale() {
        let all = vec![difference("one", "status"), difference("two", "body.a")];
        assert_eq!(Report::new(2, all.clone(), parse(DECLARED)).stale(), []);
        let one = vec![all[0].clone()];
        let report = Report::new(2, one, parse(DECLARED));
        assert_eq!(report.stale(), [("n", "two"), ("n", "body.a")]);
    }
}
