//! A browser without a screen: cookies, and redirects one at a time.

use std::sync::Arc;

use reqwest::Client;
use reqwest::cookie::{CookieStore as _, Jar};
use reqwest::header::LOCATION;
use url::{Origin, Url};

use super::http;

const MAX_REDIRECTS: usize = 20;

/// A browser with cookies. It follows redirects only between Hydra and its login app.
#[derive(Clone)]
pub struct Browser {
    http: Client,
    cookies: Arc<Jar>,
    origins: Vec<Origin>,
}

/// Leaves out the cookies.
impl std::fmt::Debug for Browser {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Browser")
            .field("origins", &self.origins)
            .finish_non_exhaustive()
    }
}

/// The page where a [`Browser`] stopped.
#[derive(Clone)]
pub struct Page {
    /// The address. It may hold an authorization code.
    pub url: Url,
    /// The status code, or [`None`] if the address is an application's, which is not requested.
    pub status: Option<u16>,
    /// The body, which is empty if nothing was requested.
    pub body: String,
}

/// Leaves out the query and the body, which may hold codes and tokens.
impl std::fmt::Debug for Page {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Page")
            .field("path", &self.url.path())
            .field("status", &self.status)
            .finish_non_exhaustive()
    }
}

impl Page {
    /// Returns a parameter of the address's query.
    #[must_use]
    pub fn parameter(&self, name: &str) -> Option<String> {
        let mut parameters = self.url.query_pairs();
        let found = parameters.find(|(known, _)| known == name);
        found.map(|(_, value)| value.into_owned())
    }
}

impl Browser {
    /// Creates a browser without cookies that follows redirects to the origins of these URLs.
    pub(super) fn new(urls: &[&str]) -> Self {
        let origin = |url: &&str| Url::parse(url).expect("the URL is valid").origin();
        let cookies = Arc::new(Jar::default());
        let http = http::builder().cookie_provider(Arc::clone(&cookies));
        Self {
            http: http.build().expect("a client can be built"),
            cookies,
            origins: urls.iter().map(origin).collect(),
        }
    }

    /// Returns the value of the `Cookie` header for an address. It is empty if there are no cookies.
    ///
    /// # Panics
    /// If the address is not a URL.
    #[must_use]
    pub fn cookies(&self, url: &str) -> String {
        let url = Url::parse(url).expect("the URL is valid");
        let cookies = self.cookies.cookies(&url);
        let cookies = cookies.as_ref().and_then(|value| value.to_str().ok());
        cookies.unwrap_or_default().to_owned()
    }

    /// Opens an address and follows redirects, until a page or a redirect to an application.
    pub async fn open(&self, url: &str) -> Page {
        let mut url = Url::parse(url).expect("the URL is valid");
        for _ in 0..MAX_REDIRECTS {
            if !self.origins.contains(&url.origin()) {
                return Page {
                    url,
                    status: None,
                    body: String::new(),
                };
            }
            let response = self.http.get(url.clone()).send().await;
            let response = response
                .map_err(reqwest::Error::without_url)
                .unwrap_or_else(|error| panic!("GET {}: {error}", url.path()));
            let status = response.status();
            let next = response.headers().get(LOCATION);
            let next = next.filter(|_| status.is_redirection());
            let Some(next) = next else {
                let body = response.text().await;
                return Page {
                    url,
                    status: Some(status.as_u16()),
                    body: body.expect("the response is complete"),
                };
            };
            let next = next.to_str().expect("Location is in ASCII");
            url = url.join(next).expect("Location is a URL");
        }
        panic!(
            "more than {MAX_REDIRECTS} redirects, the last one to {}",
            url.path()
        );
    }
}
