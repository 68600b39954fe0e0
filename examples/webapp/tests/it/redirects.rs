//! The part of a browser that a login needs: cookies and redirects.

use reqwest::header::{COOKIE, LOCATION, SET_COOKIE};
use reqwest::{RequestBuilder, StatusCode};
use std::collections::BTreeMap;
use url::Url;

/// A browser that follows redirects one at a time. It sends its cookies to every server.
#[derive(Clone)]
pub(crate) struct Browser {
    /// Must not follow redirects itself.
    http: reqwest::Client,
    pub(crate) cookies: BTreeMap<String, String>,
}

/// A response, and where it redirects to.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) location: Option<Url>,
    pub(crate) body: String,
}

impl Browser {
    pub(crate) fn new(http: &reqwest::Client) -> Self {
        Self {
            http: http.clone(),
            cookies: BTreeMap::new(),
        }
    }

    /// Follows redirects until one leads to a URL with this prefix, and returns that URL.
    pub(crate) async fn follow_to(&mut self, mut url: Url, prefix: &str) -> Url {
        for _ in 0..10 {
            let page = self.get(url.as_str()).await;
            url = page.location.unwrap_or_else(|| {
                let (path, status) = (url.path(), page.status);
                panic!("{path} answers {status} without a redirect");
            });
            if url.as_str().starts_with(prefix) {
                return url;
            }
        }
        panic!("too many redirects");
    }

    pub(crate) async fn get(&mut self, url: &str) -> Page {
        let request = self.http.get(url);
        self.send(request).await
    }

    /// Follows a link, which the browser tells to be on such a site.
    pub(crate) async fn follow_link(&mut self, url: &str, site: &str) -> Page {
        let request = self.http.get(url).header("sec-fetch-site", site);
        self.send(request).await
    }

    pub(crate) async fn post(&mut self, url: &str, headers: &[(&str, &str)]) -> Page {
        let mut request = self.http.post(url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        self.send(request).await
    }

    async fn send(&mut self, request: RequestBuilder) -> Page {
        let cookies = self.cookies.iter();
        let cookies: Vec<_> = cookies
            .map(|(name, value)| format!("{name}={value}"))
            .collect();
        let request = request.header(COOKIE, cookies.join("; "));
        let response = request.send().await.expect("the server answers");
        for cookie in response.headers().get_all(SET_COOKIE) {
            let cookie = cookie.to_str().expect("the cookie is ASCII");
            let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
            let (name, value) = pair.split_once('=').expect("the cookie has a value");
            if value.is_empty() || attributes.contains("Max-Age=0") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let location = response.headers().get(LOCATION).map(|location| {
            let location = location.to_str().expect("the location is ASCII");
            let location = response.url().join(location);
            location.expect("the location is a URL")
        });
        Page {
            status: response.status(),
            location,
            body: response.text().await.expect("the body arrives"),
        }
    }
}
