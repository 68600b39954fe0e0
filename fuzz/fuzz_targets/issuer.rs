//! Fuzzes the only tolerated difference between issuers: the slash of an empty path.
//!
//! The input is two issuers, one per line.
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
    assert_eq!(
        tolerated,
        differ_by_root_slash(other, one),
        "the comparison is symmetric"
    );
    if !tolerated {
        return;
    }
    assert_eq!(
        one.len().abs_diff(other.len()),
        1,
        "only one character differs"
    );
    let (long, short) = if one.len() > other.len() {
        (one, other)
    } else {
        (other, one)
    };
    assert_eq!(
        long,
        format!("{short}/"),
        "the difference is a trailing slash"
    );
    assert!(!differ_by_root_slash(long, long) && !differ_by_root_slash(short, short));
    assert!(
        !differ_by_root_slash(short, &format!("{long}/")),
        "a second slash is not tolerated"
    );
    let (long, short) = (Url::parse(long), Url::parse(short));
    assert_eq!(long, short, "both are the same URL");
    let url = short.expect("a tolerated issuer is a URL");
    assert_eq!(url.path(), "/");
    assert!(url.query().is_none() && url.fragment().is_none());
}
