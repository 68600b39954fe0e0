//! Verifies the bearer tokens of requests.

use crate::bearer;
use crate::log;
use crate::lookup::Lookup;
use crate::outcome::Refusal;
use crate::reason::Reason;
use crate::rejection::{Presentation, Rejection};
use crate::resource::Resource;
use crate::user::User;
use axum::Router;
use axum::http::HeaderMap;
use ory_oidc::{AccessToken, Client};
use std::fmt;
use std::sync::Arc;
use tokio::time::Instant;

/// Verifies the bearer tokens of requests: put it into the state of the router, for the extractor
/// [`User`].
///
/// It verifies each token at Ory's userinfo endpoint, and caches the user by the hash of the token.
/// It is cheap to clone, and all clones share the cache: build one.
#[derive(Clone)]
pub struct BearerAuth {
    inner: Arc<Inner>,
}

struct Inner {
    lookup: Lookup,
    max_token_bytes: usize,
    presentation: Arc<Presentation>,
    resource: Option<Resource>,
}

impl BearerAuth {
    pub(crate) fn from_parts(
        lookup: Lookup,
        max_token_bytes: usize,
        presentation: Presentation,
        resource: Option<Resource>,
    ) -> Self {
        Self {
            inner: Arc::new(Inner {
                lookup,
                max_token_bytes,
                presentation: Arc::new(presentation),
                resource,
            }),
        }
    }

    /// Returns the user of a request from its `Authorization` header, as the extractor [`User`] does.
    /// Use it in handlers that are not axum's.
    ///
    /// ```
    /// use axum::http::HeaderMap;
    /// use ory_oidc_axum::{BearerAuth, Rejection};
    ///
    /// async fn whoami(auth: &BearerAuth, headers: &HeaderMap) -> Result<String, Rejection> {
    ///     let user = auth.authenticate(headers).await?;
    ///     Ok(user.sub().to_owned())
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Rejection`], whose [`reason`](Rejection::reason) says why.
    pub async fn authenticate(&self, headers: &HeaderMap) -> Result<User, Rejection> {
        match bearer::token(headers, self.inner.max_token_bytes) {
            Ok(token) => self.find(token).await,
            Err(reason) => Err(self.rejection(reason)),
        }
    }

    /// Returns the user of a token that is not in a header, as in the first message of a WebSocket.
    /// Do not accept tokens in URLs, which are logged (RFC 6750 §5.3).
    ///
    /// ```
    /// use ory_oidc::AccessToken;
    /// use ory_oidc_axum::{BearerAuth, Rejection};
    ///
    /// async fn first_message(auth: &BearerAuth, message: String) -> Result<String, Rejection> {
    ///     let user = auth.authenticate_token(&AccessToken::new(message)).await?;
    ///     Ok(user.sub().to_owned())
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Rejection`], whose [`reason`](Rejection::reason) says why.
    pub async fn authenticate_token(&self, token: &AccessToken) -> Result<User, Rejection> {
        let token = token.expose();
        if token.len() > self.inner.max_token_bytes || !bearer::is_b64token(token) {
            return Err(self.rejection(Reason::InvalidToken));
        }
        self.find(token).await
    }

    /// Removes a token from the cache of this process, so that Ory verifies it again. Call it when your
    /// app revokes a token.
    ///
    /// ```
    /// use ory_oidc::AccessToken;
    /// use ory_oidc_axum::BearerAuth;
    ///
    /// async fn log_out(auth: &BearerAuth, token: AccessToken) {
    ///     // Revoke the token at Ory first (RFC 7009).
    ///     auth.forget(&token).await;
    /// }
    /// ```
    pub async fn forget(&self, token: &AccessToken) {
        self.inner.lookup.forget(token.expose()).await;
    }

    /// Returns the route of the protected resource metadata (RFC 9728 §3), which tells clients where
    /// to get a token: `GET /.well-known/oauth-protected-resource`, followed by the path of the
    /// resource. Any site may read it. There is no route unless
    /// [`BearerAuthBuilder::resource`](crate::BearerAuthBuilder::resource) is set.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use ory_oidc_axum::{BearerAuth, User};
    ///
    /// # fn example(ory: ory_oidc::Client) -> Result<Router, ory_oidc_axum::InvalidSetting> {
    /// let auth = BearerAuth::builder(ory).resource("https://api.example").build()?;
    /// let app = Router::new()
    ///     .route("/me", get(|user: User| async move { user.sub().to_owned() }))
    ///     .merge(auth.metadata_routes())
    ///     .with_state(auth);
    /// # Ok(app)
    /// # }
    /// ```
    pub fn metadata_routes<S: Clone + Send + Sync + 'static>(&self) -> Router<S> {
        match &self.inner.resource {
            Some(resource) => resource.routes(),
            None => Router::new(),
        }
    }

    async fn find(&self, token: &str) -> Result<User, Rejection> {
        match self.inner.lookup.find(token).await {
            Ok(found) => {
                if let Some(refusal) = &found.stale {
                    log::stale(refusal);
                }
                let presentation = &self.inner.presentation;
                let user = User::found(found.user, found.stale.as_ref(), presentation);
                self.check_scopes(&user)?;
                Ok(user)
            }
            Err(refusal) => Err(self.refused(&refusal)),
        }
    }

    /// Checks the scopes that every token must have.
    pub(crate) fn check_scopes(&self, user: &User) -> Result<(), Rejection> {
        let checked = user.check_scopes(&[] as &[&str], &self.inner.presentation);
        checked.inspect_err(|rejection| log::refused(rejection.reason(), None))
    }

    fn refused(&self, refusal: &Refusal) -> Rejection {
        log::refused(refusal.reason, Some(refusal));
        let wait = refusal.until.saturating_duration_since(Instant::now());
        Rejection::new(refusal.reason, &self.inner.presentation)
            .with_retry_after(refusal.reason.is_failure().then_some(wait))
            .with_scope(refusal.scope.as_deref())
            .with_error(refusal.error.clone())
    }

    fn rejection(&self, reason: Reason) -> Rejection {
        log::refused(reason, None);
        Rejection::new(reason, &self.inner.presentation)
    }

    fn ory(&self) -> &Client {
        self.inner.lookup.ory()
    }
}

impl fmt::Debug for BearerAuth {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerAuth")
            .field("ory", self.ory())
            .finish_non_exhaustive()
    }
}
