//! Parses URIs as Go does.

/// An absolute URI or an absolute path, as Go's `url.ParseRequestURI` accepts them.
pub(crate) struct RequestUri<'a> {
    scheme: &'a str,
    pub(crate) authority: &'a str,
    /// The path, the query and the fragment.
    pub(crate) rest: &'a str,
}

impl<'a> RequestUri<'a> {
    pub(crate) fn parse(uri: &'a str) -> Option<Self> {
        if uri.is_empty() || uri.chars().any(|c| c.is_ascii_control()) {
            return None;
        }
        let scheme_end = uri.find(|c: char| !(c.is_ascii_alphanumeric() || "+-.".contains(c)));
        let (scheme, rest) = match scheme_end {
            Some(end)
                if uri[end..].starts_with(':')
                    && uri.starts_with(|c: char| c.is_ascii_alphabetic()) =>
            {
                (&uri[..end], &uri[end + 1..])
            }
            _ if uri.starts_with('/') => ("", uri),
            _ => return None,
        };
        let Some(after) = rest.strip_prefix("//").filter(|_| !scheme.is_empty()) else {
            return Some(Self {
                scheme,
                authority: "",
                rest,
            });
        };
        let (authority, rest) = after.split_at(after.find(['/', '?', '#']).unwrap_or(after.len()));
        (!authority.contains(' ')).then_some(Self {
            scheme,
            authority,
            rest,
        })
    }

    /// Whether the scheme is `http` or `https`.
    pub(crate) fn is_http(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("https") || self.scheme.eq_ignore_ascii_case("http")
    }

    /// Returns the scheme, and the host and port as written.
    pub(crate) fn origin(&self) -> (String, &str) {
        (
            self.scheme.to_ascii_lowercase(),
            self.authority.rsplit('@').next().unwrap_or_default(),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::RequestUri;

    #[test]
    fn uris_are_parsed_as_in_go() {
        for (uri, parts) in [
            (
                "https://a.example:8443/b?c",
                Some(("https", "a.example:8443", "/b?c")),
            ),
            ("myapp:callback", Some(("myapp", "", "callback"))),
            ("/path", Some(("", "", "/path"))),
            ("not a url", None),
            ("", None),
            ("https://a b/", None),
        ] {
            let parsed = RequestUri::parse(uri).map(|uri| (uri.scheme, uri.authority, uri.rest));
            assert_eq!(parsed, parts, "{uri}");
        }
    }
}
