//! Fuzzes `EndSession::url` and `EndSession::form`, which send a browser to logout.
//!
//! The input has one value per line: the endpoint (empty for the default), then the parameters in
//! the order of the code below.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use ory_oidc::{Client, IdToken, reqwest};
use url::{Host, Url};

/// Marks values that must not appear in `Debug` output.
const SECRET: &str = "SECRET";

static ORY: LazyLock<Client> = LazyLock::new(|| {
    let builder = Client::builder("https://ory.example/base").http_client(reqwest::Client::new());
    builder.build().expect("the base URL is valid")
});

fuzz_target!(|input: &str| {
    let mut lines = input.split('\n');
    let mut next = || lines.next().unwrap_or_default();
    let endpoint = next();
    let secret = |text: &str| format!("{SECRET}{text}");
    let (hint, redirect, state) = (secret(next()), next(), secret(next()));
    let (logout_hint, client_id, locale) = (secret(next()), next(), next());

    let token = IdToken::new(hint.as_str());
    let mut logout = ORY
        .end_session(&token)
        .post_logout_redirect_uri(redirect)
        .state(state.as_str())
        .logout_hint(logout_hint.as_str())
        .client_id(client_id)
        .ui_locales([locale, "en"]);
    if !endpoint.is_empty() {
        logout = logout.endpoint(endpoint);
    }
    let public = [endpoint, redirect, client_id, locale].concat();
    if !public.contains(SECRET) {
        assert!(!format!("{logout:?}").contains(SECRET));
    }

    let (url, form) = (logout.url(), logout.form());
    let Ok(url) = url else {
        assert!(!endpoint.is_empty(), "the default endpoint is valid");
        assert!(form.is_err(), "the URL and the form agree");
        return;
    };
    let default = "https://ory.example/base/oauth2/sessions/logout";
    let expected_url = if endpoint.is_empty() {
        default
    } else {
        endpoint
    };
    let expected_url = Url::parse(expected_url).expect("an accepted endpoint is a URL");
    assert!(url.scheme() == "https" || is_loopback(&url));

    // The endpoint is preserved, and each parameter is sent once and unchanged.
    let locales = format!("{locale} en");
    let expected = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", redirect),
        ("state", &state),
        ("logout_hint", &logout_hint),
        ("client_id", client_id),
        ("ui_locales", &locales),
    ];
    let preserved = expected_url.query_pairs();
    let added = expected.map(|(name, value)| (name.into(), value.into()));
    assert!(url.query_pairs().eq(preserved.chain(added)));
    assert_eq!(
        url[..url::Position::AfterPath],
        expected_url[..url::Position::AfterPath]
    );
    assert_eq!(url.fragment(), expected_url.fragment());
    assert_eq!(
        Url::parse(url.as_str()).as_ref(),
        Ok(&url),
        "parsing the URL again returns the same URL"
    );

    let form = form.expect("the URL and the form agree");
    assert_eq!(form.action(), &expected_url);
    assert!(form.fields().eq(expected));
});

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
