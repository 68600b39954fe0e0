//! Fuzzes `Challenge::parse`, which decodes `WWW-Authenticate` headers (RFC 9110 §11.6.1).
#![no_main]

use std::fmt::Write as _;

use libfuzzer_sys::fuzz_target;
use ory_oidc::error::Challenge;

const NAMES: [&str; 4] = ["error", "error_description", "realm", "scope"];

fuzz_target!(|value: &str| {
    let challenges = Challenge::parse(value);
    for challenge in &challenges {
        assert!(is_token(challenge.scheme()), "the scheme is a token");
        for name in NAMES {
            let found = challenge.parameter(name);
            assert_eq!(found, challenge.parameter(&name.to_ascii_uppercase()));
            assert!(found.is_none_or(|found| found.len() <= value.len()));
        }
        assert_eq!(challenge.error(), challenge.parameter("error"));
        assert!(
            challenge
                .token68()
                .is_none_or(|token| value.contains(token))
        );
    }
    assert_round_trip(&challenges);

    // A malformed challenge does not cost the next one, unless it leaves a quote open.
    if !value.contains('"') {
        let followed = Challenge::parse(&format!("{value}, Next error=\"e\""));
        let (last, before) = followed
            .split_last()
            .expect("the last challenge is well formed");
        assert_eq!(before, challenges);
        assert_eq!((last.scheme(), last.error()), ("Next", Some("e")));
    }
});

/// Asserts that decoding the canonical form of a challenge, with quoted pairs, returns the same
/// challenge.
fn assert_round_trip(challenges: &[Challenge]) {
    for challenge in challenges {
        let mut text = format!("{} first=\"\"", challenge.scheme());
        for name in NAMES {
            if let Some(value) = challenge.parameter(name) {
                let quoted = value.replace('\\', r"\\").replace('"', r#"\""#);
                let _ = write!(text, ", {name}=\"{quoted}\"");
            }
        }
        let again = Challenge::parse(&text);
        assert_eq!(again.len(), 1, "one challenge decodes to one");
        assert_eq!(again[0].scheme(), challenge.scheme());
        for name in NAMES {
            assert_eq!(again[0].parameter(name), challenge.parameter(name));
        }
    }
}

fn is_token(text: &str) -> bool {
    let special = b"!#$%&'*+-.^_`|~";
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || special.contains(&byte);
    !text.is_empty() && text.bytes().all(fits)
}
