//! The browser's return from a logout (OpenID Connect RP-Initiated Logout 1.0 §3): which queries
//! confirm it.

use ory_oidc::Error;
use ory_oidc::error::ErrorCode;
use ory_oidc::logout::{LogoutCallback, LogoutCallbackError, LogoutState, QueryError};
use proptest::prelude::*;

/// The largest query, in bytes.
const MAX_QUERY_BYTES: usize = 16 * 1024;

fn check(query: &str, sent: Option<&str>) -> Result<(), LogoutCallbackError> {
    let sent = sent.map(LogoutState::new);
    LogoutCallback::from_query(query)?.check(sent.as_ref())
}

#[test]
fn state_must_be_the_one_that_was_sent() {
    use LogoutCallbackError::{StateMismatch, StateMissing, StateUnexpected};

    for (query, sent, expected) in [
        ("state=xyz", Some("xyz"), Ok(())),
        ("", None, Ok(())),
        ("state=", None, Ok(())),
        ("", Some("xyz"), Err(StateMissing)),
        ("state=", Some("xyz"), Err(StateMissing)),
        ("state=", Some(""), Err(StateMissing)),
        ("state=XYZ", Some("xyz"), Err(StateMismatch)),
        ("state=xyzz", Some("xyz"), Err(StateMismatch)),
        ("state=xyz", None, Err(StateUnexpected)),
        // A wrong state takes precedence over the error.
        ("state=x&error=y", Some("xyz"), Err(StateMismatch)),
        ("state=x&error=y", None, Err(StateUnexpected)),
    ] {
        assert_eq!(check(query, sent), expected, "{query} {sent:?}");
    }
}

#[test]
fn refusal_is_read_with_and_without_a_state() {
    let texts = "error=invalid_request&error_description=a+b&error_hint=c&error_debug=d";
    for (query, sent) in [
        (texts.to_owned(), None),
        (texts.to_owned(), Some("xyz")),
        (format!("{texts}&state=xyz"), Some("xyz")),
    ] {
        let Err(LogoutCallbackError::Refused(refusal)) = check(&query, sent) else {
            panic!("{query} was not refused");
        };
        assert_eq!(refusal.code(), &ErrorCode::InvalidRequest);
        assert_eq!(refusal.description(), Some("a b"));
        assert_eq!((refusal.hint(), refusal.debug()), (Some("c"), Some("d")));
        assert_eq!(refusal.to_string(), "invalid_request: a b (c)");
    }
}

#[test]
fn description_without_an_error_is_not_a_refusal() {
    assert_eq!(check("error_description=a&error=", None), Ok(()));
}

#[test]
fn repeated_parameter_is_refused() {
    for parameter in ["state", "error", "error_description", "error_hint"] {
        let query = format!("{parameter}=a&state=x&error=y&error_description=z&error_hint=w");
        let expected = Err(LogoutCallbackError::Query(QueryError::Repeated {
            parameter,
        }));
        assert_eq!(check(&query, Some("x")), expected);
    }
}

#[test]
fn hostile_text_is_shortened_and_the_state_is_not_shown() {
    let query = format!(
        "state=hush&error=%1b[31m&error_description={}",
        "x".repeat(9_000)
    );
    let callback = LogoutCallback::from_query(&query).expect("the query is below the limit");
    let shown = format!("{callback:?}");
    let error = callback
        .check(&LogoutState::new("hush"))
        .expect_err("the query has an error");
    for shown in [
        shown,
        error.to_string(),
        format!("{error:?}"),
        format!("{:?}", Error::from(error)),
    ] {
        assert!(!shown.contains("hush"), "{shown}");
        assert!(!shown.contains('\u{1b}'), "{shown}");
        assert!(shown.len() < 3_000, "{} bytes", shown.len());
    }
}

/// Checks that the parameter `state` has this value, or that there is none.
fn assert_state(query: &str, expected: Option<&str>) {
    let (sent, outcome) = match expected {
        Some(value) => (value, Ok(())),
        None => ("sent", Err(LogoutCallbackError::StateMissing)),
    };
    assert_eq!(check(query, Some(sent)), outcome, "{query}");
}

