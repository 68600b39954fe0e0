//! The request to log a user out (OpenID Connect RP-Initiated Logout 1.0 §2).

use super::outcome::{PATH, bare};
use super::{EndSessionOutcome, LogoutState};
use crate::client::is_loopback;
use crate::text::clip;
use crate::{Client, Error, IdToken, NotSentError, Operation, UnreadableError};
use ory_oidc_gen as raw;
use raw::apis::oidc_api::{self as api, RevokeOidcSessionParams};
use reqwest::header::{HeaderMap, LOCATION};
use std::fmt;
use url::Url;

/// A request to log a user out, to be sent by the user's browser: [`url`](Self::url) and
/// [`form`](Self::form) send nothing. [`send`](Self::send) asks the server itself.
///
/// ```
/// # #[cfg(any(feature = "rustls", feature = "native-tls"))] {
/// # let ory = ory_oidc::Client::new("https://slug.projects.oryapis.com")?;
/// let id_token = ory_oidc::IdToken::new("eyJ…");
/// let url = ory
///     .end_session(&id_token)
///     .post_logout_redirect_uri("https://app.example/bye")
///     .state("xyz")
///     .url()?;
/// assert_eq!(url.path(), "/oauth2/sessions/logout");
/// # }
/// # Ok::<(), ory_oidc::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "a request to log out does nothing until its URL, its form or its answer is used"]
pub struct EndSession {
    pub(super) client: Client,
    endpoint: Option<String>,
    pub(super) id_token_hint: Option<IdToken>,
    pub(super) post_logout_redirect_uri: Option<String>,
    pub(super) state: Option<LogoutState>,
    logout_hint: Option<String>,
    pub(super) client_id: Option<String>,
    ui_locales: Option<String>,
}

