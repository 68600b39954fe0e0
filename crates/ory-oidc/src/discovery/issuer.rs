//! The expected issuer.

use std::sync::Arc;
use url::Url;

/// The issuer that a client expects. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Issuer {
    text: Arc<str>,
    tolerate_root_slash: bool,
}

impl Issuer {
    pub(crate) fn new(text: impl Into<Arc<str>>, tolerate_root_slash: bool) -> Self {
        Self {
            text: text.into(),
            tolerate_root_slash,
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a text is this issuer, code point by code point, or differs in a tolerated way.
    pub(crate) fn matches(&self, found: &str) -> bool {
        found == self.as_str()
            || (self.tolerate_root_slash && differ_by_root_slash(found, self.as_str()))
    }
}

/// Whether two issuers differ only by the slash of the root: `https://host` and `https://host/`.
pub(crate) fn differ_by_root_slash(one: &str, other: &str) -> bool {
    let (long, short) = if one.len() > other.len() {
        (one, other)
    } else {
        (other, one)
    };
    // A slash at the end of a query, or after characters that a URL parser trims, is not the root's.
    let root = |text: &str| Url::parse(text).ok().filter(|url| url.path() == "/");
    long.strip_suffix('/') == Some(short)
        && !short.ends_with('/')
        && root(short).is_some_and(|url| root(long) == Some(url))
}
