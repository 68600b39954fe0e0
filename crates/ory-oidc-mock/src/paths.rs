//! The paths of the endpoints that a gateway in front of Hydra may move.

use std::borrow::Cow;

const USERINFO: &str = "/userinfo";
const REGISTRATION: &str = "/oauth2/register";
const REVOCATION: &str = "/oauth2/revoke";

/// The paths that differ from Hydra's.
#[derive(Clone, Default)]
pub(crate) struct Paths {
    pub(crate) userinfo: Option<String>,
    pub(crate) registration: Option<String>,
    pub(crate) revocation: Option<String>,
}

impl Paths {
    pub(crate) fn userinfo(&self) -> &str {
        self.userinfo.as_deref().unwrap_or(USERINFO)
    }

    pub(crate) fn registration(&self) -> &str {
        self.registration.as_deref().unwrap_or(REGISTRATION)
    }

    pub(crate) fn revocation(&self) -> &str {
        self.revocation.as_deref().unwrap_or(REVOCATION)
    }

    /// Returns Hydra's path for the path of a request. [`None`] if it was moved elsewhere.
    pub(crate) fn at_hydra<'a>(&self, path: &'a str) -> Option<Cow<'a, str>> {
        for (moved, own) in [
            (&self.userinfo, USERINFO),
            (&self.registration, REGISTRATION),
            (&self.revocation, REVOCATION),
        ] {
            let Some(moved) = moved else {
                continue;
            };
            if let Some(rest) = below(path, moved) {
                return Some(format!("{own}{rest}").into());
            }
            if below(path, own).is_some() {
                return None;
            }
        }
        Some(path.into())
    }
}

/// Returns the rest of a path at or below another one.
fn below<'a>(path: &'a str, other: &str) -> Option<&'a str> {
    let rest = path.strip_prefix(other)?;
    (rest.is_empty() || rest.starts_with('/')).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::Paths;

    #[test]
    fn a_moved_endpoint_is_only_at_its_new_path() {
        let paths = Paths {
            registration: Some("/clients".to_owned()),
            ..Paths::default()
        };
        for (path, expected) in [
            ("/clients", Some("/oauth2/register")),
            ("/clients/a", Some("/oauth2/register/a")),
            ("/oauth2/register", None),
            ("/oauth2/register/a", None),
            ("/clientsfile", Some("/clientsfile")),
            ("/userinfo", Some("/userinfo")),
        ] {
            assert_eq!(paths.at_hydra(path).as_deref(), expected, "{path}");
        }
    }
}