#[test]
fn query_is_found_in_a_query_a_request_target_and_a_url() {
    for text in [
        "state=x%20y",
        "?state=x+y",
        "/bye?state=x%20y",
        "https://app.example/bye?state=x%20y",
        "https://app.example/bye?tenant=1&state=x%20y#top",
        "com.example.app:/bye?state=x%20y",
        "why=what%3F?&state=x%20y",
        "tenant:id=7&state=x%20y",
        "tenant:id=7?&state=x%20y",
    ] {
        assert_state(text, Some("x y"));
    }
    for text in ["", "?", "/state=x", "https://app.example/bye", "#state=x"] {
        assert_state(text, None);
    }
}

#[test]
fn parameter_without_a_value_is_absent() {
    for text in ["state", "state=", "states=x", "State=x"] {
        assert_state(text, None);
    }
}

#[test]
fn repeated_parameter_is_refused_if_it_is_read() {
    let repeated = QueryError::Repeated { parameter: "state" };
    let repeated = Err(LogoutCallbackError::Query(repeated));
    for text in ["state=x&state=x", "state=&state=x", "state=x&st%61te=y"] {
        assert_eq!(check(text, Some("x")), repeated, "{text}");
    }
    assert_state("tag=a&tag=b&state=x", Some("x"));
}

#[test]
fn query_beyond_the_limit_is_refused() {
    let value = "x".repeat(MAX_QUERY_BYTES - "state=".len());
    assert_state(&format!("state={value}"), Some(&value));
    let too_long = Err(LogoutCallbackError::Query(QueryError::TooLong));
    assert_eq!(check(&format!("state={value}x"), Some(&value)), too_long);
}

#[cfg(any(feature = "jwt", feature = "rustls"))]
#[test]
fn random_states_have_256_bits_and_do_not_repeat() {
    let mut seen = std::collections::HashSet::new();
    for _ in 0..100 {
        let state = LogoutState::random().expect("the system has random numbers");
        let text = state.expose();
        assert_eq!(text.len(), 43);
        let plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        assert!(text.chars().all(plain), "the state needs no escaping");
        assert!(seen.insert(text.to_owned()), "the state is repeated");
    }
}

proptest! {
    #[test]
    fn no_query_makes_the_parser_panic(query in any::<String>(), sent in any::<String>()) {
        let _ = check(&query, Some(&sent));
    }

    #[test]
    fn every_state_is_read_and_compared(
        sent in ".{1,60}",
        own in proptest::collection::vec(("[a-d]{1,3}", any::<String>()), 0..4),
    ) {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&own).append_pair("state", &sent);
        let query = query.finish();
        prop_assert_eq!(check(&query, Some(&sent)), Ok(()));
        let other = format!("{sent}x");
        prop_assert_eq!(
            check(&query, Some(&other)),
            Err(LogoutCallbackError::StateMismatch)
        );
    }

    #[test]
    fn every_written_state_is_read_from_queries_targets_and_urls(
        value in ".{1,40}",
        own in proptest::collection::vec(("[a-r]{0,9}", any::<String>()), 0..4),
        before in prop::sample::select(&["", "?", "/bye?", "https://a.example/?", "app:/?"]),
    ) {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(&own).append_pair("state", &value);
        assert_state(&format!("{before}{}", query.finish()), Some(&value));
    }

    #[test]
    fn every_refusal_is_read(code in ".{1,40}", why in ".{1,200}") {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("error", &code)
            .append_pair("error_description", &why)
            .finish();
        let Err(LogoutCallbackError::Refused(refusal)) = check(&query, None) else {
            return Err(TestCaseError::fail("not a refusal"));
        };
        prop_assert_eq!(refusal.code().as_str(), code);
        prop_assert_eq!(refusal.description(), Some(why.as_str()));
    }
}
