//! The HTTP client that `ory_oidc` and `openidconnect` share.

use openidconnect::{HttpRequest, HttpResponse};
use reqwest::Client;
use reqwest::redirect::Policy;
use std::time::Duration;
use std::{io, mem};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// The time-out for a complete response.
const TIMEOUT: Duration = Duration::from_secs(30);

/// The limit for a response to `openidconnect`, in bytes. `ory_oidc` has the same default.
const MAX_BODY_BYTES: usize = 1024 * 1024;

/// Builds a client that follows no redirects: codes and tokens go to the provider only.
///
/// ```
/// let http = ory_oidc_webapp::http::client("my-app/1.0")?;
/// let ory = ory_oidc::Client::builder("https://slug.projects.oryapis.com")
///     .http_client(http.clone())
///     .build()?;
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// [`reqwest::Error`] if the user agent is not a valid header, or if TLS cannot be set up.
pub fn client(user_agent: &str) -> Result<Client, reqwest::Error> {
    Client::builder()
        .redirect(Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(TIMEOUT)
        .user_agent(user_agent)
        .build()
}

/// Sends a request of `openidconnect`.
pub(crate) async fn send(http: Client, request: HttpRequest) -> Result<HttpResponse, io::Error> {
    // Without the URL, which may hold a secret.
    let failed = |error: reqwest::Error| io::Error::other(error.without_url());
    let request = request.try_into().map_err(failed)?;
    let mut received = http.execute(request).await.map_err(failed)?;
    let mut body = Vec::new();
    while let Some(chunk) = received.chunk().await.map_err(failed)? {
        if body.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(io::Error::other("the response is larger than 1 MiB"));
        }
        body.extend_from_slice(&chunk);
    }
    let mut response = HttpResponse::new(body);
    *response.status_mut() = received.status();
    *response.headers_mut() = mem::take(received.headers_mut());
    Ok(response)
}
