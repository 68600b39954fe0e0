//! The request to log a user out (OpenID Connect RP-Initiated Logout 1.0 §2).

use super::form::EndSessionForm;
use super::outcome::bare;
use super::state::LogoutState;
use crate::credentials::IdToken;
use crate::discovery::issuer::Issuer;
use ory_oidc_core::error::{Error, RequestError};
use ory_oidc_core::text::clip;
use ory_oidc_core::url_policy::UrlPolicy;
use std::fmt;
use std::sync::Arc;
use url::Url;

/// A logout request for the user's browser, as a [`url`](Self::url) or a [`form`](Self::form). Sends
/// nothing.
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
#[must_use = "a logout request does nothing until the browser sends it"]
pub struct EndSession {
    /// The issuer of the provider.
    pub(super) issuer: Issuer,
    /// The default endpoint: Ory's documented path.
    default_endpoint: Arc<str>,
    policy: UrlPolicy,
    endpoint: Option<String>,
    pub(super) id_token_hint: Option<IdToken>,
    pub(super) post_logout_redirect_uri: Option<String>,
    pub(super) state: Option<LogoutState>,
    logout_hint: Option<String>,
    client_id: Option<String>,
    ui_locales: Option<String>,
}

impl EndSession {
    pub(crate) fn new(issuer: Issuer, default_endpoint: Arc<str>, policy: UrlPolicy) -> Self {
        Self {
            issuer,
            default_endpoint,
            policy,
            endpoint: None,
            id_token_hint: None,
            post_logout_redirect_uri: None,
            state: None,
            logout_hint: None,
            client_id: None,
            ui_locales: None,
        }
    }

    pub(crate) fn id_token_hint(mut self, hint: Option<IdToken>) -> Self {
        self.id_token_hint = hint;
        self
    }

    /// Whether the request has an endpoint of its own.
    pub(crate) fn has_endpoint(&self) -> bool {
        self.endpoint.is_some()
    }

    /// Returns the value of a parameter.
    pub(crate) fn parameter(&self, name: &str) -> Option<&str> {
        let mut parameters = self.parameters();
        parameters.find_map(|(known, value)| (known == name).then_some(value))
    }

    /// Sets where the browser returns after the logout. It must be one of the registered
    /// `post_logout_redirect_uris`, and Ory requires an ID token with it.
    ///
    /// ```
    /// # let ory = ory_oidc::Client::new("http://localhost:4444")?;
    /// # let id_token = ory_oidc::IdToken::new("eyJ…");
    /// let request = ory.end_session(&id_token).post_logout_redirect_uri("https://app.example/bye");
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    pub fn post_logout_redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.post_logout_redirect_uri = Some(uri.into());
        self
    }

    /// Sets the state that Ory returns to the post-logout redirect URI, and only there. Keep it in the
    /// session and check it with [`LogoutCallback`](super::LogoutCallback). Ory requires an ID token
    /// with it.
    ///
    /// ```
    /// # let ory = ory_oidc::Client::new("http://localhost:4444")?;
    /// # let id_token = ory_oidc::IdToken::new("eyJ…");
    /// use ory_oidc::logout::LogoutState;
    ///
    /// let state = LogoutState::new("xyz"); // keep it in the session
    /// let request = ory
    ///     .end_session(&id_token)
    ///     .post_logout_redirect_uri("https://app.example/bye")
    ///     .state(state);
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    pub fn state(mut self, state: impl Into<LogoutState>) -> Self {
        self.state = Some(state.into());
        self
    }

    /// Sets a hint about the user, such as a login name.
    ///
    /// ```
    /// # let ory = ory_oidc::Client::new("http://localhost:4444")?;
    /// # let id_token = ory_oidc::IdToken::new("eyJ…");
    /// let request = ory.end_session(None).logout_hint("ann@example.com");
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    pub fn logout_hint(mut self, hint: impl Into<String>) -> Self {
        self.logout_hint = Some(hint.into());
        self
    }

    /// Sets the client id, for a request without an ID token.
    ///
    /// ```
    /// # let ory = ory_oidc::Client::new("http://localhost:4444")?;
    /// # let id_token = ory_oidc::IdToken::new("eyJ…");
    /// let request = ory.end_session(None).client_id("my-client-id");
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    pub fn client_id(mut self, id: impl Into<String>) -> Self {
        self.client_id = Some(id.into());
        self
    }

    /// Sets the user's languages as BCP 47 tags, in order of preference.
    ///
    /// ```
    /// # let ory = ory_oidc::Client::new("http://localhost:4444")?;
    /// # let id_token = ory_oidc::IdToken::new("eyJ…");
    /// let request = ory.end_session(&id_token).ui_locales(["de-CH", "de", "en"]);
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
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

    /// Sets the endpoint: the `end_session_endpoint` of the provider's metadata. The default is Ory's
    /// documented path at the base URL. Its query is kept.
    ///
    /// ```no_run
    /// # async fn example(ory: ory_oidc::Client, id_token: ory_oidc::IdToken) -> Result<(), ory_oidc::Error> {
    /// let provider = ory.discover().await?;
    /// if let Some(endpoint) = provider.end_session_endpoint() {
    ///     let redirect_to = ory.end_session(&id_token).endpoint(endpoint).url()?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn endpoint(mut self, endpoint: impl Into<String>) -> Self {
        self.endpoint = Some(endpoint.into());
        self
    }

    /// Returns the URL for the browser. It contains the ID token: do not log it.
    ///
    /// ```
    /// # let ory = ory_oidc::Client::new("http://localhost:4444")?;
    /// # let id_token = ory_oidc::IdToken::new("eyJ…");
    /// let redirect_to = ory.end_session(None).client_id("my-client-id").url()?;
    /// assert_eq!(redirect_to.query(), Some("client_id=my-client-id"));
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
    ///
    /// # Errors
    /// [`Error::Request`] for an endpoint that is not an `https` URL. `http` is permitted on this
    /// machine, and with
    /// [`ClientBuilder::allow_insecure_http`](crate::ClientBuilder::allow_insecure_http).
    pub fn url(&self) -> Result<Url, Error> {
        let mut url = self.endpoint_url()?;
        if self.parameters().next().is_some() {
            url.query_pairs_mut().extend_pairs(self.parameters());
        }
        Ok(url)
    }

    /// Returns a form for the browser to post, which keeps the ID token out of URLs.
    ///
    /// ```
    /// # let ory = ory_oidc::Client::new("http://localhost:4444")?;
    /// # let id_token = ory_oidc::IdToken::new("eyJ…");
    /// let form = ory.end_session(&id_token).form()?;
    /// let fields: Vec<_> = form.fields().collect(); // for your template, which escapes them
    /// # Ok::<(), ory_oidc::Error>(())
    /// ```
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

    pub(crate) fn endpoint_url(&self) -> Result<Url, Error> {
        let refused = |problem| Error::from(RequestError::new("end_session_endpoint", problem));
        let text = self.endpoint.as_deref().unwrap_or(&self.default_endpoint);
        let url = Url::parse(text).map_err(|_| refused("is not an absolute URL"))?;
        // The base URL was checked when the client was built.
        if self.endpoint.is_none() || self.policy.permits(&url) {
            Ok(url)
        } else {
            Err(refused("is not an https URL"))
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
            url.map_or_else(|_| "[invalid URL]".to_owned(), |url| clip(&bare(&url)))
        });
        f.debug_struct("EndSession")
            .field("id_token_hint", &self.id_token_hint)
            .field("post_logout_redirect_uri", &uri)
            .finish_non_exhaustive()
    }
}