impl EndSession {
    /// Where the user goes afterwards. It must be registered in `post_logout_redirect_uris`,
    /// and Ory demands an ID token with it.
    pub fn post_logout_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.post_logout_redirect_uri = Some(uri.into());
        self
    }

    /// Comes back to the post-logout redirect URI, and only there: Ory drops it when no such
    /// URI is sent. Keep it in the session and check it with
    /// [`LogoutCallback`](crate::LogoutCallback). Ory demands an ID token with it.
    ///
    /// Takes a text or a [`LogoutState`].
    pub fn state(mut self, state: impl Into<LogoutState>) -> Self {
        self.state = Some(state.into());
        self
    }

    /// A hint at who logs out.
    pub fn logout_hint(mut self, hint: impl Into<String>) -> Self {
        self.logout_hint = Some(hint.into());
        self
    }

    /// The client that asks, for when there is no ID token to say it.
    pub fn client_id(mut self, id: impl Into<String>) -> Self {
        self.client_id = Some(id.into());
        self
    }

    /// The languages of the user, the best one first, as BCP 47 tags.
    pub fn ui_locales<I>(mut self, locales: I) -> Self
    where
        I: IntoIterator,
        I::Item: AsRef<str>,
    {
        let locales: Vec<_> = locales
            .into_iter()
            .map(|tag| tag.as_ref().to_owned())
            .collect();
        self.ui_locales = Some(locales.join(" "));
        self
    }

    /// Another endpoint than Ory's path at the base URL: the `end_session_endpoint` of the
    /// provider's metadata. A query that it has is kept.
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// The URL to send the browser to. It holds the ID token: do not log it.
    ///
    /// # Errors
    /// [`Error::NotSent`] for an endpoint that is no `https` URL (`http` for this machine, and where
    /// [`ClientBuilder::allow_insecure_http`](crate::ClientBuilder::allow_insecure_http) permits it).
    pub fn url(&self) -> Result<Url, Error> {
        let mut url = self.endpoint_url()?;
        if self.parameters().next().is_some() {
            url.query_pairs_mut().extend_pairs(self.parameters());
        }
        Ok(url)
    }

    /// The same as a form to be posted by the browser, which keeps the ID token out of URLs.
    ///
    /// # Errors
    /// As for [`EndSession::url`].
    pub fn form(&self) -> Result<EndSessionForm, Error> {
        let fields = self
            .parameters()
            .map(|(name, value)| (name, value.to_owned()))
            .collect();
        Ok(EndSessionForm {
            action: self.endpoint_url()?,
            fields,
        })
    }

    /// Asks the server itself and follows nothing. Without the browser's cookies a server
    /// cannot end the browser's session: this tells what the server would do.
    ///
    /// # Errors
    /// [`Error::NotSent`] with another endpoint than the server's own; [`Error::Server`] for a
    /// status that is neither a redirect nor a page; the errors of transport and reading.
    #[doc(alias = "revokeOidcSession")]
    pub async fn send(&self) -> Result<EndSessionOutcome, Error> {
        const OPERATION: Operation = Operation::EndSession;
        if self.endpoint.is_some() {
            return Err(
                NotSentError::new("endpoint", "is for the browser; send asks Ory's").into(),
            );
        }
        let params = RevokeOidcSessionParams {
            id_token_hint: self.id_token_hint.as_ref().map(IdToken::expose),
            post_logout_redirect_uri: self.post_logout_redirect_uri.as_deref(),
            state: self.state.as_ref().map(LogoutState::expose),
            logout_hint: self.logout_hint.as_deref(),
            client_id: self.client_id.as_deref(),
            ui_locales: self.ui_locales.as_deref(),
        };
        let call = api::revoke_oidc_session(self.client.as_raw(), params);
        let (status, headers, body) = match self.client.exchange(OPERATION, call).await {
            Ok(answer) => answer.into_parts(),
            // 302 is Ory's; other servers use other redirects.
            Err(raw::Error::Status(answer)) if answer.status().is_redirection() => {
                answer.into_parts()
            }
            Err(error) => return Err(Error::from_raw(OPERATION, error)),
        };
        if !status.is_redirection() {
            return Ok(EndSessionOutcome::Page(
                String::from_utf8_lossy(&body).into_owned(),
            ));
        }
        let Some(url) = location(&headers, &self.endpoint_url()?) else {
            let problem = "its redirect has no Location that can be read";
            return Err(UnreadableError::new(OPERATION, status, problem).into());
        };
        let asked = self.post_logout_redirect_uri.as_deref();
        EndSessionOutcome::of_redirect(status, url, asked).map_err(|_| {
            let problem = "its redirect says why it refuses, and in a way that cannot be read";
            UnreadableError::new(OPERATION, status, problem).into()
        })
    }

    fn endpoint_url(&self) -> Result<Url, Error> {
        let refused = |reason| Error::from(NotSentError::new("end_session_endpoint", reason));
        let own = || format!("{}{PATH}", self.client.endpoints().public_base());
        let text = self.endpoint.clone().unwrap_or_else(own);
        let url = Url::parse(&text).map_err(|_| refused("is not an absolute URL"))?;
        match url.scheme() {
            "https" => Ok(url),
            // The client's own base URL was judged when the client was built.
            "http"
                if self.endpoint.is_none()
                    || self.client.allows_insecure_http()
                    || is_loopback(&url) =>
            {
                Ok(url)
            }
            _ => Err(refused("is not an https URL")),
        }
    }

    fn parameters(&self) -> impl Iterator<Item = (&'static str, &str)> {
        [
            (
                "id_token_hint",
                self.id_token_hint.as_ref().map(IdToken::expose),
            ),
            (
                "post_logout_redirect_uri",
                self.post_logout_redirect_uri.as_deref(),
            ),
            ("state", self.state.as_ref().map(LogoutState::expose)),
            ("logout_hint", self.logout_hint.as_deref()),
            ("client_id", self.client_id.as_deref()),
            ("ui_locales", self.ui_locales.as_deref()),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name, value?)))
    }
}

impl fmt::Debug for EndSession {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uri = self.post_logout_redirect_uri.as_deref().map(|uri| {
            let url = Url::parse(uri);
            url.map_or_else(|_| "[no URL]".to_owned(), |url| clip(&bare(&url)))
        });
        f.debug_struct("EndSession")
            .field("id_token_hint", &self.id_token_hint)
            .field("post_logout_redirect_uri", &uri)
            .finish_non_exhaustive()
    }
}

/// A form that logs a user out when the browser posts it.
#[derive(Clone)]
pub struct EndSessionForm {
    action: Url,
    fields: Vec<(&'static str, String)>,
}

impl EndSessionForm {
    /// Where the browser posts it to.
    #[must_use]
    pub fn action(&self) -> &Url {
        &self.action
    }

