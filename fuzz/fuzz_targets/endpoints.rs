//! Fuzzes which endpoints are trusted, and at which URL this process reaches them.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use ory_oidc::{Client, reqwest};
use url::Url;

const BASE: &str = "https://hydra.example:4444/base";
const ISSUER: &str = "https://id.example/tenant/";
const TRUSTED: &str = "https://keys.example";

static CLIENTS: LazyLock<[Client; 2]> = LazyLock::new(|| {
    let builder = || {
        let builder = Client::builder(BASE).http_client(reqwest::Client::new());
        builder.trust_endpoint_origin(TRUSTED)
    };
    let (one, split) = (builder().issuer(ISSUER), builder().public_issuer(ISSUER));
    [one, split].map(|builder| builder.build().expect("the URLs are valid"))
});

fuzz_target!(|endpoint: &str| {
    let [one, split] = &*CLIENTS;
    check(one, endpoint);
    check(split, endpoint);
    // Nothing that follows the name of a trusted host makes it another one, unless it is refused.
    for origin in [BASE, ISSUER, TRUSTED] {
        check(one, &format!("{origin}{endpoint}"));
        check(split, &format!("{origin}{endpoint}"));
    }
});

fn check(client: &Client, endpoint: &str) {
    let reached = client.internal_endpoint(endpoint);
    let Some(url) = client.trusted_endpoint(endpoint) else {
        return;
    };
    let trusted =
        [BASE, ISSUER, TRUSTED].map(|text| Url::parse(text).expect("a valid URL").origin());
    let named = Url::parse(endpoint).expect("a trusted endpoint is a URL");
    for url in [&url, &named] {
        assert!(trusted.contains(&url.origin()), "{url}");
        assert!(
            url.username().is_empty() && url.password().is_none(),
            "{url}"
        );
    }
    assert_eq!(
        Url::parse(&reached).ok().map(|url| url.origin()),
        Some(url.origin())
    );
    assert_eq!(
        (named.query(), named.fragment()),
        (url.query(), url.fragment())
    );
}
