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

#[cfg(test)]
mod tests {
    use super::differ_by_root_slash;

    #[test]
    fn only_the_root_slash_is_tolerated() {
        assert!(differ_by_root_slash(
            "https://a.example/",
            "https://a.example"
        ));
        assert!(differ_by_root_slash(
            "https://a.example",
            "https://a.example/"
        ));
        for (one, other) in [
            ("https://a.example/tenant/", "https://a.example/tenant"),
            ("https://a.example//", "https://a.example"),
            ("https://a.example//", "https://a.example/"),
            ("https://A.example/", "https://a.example"),
            ("https://a.example/?", "https://a.example/"),
            ("https://a.example/?x/", "https://a.example/?x"),
            ("https://a.example#x/", "https://a.example#x"),
            ("https://a.example\\/", "https://a.example\\"),
            ("https://a.example\0/", "https://a.example\0"),
            ("http://a.example/", "https://a.example"),
            ("/", ""),
        ] {
            assert!(!differ_by_root_slash(one, other), "{one} {other}");
        }
    }

    mod properties {
        use super::differ_by_root_slash;
        use proptest::prelude::*;

        proptest! {
            #[test]
            fn the_order_of_issuers_does_not_matter(one in any::<String>(), other in any::<String>()) {
                let differ = differ_by_root_slash(&one, &other);
                prop_assert_eq!(differ, differ_by_root_slash(&other, &one));
            }

            #[test]
            fn only_one_slash_is_tolerated(issuer in any::<String>()) {
                prop_assert!(!differ_by_root_slash(&issuer, &issuer));
                let with_slash = format!("{issuer}/");
                if differ_by_root_slash(&issuer, &with_slash) {
                    let one = url::Url::parse(&issuer).expect("the issuer is a URL");
                    let other = url::Url::parse(&with_slash).expect("the issuer is a URL");
                    prop_assert_eq!(one, other);
                }
            }

            #[test]
            fn slash_is_tolerated_after_hosts_and_not_after_paths(
                host in "[a-z]{1,9}(\\.[a-z]{1,9}){0,2}",
                path in "(/[a-z0-9]{1,9}){1,3}",
            ) {
                let bare = format!("https://{host}");
                let with_slash = format!("{bare}/");
                prop_assert!(differ_by_root_slash(&bare, &with_slash));
                let below = format!("{bare}{path}");
                let with_slash = format!("{below}/");
                prop_assert!(!differ_by_root_slash(&below, &with_slash));
            }
        }
    }
}
