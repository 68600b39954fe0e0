//! Fuzzes the queries that a browser brings back from a logout: to the post-logout redirect URI, and to
//! the `frontchannel_logout_uri`.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use ory_oidc::logout::{LogoutCallback, LogoutCallbackError, LogoutState};
use ory_oidc::{Client, reqwest};
use url::form_urlencoded;

const ISSUER: &str = "https://ory.example";

/// The longest message, with room for a few texts of the server.
const MAX_MESSAGE: usize = 16 * 1024;

static ORY: LazyLock<Client> = LazyLock::new(|| {
    let builder = Client::builder(ISSUER).http_client(reqwest::Client::new());
    builder.build().expect("the base URL is valid")
});

fuzz_target!(|query: &str| {
    check_callback(query);
    check_front_channel(query);
    for prefix in ["?", "/bye?", "https://app.example/bye?"] {
        check_callback(&format!("{prefix}{query}"));
        check_front_channel(&format!("{prefix}{query}"));
    }
    // The state comes back exactly once, and nothing in it is read as another parameter.
    let state = LogoutState::new(format!("s{query}"));
    let written: String = form_urlencoded::Serializer::new(String::new())
        .append_pair("state", state.expose())
        .finish();
    match LogoutCallback::from_query(&written) {
        Ok(callback) => callback.check(&state).expect("the state is the same"),
        Err(LogoutCallbackError::Query(_)) => assert!(written.len() > 16 * 1024),
        Err(error) => panic!("{error}"),
    }
});

fn check_callback(query: &str) {
    let callback = LogoutCallback::from_query(query);
    check_shown(&format!("{callback:?}"));
    let Ok(callback) = callback else {
        return;
    };
    assert!(query.len() <= 16 * 1024 + 32, "a large query is refused");
    let other = LogoutState::new("a state that no input contains \u{1f512}");
    if let Err(error) = callback.clone().check(None) {
        check_shown(&error.to_string());
    }
    let error = callback.check(&other).expect_err("the state is another");
    check_shown(&error.to_string());
}

fn check_front_channel(query: &str) {
    match ORY.front_channel_logout(query) {
        Ok(logout) => assert_eq!(logout.issuer().unwrap_or(ISSUER), ISSUER),
        Err(error) => check_shown(&format!("{error} {error:?}")),
    }
}

fn check_shown(message: &str) {
    assert!(message.len() <= MAX_MESSAGE, "{} bytes", message.len());
    assert!(!message.contains(char::is_control), "{message:?}");
}
