//! Which issuers count as the expected one. Front-channel logout compares them like discovery does,
//! and sends nothing.

use crate::support::http;
use ory_oidc::Client;
use proptest::prelude::*;

/// Whether a client that tolerates the slash of the root accepts another issuer than the expected.
fn is_accepted(expected: &str, found: &str) -> bool {
    let client = Client::builder("https://ory.example")
        .http_client(http())
        .issuer(expected)
        .tolerate_root_slash_in_issuer(true)
        .build()
        .expect("the base URL is valid");
    let query = url::form_urlencoded::Serializer::new(String::new())
        .append_pair("iss", found)
        .append_pair("sid", "s1")
        .finish();
    client.front_channel_logout(&query).is_ok()
}

#[test]
fn only_the_root_slash_is_tolerated() {
    let (bare, slash) = ("https://a.example", "https://a.example/");
    assert!(is_accepted(bare, slash));
    assert!(is_accepted(slash, bare));
    for (one, other) in [
        ("https://a.example/tenant/", "https://a.example/tenant"),
        ("https://a.example//", bare),
        ("https://a.example//", slash),
        ("https://A.example/", bare),
        ("https://a.example/?", slash),
        ("https://a.example/?x/", "https://a.example/?x"),
        ("https://a.example#x/", "https://a.example#x"),
        ("https://a.example\\/", "https://a.example\\"),
        ("https://a.example\0/", "https://a.example\0"),
        ("http://a.example/", bare),
        ("/", ""),
    ] {
        assert!(!is_accepted(one, other), "{one} {other}");
        assert!(!is_accepted(other, one), "{one} {other}");
    }
}

proptest! {
    #[test]
    fn expected_and_found_issuer_may_be_exchanged(one in any::<String>(), other in any::<String>()) {
        prop_assert_eq!(is_accepted(&one, &other), is_accepted(&other, &one));
    }

    #[test]
    fn only_one_slash_is_tolerated(issuer in ".{1,40}") {
        prop_assert!(is_accepted(&issuer, &issuer));
        let with_slash = format!("{issuer}/");
        if is_accepted(&issuer, &with_slash) {
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
        prop_assert!(is_accepted(&bare, &with_slash));
        let below = format!("{bare}{path}");
        let with_slash = format!("{below}/");
        prop_assert!(!is_accepted(&below, &with_slash));
    }
}
