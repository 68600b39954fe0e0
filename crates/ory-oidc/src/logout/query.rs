//! Parses a query that a browser sends. It is untrusted.

use std::fmt;
use url::form_urlencoded;

/// The largest query, in bytes. Ory's longest explanations have a few thousand bytes.
const MAX_QUERY_BYTES: usize = 16 * 1024;

/// A query is invalid.
///
/// ```
/// use ory_oidc::logout::{LogoutCallback, LogoutCallbackError, QueryError};
///
/// let error = LogoutCallback::from_query("state=a&state=b").unwrap_err();
/// let repeated = QueryError::Repeated { parameter: "state" };
/// assert_eq!(error, LogoutCallbackError::Query(repeated));
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum QueryError {
    /// The query is larger than 16 KiB.
    TooLong,
    /// A parameter is repeated, which RFC 6749 §3.1 forbids: readers differ about which one counts.
    Repeated {
        /// The name of the parameter.
        parameter: &'static str,
    },
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => write!(f, "the query is larger than {MAX_QUERY_BYTES} bytes"),
            Self::Repeated { parameter } => write!(f, "the query repeats {parameter}"),
        }
    }
}

impl std::error::Error for QueryError {}

/// Returns the values of some parameters. One without a value is absent (RFC 6749 §3.1). Other
/// parameters are ignored.
pub(super) fn parameters<const N: usize>(
    text: &str,
    names: [&'static str; N],
) -> Result<[Option<String>; N], QueryError> {
    if text.len() > MAX_QUERY_BYTES {
        return Err(QueryError::TooLong);
    }
    let mut values = [const { None }; N];
    for (name, value) in form_urlencoded::parse(query_of(text).as_bytes()) {
        let Some(index) = names.iter().position(|known| *known == name) else {
            continue;
        };
        if values[index].replace(value.into_owned()).is_some() {
            let parameter = names[index];
            return Err(QueryError::Repeated { parameter });
        }
    }
    Ok(values.map(|value| value.filter(|text| !text.is_empty())))
}

/// Returns the query in a text: a query, a request target (`/bye?state=…`) or a URL.
fn query_of(text: &str) -> &str {
    let text = text.split('#').next().unwrap_or_default();
    match text.strip_prefix('?') {
        Some(query) => query,
        None if text.starts_with('/') || has_scheme(text) => {
            text.split_once('?').map_or("", |(_, query)| query)
        }
        None => text,
    }
}

/// Whether a text starts like a URL with a path (RFC 3986 §3.1). A colon alone is not enough: a query
/// may contain one (§3.4).
fn has_scheme(text: &str) -> bool {
    let Some((scheme, _)) = text.split_once(":/") else {
        return false;
    };
    let rest = |c: char| c.is_ascii_alphanumeric() || "+-.".contains(c);
    scheme.starts_with(|c: char| c.is_ascii_alphabetic()) && scheme.chars().all(rest)
}
