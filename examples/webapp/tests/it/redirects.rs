//! The part of a browser that a login needs: cookies and redirects.

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use std::collections::BTreeMap;
use url::Url;

/// A browser that follows redirects one at a time.
pub(crate) struct Browser<'a> {
    /// Must not follow redirects itself.
    http: &'a reqwest::Client,
    cookies: BTreeMap<String, String>,
}

impl<'a> Browser<'a> {
    pub(crate) fn new(http: &'a reqwest::Client) -> Self {
        Self {
            http,
            cookies: BTreeMap::new(),
        }
    }

    /// Follows redirects until one leads to a URL with this prefix, and returns that URL.
    pub(crate) async fn follow_to(&mut self, mut url: Url, prefix: &str) -> Url {
        for _ in 0..10 {
            url = self.follow(url).await;
            if url.as_str().starts_with(prefix) {
                return url;
            }
        }
        panic!("too many redirects");
    }

    /// Returns the URL that another one redirects to.
    async fn follow(&mut self, url: Url) -> Url {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = self
            .http
            .get(url.clone())
            .header(COOKIE, cookies.join("; "));
        let response = request.send().await.expect("the provider answers");
        for cookie in response.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().expect("the cookie is ASCII");
            let pair = cookie.split(';').next().unwrap_or_default();
            match pair.split_once('=') {
                // An empty value removes the cookie.
                Some((name, "")) => drop(self.cookies.remove(name)),
                Some((name, value)) => {
                    self.cookies.insert(name.to_owned(), value.to_owned());
                }
                None => {}
            }
        }
        let location = response.headers().get(LOCATION).unwrap_or_else(|| {
            panic!(
                "{} answers {} without a redirect",
                url.path(),
                response.status()
            );
        });
        let location = location.to_str().expect("the location is ASCII");
        url.join(location).expect("the location is a URL")
    }
}
