//! Finds small differences between URIs.

/// The small difference between a URI and a registered one. Ory compares them exactly.
///
/// ```
/// use ory_oidc::logout::{LogoutProblem, NearMiss};
///
/// let problem = LogoutProblem::RedirectUriNotRegistered { near: Some(NearMiss::Slash) };
/// assert!(problem.to_string().contains("differs from a registered one by a trailing slash"));
/// ```
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NearMiss {
    /// They differ by the slash at the end of the path.
    Slash,
    /// They differ by upper and lower case.
    Case,
    /// They differ by both.
    SlashAndCase,
}

impl NearMiss {
    pub(super) fn between(one: &str, other: &str) -> Option<Self> {
        let bare = (without_slash(one), without_slash(other));
        let lower = |(path, rest): (&str, &str)| (path.to_lowercase(), rest.to_lowercase());
        if bare.0 == bare.1 {
            Some(Self::Slash)
        } else if one.to_lowercase() == other.to_lowercase() {
            Some(Self::Case)
        } else if lower(bare.0) == lower(bare.1) {
            Some(Self::SlashAndCase)
        } else {
            None
        }
    }
}

/// Splits a URI after its path. The first part has no trailing slash.
fn without_slash(uri: &str) -> (&str, &str) {
    let (path, rest) = uri.split_at(uri.find(['?', '#']).unwrap_or(uri.len()));
    (path.strip_suffix('/').unwrap_or(path), rest)
}
