//! As much of a browser as a log-in needs: cookies, and one redirect at a time.

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use std::collections::BTreeMap;
use url::Url;

pub(crate) struct Browser<'a> {
    /// It must not follow redirects by itself.
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

    /// Where a URL redirects to.
    pub(crate) async fn follow(&mut self, url: Url) -> Url {
        let cookies: Vec<_> = self
            .cookies
            .iter()
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = self
            .http
            .get(url.clone())
            .header(COOKIE, cookies.join("; "));
        let answer = request.send().await.expect("an answer");
        for cookie in answer.headers().get_all(SET_COOKIE) {
            let cookie = cookie
                .to_str()
                .expect("ASCII")
                .split(';')
                .next()
                .unwrap_or_default();
            match cookie.split_once('=') {
                // How a cookie is taken back.
                Some((name, "")) => drop(self.cookies.remove(name)),
                Some((name, value)) => {
                    self.cookies.insert(name.to_owned(), value.to_owned());
                }
                None => {}
            }
        }
        let location = answer.headers().get(LOCATION).unwrap_or_else(|| {
            panic!("{} answers {}, no redirect", url.path(), answer.status());
        });
        url.join(location.to_str().expect("ASCII")).expect("a URL")
    }

    /// Follows redirects until one leads to an address of the app.
    #[cfg(feature = "jwt")]
    pub(crate) async fn follow_to(&mut self, mut url: Url, app: &str) -> Url {
        for _ in 0..10 {
            url = self.follow(url).await;
            if url.as_str().starts_with(app) {
                return url;
            }
        }
        panic!("too many redirects");
    }
}