    /// Names and values of its fields, not yet escaped for HTML.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.fields
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
    }
}

impl fmt::Debug for EndSessionForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> = self.fields.iter().map(|(name, _)| name).collect();
        f.debug_struct("EndSessionForm")
            .field("action", &bare(&self.action))
            .field("fields", &names)
            .finish()
    }
}

fn location(headers: &HeaderMap, base: &Url) -> Option<Url> {
    let location = headers.get(LOCATION)?.to_str().ok()?;
    // The base's query holds the ID token: a relative reference must not inherit it.
    base.join(location).ok()
}

impl Client {
    /// Prepares to log a user out (OpenID Connect RP-Initiated Logout §2). Nothing is sent
    /// until [`EndSession::send`]; most apps redirect the browser to [`EndSession::url`].
    ///
    /// The ID token tells the server whose session it is; an expired one is fine. Give
    /// [`None`] when there is none.
    #[doc(alias = "revokeOidcSession")]
    pub fn end_session<'a>(&self, id_token_hint: impl Into<Option<&'a IdToken>>) -> EndSession {
        EndSession {
            client: self.clone(),
            endpoint: None,
            id_token_hint: id_token_hint.into().cloned(),
            post_logout_redirect_uri: None,
            state: None,
            logout_hint: None,
            client_id: None,
            ui_locales: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::tests::client;
    use super::*;
    use proptest::prelude::*;

    /// An endpoint with a query and a fragment of its own.
    fn endpoint() -> impl Strategy<Value = Url> {
        let query = proptest::collection::vec((any::<String>(), any::<String>()), 0..4);
        let fragment = proptest::option::of(any::<String>());
        (query, fragment).prop_map(|(query, fragment)| {
            let mut url = Url::parse("https://ory.example/end").expect("it is one");
            if !query.is_empty() {
                url.query_pairs_mut().extend_pairs(query);
            }
            url.set_fragment(fragment.as_deref());
            url
        })
    }

    fn pairs(url: &Url) -> Vec<(String, String)> {
        url.query_pairs().into_owned().collect()
    }

    proptest! {
        #[test]
        fn what_goes_into_a_url_or_a_form_comes_out_of_it(
            endpoint in endpoint(),
            texts in proptest::array::uniform5(proptest::option::of(any::<String>())),
            locales in proptest::collection::vec("[a-z]{2}", 0..3),
        ) {
            let [hint, uri, state, who, id] = texts;
            let hint = hint.map(IdToken::new);
            let mut request = client(|builder| builder)
                .end_session(hint.as_ref())
                .endpoint(endpoint.as_str());
            let mut expected = Vec::new();
            let mut expect = |name: &str, value: &str| {
                expected.push((name.to_owned(), value.to_owned()));
            };
            if let Some(hint) = &hint {
                expect("id_token_hint", hint.expose());
            }
            if let Some(uri) = &uri {
                expect("post_logout_redirect_uri", uri);
                request = request.post_logout_redirect_uri(uri);
            }
            if let Some(state) = &state {
                expect("state", state);
                request = request.state(state);
            }
            if let Some(who) = &who {
                expect("logout_hint", who);
                request = request.logout_hint(who);
            }
            if let Some(id) = &id {
                expect("client_id", id);
                request = request.client_id(id);
            }
            if !locales.is_empty() {
                expect("ui_locales", &locales.join(" "));
                request = request.ui_locales(&locales);
            }

            let form = request.form().expect("the endpoint is fine");
            prop_assert_eq!(form.action(), &endpoint);
            let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
            prop_assert_eq!(form.fields().map(owned).collect::<Vec<_>>(), expected.clone());

            let url = request.url().expect("the endpoint is fine");
            let own = pairs(&endpoint);
            prop_assert_eq!(pairs(&url), [own, expected].concat());
            let before = endpoint.query().unwrap_or_default();
            prop_assert!(url.query().unwrap_or_default().starts_with(before));
            prop_assert_eq!(url.fragment(), endpoint.fragment());
            prop_assert_eq!((url.origin(), url.path()), (endpoint.origin(), "/end"));
        }
    }
}
