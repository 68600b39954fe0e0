//! Sends a logout request from this process.

use super::client::Client;
use super::request::request;
use crate::logout::end_session::EndSession;
use crate::logout::outcome::EndSessionOutcome;
use ory_oidc_core::call_options::CallOptions;
use ory_oidc_core::error::{DecodeError, Error, RequestError};
use ory_oidc_core::response_info::ResponseInfo;
use ory_oidc_gen::apis::oidc_api::{self as api, REVOKE_OIDC_SESSION, RevokeOidcSessionParams};
use reqwest::header::{HeaderMap, LOCATION};
use url::{ParseError, Url};

/// A logout request from this process. Await it to send it.
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct LogoutProbe<'a> {
    client: &'a Client,
    request: &'a EndSession,
    options: CallOptions,
}

request!(LogoutProbe, "ory.logout_probe(&logout)", EndSessionOutcome);

impl LogoutProbe<'_> {
    async fn send(self) -> Result<(EndSessionOutcome, ResponseInfo), Error> {
        let request = self.request;
        if request.has_endpoint() {
            return Err(RequestError::new(
                "endpoint()",
                "cannot be combined with logout_probe(); use url() or form()",
            )
            .into());
        }
        let asked = request.parameter("post_logout_redirect_uri");
        let params = RevokeOidcSessionParams::default()
            .id_token_hint(request.parameter("id_token_hint"))
            .post_logout_redirect_uri(asked)
            .state(request.parameter("state"))
            .logout_hint(request.parameter("logout_hint"))
            .client_id(request.parameter("client_id"))
            .ui_locales(request.parameter("ui_locales"));
        let configuration = self.client.configuration_with(self.options);
        let info = match api::revoke_oidc_session(&configuration, params).await {
            Ok(response) if response.status().is_redirection() => response.into_info(),
            Ok(response) => {
                let page = String::from_utf8_lossy(response.body()).into_owned();
                return Ok((EndSessionOutcome::Page(page), response.into_info()));
            }
            // Ory redirects with 302; other servers use other redirects.
            Err(Error::Server(error)) if error.status().is_redirection() => {
                ResponseInfo::new(REVOKE_OIDC_SESSION, error.status(), error.headers().clone())
            }
            Err(error) => return Err(error),
        };
        let status = info.status();
        let unreadable = |problem| DecodeError::new(REVOKE_OIDC_SESSION, status, problem);
        let url = location(info.headers(), request)
            .ok_or_else(|| unreadable("the redirect has no valid Location"))?;
        let outcome = EndSessionOutcome::of_redirect(status, url, asked);
        let outcome = outcome.map_err(|_| unreadable("the redirect has an invalid query"))?;
        Ok((outcome, info))
    }
}

fn location(headers: &HeaderMap, request: &EndSession) -> Option<Url> {
    let location = headers.get(LOCATION)?.to_str().ok()?;
    match Url::parse(location) {
        // The endpoint has no query: a relative reference must not inherit the ID token.
        Err(ParseError::RelativeUrlWithoutBase) => request.endpoint_url().ok()?.join(location).ok(),
        url => url.ok(),
    }
}

impl Client {
    /// Sends a logout request from this process, without following redirects (OpenID Connect
    /// RP-Initiated Logout §2). Use it to see how the server responds. Without the browser's
    /// cookies, the server cannot end the browser's session.
    ///
    /// ```no_run
    /// # async fn example(ory: ory_oidc::Client, id_token: ory_oidc::IdToken) -> Result<(), ory_oidc::Error> {
    /// let request = ory.end_session(&id_token).state("xyz");
    /// let outcome = ory.logout_probe(&request).await?;
    /// println!("{outcome:?}");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// - [`Error::Request`] if the request sets an [`endpoint`](EndSession::endpoint).
    /// - [`Error::Server`] for a status that is neither 2xx nor 3xx.
    /// - [`Error::Transport`], and [`Error::Decode`] for a redirect that cannot be read.
    #[doc(alias = "revokeOidcSession")]
    pub fn logout_probe<'a>(&'a self, request: &'a EndSession) -> LogoutProbe<'a> {
        LogoutProbe {
            client: self,
            request,
            options: CallOptions::new(),
        }
    }
}
