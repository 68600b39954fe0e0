//! The rules of OpenID Connect Front-Channel Logout 1.0 §2.

use crate::support::http;
use ory_oidc::logout::{FrontChannelLogout, FrontChannelLogoutError, QueryError};
use ory_oidc::{Client, ClientBuilder, Error};
use proptest::prelude::*;

fn builder() -> ClientBuilder {
    Client::builder("https://ory.example").http_client(http())
}

fn client() -> Client {
    builder().build().expect("the URL is valid")
}

fn read(query: &str) -> Result<FrontChannelLogout, FrontChannelLogoutError> {
    client()
        .front_channel_logout(query)
        .map_err(|error| problem(&error))
}

fn problem(error: &Error) -> FrontChannelLogoutError {
    error
        .validation::<FrontChannelLogoutError>()
        .expect("the query fails a check")
        .clone()
}

#[test]
fn iss_and_sid_are_both_present_or_both_absent() {
    let logout =
        read("?iss=https%3A%2F%2Fory.example&sid=s1").expect("both parameters are present");
    assert_eq!(logout.issuer(), Some("https://ory.example"));
    assert_eq!(logout.sid(), Some("s1"));
    let logout = read("tenant=7").expect("both parameters are absent");
    assert_eq!((logout.issuer(), logout.sid()), (None, None));
    for (query, missing) in [
        ("iss=https://ory.example", "sid"),
        ("iss=https://ory.example&sid=", "sid"),
        ("sid=s1", "iss"),
        // An incomplete request is reported before a foreign issuer.
        ("iss=https://other.example", "sid"),
    ] {
        let error = read(query).expect_err(query);
        assert_eq!(error, FrontChannelLogoutError::Incomplete { missing });
    }
}

#[test]
fn other_issuers_are_refused() {
    for found in [
        "https://other.example",
        "https://ory.example/",
        "HTTPS://ory.example",
        "https://ory.example.other.example",
    ] {
        let error = read(&format!("iss={found}&sid=s1")).expect_err(found);
        let expected = "https://ory.example".to_owned();
        let found = found.to_owned();
        assert_eq!(
            error,
            FrontChannelLogoutError::ForeignIssuer { expected, found }
        );
    }
}

#[test]
fn root_slash_is_tolerated_if_the_client_tolerates_it() {
    let ory = builder().tolerate_root_slash_in_issuer(true).build();
    let ory = ory.expect("the URL is valid");
    let logout = ory.front_channel_logout("iss=https://ory.example/&sid=s1");
    assert!(
        logout
            .expect("the root slash is tolerated")
            .names_session("s1")
    );
    let foreign = ory.front_channel_logout("iss=https://ory.example/x/&sid=s1");
    foreign.expect_err("the issuer differs");
}

#[test]
fn session_can_be_required() {
    let with = read("iss=https://ory.example&sid=s1").expect("both parameters are present");
    assert_eq!(
        with.require_session()
            .expect("the request names a session")
            .sid(),
        Some("s1")
    );
    let without = read("")
        .expect("both parameters are absent")
        .require_session();
    let error = problem(&without.expect_err("the request names no session"));
    assert_eq!(error, FrontChannelLogoutError::SessionRequired);
}

#[test]
fn only_an_equal_sid_names_the_session() {
    let logout = read("iss=https://ory.example&sid=s1").expect("both parameters are present");
    assert!(logout.names_session("s1"));
    for other in ["", "s", "s11", "S1", "s2"] {
        assert!(!logout.names_session(other), "{other}");
    }
    let without = read("").expect("both parameters are absent");
    assert!(!without.names_session(""));
    assert!(!format!("{logout:?}").contains("s1"), "{logout:?}");
}

#[test]
fn repeated_parameter_is_refused() {
    for parameter in ["iss", "sid"] {
        let query = format!("iss=https://ory.example&sid=s1&{parameter}=x");
        let repeated = QueryError::Repeated { parameter };
        let error = read(&query).expect_err("the parameter is repeated");
        assert_eq!(error, FrontChannelLogoutError::Query(repeated));
    }
}

proptest! {
    #[test]
    fn no_query_makes_the_parser_panic(query in any::<String>()) {
        let _ = read(&query);
    }

    #[test]
    fn every_session_is_read(
        sid in ".{1,60}",
        own in proptest::collection::vec(("[a-d]{1,3}", any::<String>()), 0..4),
    ) {
        let query = url::form_urlencoded::Serializer::new(String::new())
            .extend_pairs(&own)
            .append_pair("iss", "https://ory.example")
            .append_pair("sid", &sid)
            .finish();
        let logout = read(&query).expect("both parameters are present");
        prop_assert_eq!(logout.sid(), Some(sid.as_str()));
        prop_assert!(logout.names_session(&sid));
    }
}
