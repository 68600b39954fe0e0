//! `EndSession::url` and `form`: what a browser is sent to for logging out.
//!
//! The input is, a line each: an endpoint (empty for Ory's own), then the parameters in the order of
//! the code below.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use ory_oidc::{Client, IdToken};
use url::{Host, Url};

/// Stands in all that must not show.
const SECRET: &str = "SECRET";

static ORY: LazyLock<Client> =
    LazyLock::new(|| Client::new("https://ory.example/base").expect("a client"));

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
        assert!(!endpoint.is_empty(), "Ory's own endpoint has a URL");
        assert!(form.is_err(), "URL and form agree");
        return;
    };
    let own = "https://ory.example/base/oauth2/sessions/logout";
    let asked = if endpoint.is_empty() { own } else { endpoint };
    let asked = Url::parse(asked).expect("an endpoint that was accepted is a URL");
    assert!(url.scheme() == "https" || is_loopback(&url));

    // Nothing of the endpoint is lost, and each parameter arrives as it was given, and once.
    let locales = format!("{locale} en");
    let expected = [
        ("id_token_hint", hint.as_str()),
        ("post_logout_redirect_uri", redirect),
        ("state", &state),
        ("logout_hint", &logout_hint),
        ("client_id", client_id),
        ("ui_locales", &locales),
    ];
    let kept = asked.query_pairs();
    let added = expected.map(|(name, value)| (name.into(), value.into()));
    assert!(url.query_pairs().eq(kept.chain(added)));
    assert_eq!(
        url[..url::Position::AfterPath],
        asked[..url::Position::AfterPath]
    );
    assert_eq!(url.fragment(), asked.fragment());
    assert_eq!(
        Url::parse(url.as_str()).as_ref(),
        Ok(&url),
        "it is read as it is written"
    );

    let form = form.expect("where there is a URL there is a form");
    assert_eq!(form.action(), &asked);
    assert!(form.fields().eq(expected));
});

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost" || name.ends_with(".localhost"),
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}
