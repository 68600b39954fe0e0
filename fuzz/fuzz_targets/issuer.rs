//! The one difference between issuers that can be tolerated: the slash of the root.
//!
//! The input is two issuers, one a line.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ory_oidc::fuzzing::differ_by_root_slash;
use url::Url;

fuzz_target!(|issuers: &str| {
    let (one, other) = issuers.split_once('\n').unwrap_or((issuers, ""));
    check(one, other);
    check(one, &format!("{one}/"));
    check(one, &format!("{one}//"));
    check(one, &format!("{one}/{other}"));
    check(one, &one.to_ascii_uppercase());
});

fn check(one: &str, other: &str) {
    let tolerated = differ_by_root_slash(one, other);
    assert_eq!(tolerated, differ_by_root_slash(other, one), "symmetric");
    if !tolerated {
        return;
    }
    assert_eq!(one.len().abs_diff(other.len()), 1, "one character");
    let (long, short) = if one.len() > other.len() {
        (one, other)
    } else {
        (other, one)
    };
    assert_eq!(long, format!("{short}/"), "a slash at the end");
    assert!(!differ_by_root_slash(long, long) && !differ_by_root_slash(short, short));
    assert!(
        !differ_by_root_slash(short, &format!("{long}/")),
        "one slash"
    );
    let (long, short) = (Url::parse(long), Url::parse(short));
    assert_eq!(long, short, "the same resource");
    let url = short.expect("only URLs are tolerated");
    assert_eq!(url.path(), "/");
    assert!(url.query().is_none() && url.fragment().is_none());
}
