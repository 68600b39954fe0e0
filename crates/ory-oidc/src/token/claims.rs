//! The claims that every token has (RFC 7519 §4.1).

use super::compact::object;
use super::error::TokenProblem;
use serde_json::{Map, Value};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// The claims of a token whose signature was verified.
#[derive(Debug)]
pub(crate) struct Claims(Map<String, Value>);

impl Claims {
    pub(crate) fn parse(payload: &[u8]) -> Result<Self, TokenProblem> {
        object(payload).map(Self)
    }

    /// Checks issuer and audience.
    pub(crate) fn check(&self, issuer: &str, client_id: &str) -> Result<(), TokenProblem> {
        if self.text("iss")?.ok_or(TokenProblem::ClaimMissing("iss"))? != issuer {
            return Err(TokenProblem::WrongIssuer);
        }
        let is_for_client = match self.get("aud").ok_or(TokenProblem::ClaimMissing("aud"))? {
            Value::String(audience) => audience == client_id,
            Value::Array(audiences) => audiences.iter().any(|audience| audience == client_id),
            _ => return Err(TokenProblem::ClaimMalformed("aud")),
        };
        is_for_client
            .then_some(())
            .ok_or(TokenProblem::WrongAudience)
    }

    /// Checks the times. None is required; Ory sends no `exp`.
    pub(crate) fn check_times(
        &self,
        now: SystemTime,
        leeway: Duration,
    ) -> Result<(), TokenProblem> {
        let now = seconds(now);
        let leeway = leeway.as_secs_f64();
        if self.time("exp")?.is_some_and(|exp| now >= exp + leeway) {
            return Err(TokenProblem::Expired);
        }
        if self.time("nbf")?.is_some_and(|nbf| now < nbf - leeway) {
            return Err(TokenProblem::NotYetValid);
        }
        if self.time("iat")?.is_some_and(|iat| now < iat - leeway) {
            return Err(TokenProblem::IssuedInTheFuture);
        }
        Ok(())
    }

    /// Checks that the token was issued at most so long ago. `iat` is required.
    pub(crate) fn check_age(&self, now: SystemTime, max_age: Duration) -> Result<(), TokenProblem> {
        let issued = self.time("iat")?.ok_or(TokenProblem::ClaimMissing("iat"))?;
        if seconds(now) > issued + max_age.as_secs_f64() {
            return Err(TokenProblem::TooOld);
        }
        Ok(())
    }

    /// Checks that the token has none of these claims.
    pub(crate) fn forbid(&self, names: &[&'static str]) -> Result<(), TokenProblem> {
        let found = names.iter().find(|name| self.get(name).is_some());
        found.map_or(Ok(()), |name| Err(TokenProblem::ClaimForbidden(name)))
    }

    /// Returns a claim. One that is `null` is absent.
    pub(crate) fn get(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !value.is_null())
    }

    /// Returns a text claim; [`None`] if it is absent or empty.
    pub(crate) fn text(&self, name: &'static str) -> Result<Option<&str>, TokenProblem> {
        match self.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str()).filter(|text| !text.is_empty())),
            Some(_) => Err(TokenProblem::ClaimMalformed(name)),
        }
    }

    /// Returns a `NumericDate`: seconds since 1970-01-01T00:00:00Z, with an optional fraction.
    pub(crate) fn time(&self, name: &'static str) -> Result<Option<f64>, TokenProblem> {
        match self.get(name) {
            None => Ok(None),
            Some(value) => value
                .as_f64()
                .map(Some)
                .ok_or(TokenProblem::ClaimMalformed(name)),
        }
    }
}

/// Converts a time to seconds since 1970-01-01T00:00:00Z.
fn seconds(time: SystemTime) -> f64 {
    time.duration_since(UNIX_EPOCH)
        .unwrap_or_default()
        .as_secs_f64()
}
