//! The user of a request.

use crate::outcome::{Refusal, Verified};
use crate::reason::Reason;
use crate::rejection::{Presentation, Rejection};
use crate::scopes::Scopes;
use ory_oidc::userinfo::UserInfo;
use serde_json::Value;
use std::borrow::Cow;
use std::fmt;
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// The user of a request: an extractor that verifies the bearer token.
///
/// It dereferences to [`UserInfo`], which has the claims. It is cheap to clone. A handler that takes
/// it runs only for a valid token; one that takes `Option<User>` also runs for a request without a
/// token. An invalid token is refused in both cases.
///
/// ```
/// use ory_oidc_axum::{Rejection, User};
///
/// async fn groups(user: User) -> Result<String, Rejection> {
///     user.require_email_verified()?;
///     let groups: Vec<String> = user.claim("groups").map_err(|_| user.forbidden("no groups"))?;
///     Ok(groups.join(", "))
/// }
///
/// async fn greet(user: Option<User>) -> String {
///     user.map_or("Hello guest".to_owned(), |user| format!("Hello {}", user.sub()))
/// }
/// ```
///
/// The state of the router provides the [`BearerAuth`](crate::BearerAuth): it is the state, or a part
/// of it by [`FromRef`](axum::extract::FromRef). If it is missing, the program does not compile.
///
/// # Tests
/// A `User` is made from claims, so a test of a handler needs no server. In a router, an
/// [`Extension`](axum::Extension) with a `User` takes precedence over the token, but needs the scopes of
/// [`BearerAuthBuilder::require_scopes`](crate::BearerAuthBuilder::require_scopes); only a
/// [`BearerAuthLayer`](crate::BearerAuthLayer) verifies the token in any case:
///
/// ```
/// use axum::{Extension, Router, routing::get};
/// use ory_oidc_axum::{BearerAuth, User};
/// use serde_json::json;
///
/// # fn app() -> Router<BearerAuth> { Router::new().route("/", get(hello)) }
/// async fn hello(user: User) -> String {
///     format!("Hello {}", user.sub())
/// }
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), serde_json::Error> {
/// let ann = User::new(serde_json::from_value(json!({"sub": "ann", "groups": ["admin"]}))?);
/// assert_eq!(hello(ann.clone()).await, "Hello ann");
///
/// let tested = app().layer(Extension(ann));
/// # Ok(()) }
/// ```
#[derive(Clone)]
pub struct User {
    verified: Arc<Verified>,
    stale: Option<Reason>,
    presentation: Option<Arc<Presentation>>,
}

impl User {
    /// Creates a user from claims: for tests, and for users that you verified in another way.
    ///
    /// ```
    /// use ory_oidc_axum::User;
    /// use serde_json::json;
    ///
    /// let ann = User::new(serde_json::from_value(json!({"sub": "ann"}))?);
    /// assert_eq!(ann.sub(), "ann");
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn new(claims: UserInfo) -> Self {
        Self {
            verified: Arc::new(Verified {
                claims,
                scopes: None,
                checked_at: Instant::now(),
            }),
            stale: None,
            presentation: None,
        }
    }

    /// Sets the scopes of the token: for tests, and for scopes that you verified in another way, such as
    /// introspection.
    ///
    /// ```
    /// use ory_oidc_axum::User;
    /// use serde_json::json;
    ///
    /// let ann = User::new(serde_json::from_value(json!({"sub": "ann"}))?);
    /// let ann = ann.with_scopes(["report:read"]);
    /// assert!(ann.require_scopes(["report:read"]).is_ok());
    /// # Ok::<(), serde_json::Error>(())
    /// ```
    #[must_use]
    pub fn with_scopes(mut self, scopes: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let scopes: Vec<String> = scopes.into_iter().map(Into::into).collect();
        self.verified = Arc::new(Verified {
            claims: self.verified.claims.clone(),
            scopes: Some(Scopes::new(scopes.iter().map(String::as_str))),
            checked_at: self.verified.checked_at,
        });
        self
    }

    pub(crate) fn found(
        verified: Arc<Verified>,
        stale: Option<&Refusal>,
        presentation: &Arc<Presentation>,
    ) -> Self {
        Self {
            verified,
            stale: stale.map(|refusal| refusal.reason),
            presentation: Some(Arc::clone(presentation)),
        }
    }

    /// Returns how long ago Ory verified the token. Since then, the token may have expired or been
    /// revoked.
    ///
    /// ```
    /// use ory_oidc_axum::User;
    /// use std::time::Duration;
    ///
    /// async fn is_recent(user: User) -> bool {
    ///     user.age() < Duration::from_secs(5)
    /// }
    /// ```
    #[must_use]
    pub fn age(&self) -> Duration {
        self.verified.checked_at.elapsed()
    }

    /// Returns why the token could not be verified again, if the claims are older than the time to
    /// live. This occurs only if
    /// [`BearerAuthBuilder::stale_if_error`](crate::BearerAuthBuilder::stale_if_error) permits it.
    /// [`None`] for a user who is not stale.
    ///
    /// ```
    /// use ory_oidc_axum::{Rejection, User};
    ///
    /// async fn pay(user: User) -> Result<(), Rejection> {
    ///     match user.stale() {
    ///         None => Ok(()),
    ///         Some(reason) => Err(user.forbidden(format!("try again later: {reason}"))),
    ///     }
    /// }
    /// ```
    #[must_use]
    pub fn stale(&self) -> Option<Reason> {
        self.stale
    }

    /// Requires that Ory verified the user's e-mail address: that there is one, and that
    /// `email_verified` is true (OpenID Connect Core §5.1).
    ///
    /// ```
    /// use ory_oidc_axum::{Rejection, User};
    ///
    /// async fn invite(user: User) -> Result<(), Rejection> {
    ///     user.require_email_verified()
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Reason::Forbidden`] otherwise.
    pub fn require_email_verified(&self) -> Result<(), Rejection> {
        if self.email().is_some() && self.email_verified() == Some(true) {
            Ok(())
        } else {
            Err(self.forbidden("the e-mail address is not verified"))
        }
    }

    /// Requires that a claim has this value, or is a list that contains it. A value of null, such as
    /// [`None`], matches no claim.
    ///
    /// ```
    /// # fn example(user: ory_oidc_axum::User) -> Result<(), ory_oidc_axum::Rejection> {
    /// user.require_claim("groups", "admin")?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Reason::Forbidden`] otherwise, also if the claim is missing.
    pub fn require_claim(&self, name: &str, value: impl Into<Value>) -> Result<(), Rejection> {
        let value = value.into();
        let found = self.claim::<Value>(name).unwrap_or_default();
        let is_in_list = || found.as_array().is_some_and(|list| list.contains(&value));
        if !value.is_null() && (found == value || is_in_list()) {
            return Ok(());
        }
        Err(self.forbidden(format!(
            "the claim {name:?} does not have the required value"
        )))
    }

    /// Returns the scopes of the access token. [`None`] if they are not known.
    ///
    /// They are known if Ory issues JWT access tokens: configure `strategies.access_token: jwt`, or
    /// `access_token_strategy: jwt` for one client. Ory's userinfo endpoint has then verified the
    /// signature. The scopes are in the claim `scp` or `scope` (RFC 9068 §2.2.3). They count only if the
    /// token has the issuer of the [`Client`](ory_oidc::Client) and the `sub` of the user.
    ///
    /// ```
    /// use ory_oidc_axum::User;
    ///
    /// fn may_write(user: &User) -> bool {
    ///     user.scopes().is_some_and(|mut scopes| scopes.any(|scope| scope == "write"))
    /// }
    /// ```
    #[must_use]
    pub fn scopes(&self) -> Option<impl Iterator<Item = &str>> {
        self.verified.scopes.as_ref().map(Scopes::iter)
    }

    /// Requires that the access token has all of these scopes. The challenge names them, with those of
    /// [`BearerAuthBuilder::require_scopes`](crate::BearerAuthBuilder::require_scopes), so that the
    /// client can get a token that has them all (RFC 6750 §3.1).
    ///
    /// ```
    /// # fn example(user: ory_oidc_axum::User) -> Result<(), ory_oidc_axum::Rejection> {
    /// user.require_scopes(["report:read"])?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Reason::InsufficientScope`] if one is missing, [`Reason::UnknownScopes`] if the scopes of the
    /// token are [not known](Self::scopes).
    pub fn require_scopes(
        &self,
        scopes: impl IntoIterator<Item = impl AsRef<str>>,
    ) -> Result<(), Rejection> {
        let scopes: Vec<_> = scopes.into_iter().collect();
        let presentation = self.presentation.clone().unwrap_or_default();
        self.check_scopes(&scopes, &presentation)
    }

    /// Requires these scopes, and those that the settings require.
    pub(crate) fn check_scopes(
        &self,
        scopes: &[impl AsRef<str>],
        presentation: &Arc<Presentation>,
    ) -> Result<(), Rejection> {
        let always = &presentation.required_scopes;
        if scopes.is_empty() && always.is_empty() {
            return Ok(());
        }
        let Some(found) = &self.verified.scopes else {
            return Err(Rejection::new(Reason::UnknownScopes, presentation));
        };
        if found.contain(scopes) && found.contain(always) {
            return Ok(());
        }
        let mut needed: Vec<_> = always.iter().map(String::as_str).collect();
        for scope in scopes {
            if !needed.contains(&scope.as_ref()) {
                needed.push(scope.as_ref());
            }
        }
        let rejection = Rejection::new(Reason::InsufficientScope, presentation);
        Err(rejection.with_scope(Some(&needed.join(" "))))
    }

    /// Returns a 403 for a user who may not do this. The client sees the description.
    ///
    /// ```
    /// use ory_oidc_axum::{Rejection, User};
    ///
    /// async fn delete_project(user: User) -> Result<(), Rejection> {
    ///     let owner = "user-1"; // from your database
    ///     if user.sub() != owner {
    ///         return Err(user.forbidden("only the owner may delete a project"));
    ///     }
    ///     Ok(())
    /// }
    /// ```
    #[must_use]
    pub fn forbidden(&self, description: impl Into<Cow<'static, str>>) -> Rejection {
        self.rejection(Reason::Forbidden)
            .with_description(description)
    }

    /// Returns a rejection that asks the client to request more scopes, separated by spaces (RFC 6750
    /// §3.1). [`require_scopes`](Self::require_scopes) does so for the scopes of the token. Use this
    /// for scopes that you keep elsewhere.
    ///
    /// ```
    /// use ory_oidc_axum::{Rejection, User};
    ///
    /// async fn write(user: User) -> Result<(), Rejection> {
    ///     // A claim that your consent app fills.
    ///     let scopes: Vec<String> = user.claim("scopes").unwrap_or_default();
    ///     if scopes.iter().any(|scope| scope == "write") {
    ///         return Ok(());
    ///     }
    ///     Err(user.insufficient_scope("write"))
    /// }
    /// ```
    #[must_use]
    pub fn insufficient_scope(&self, scope: &str) -> Rejection {
        self.rejection(Reason::InsufficientScope)
            .with_scope(Some(scope))
    }

    fn rejection(&self, reason: Reason) -> Rejection {
        match &self.presentation {
            Some(presentation) => Rejection::new(reason, presentation),
            None => Rejection::new(reason, &Arc::default()),
        }
    }
}

impl Deref for User {
    type Target = UserInfo;

    fn deref(&self) -> &UserInfo {
        &self.verified.claims
    }
}

/// Shows the names of the claims, not their values.
impl fmt::Debug for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("User")
            .field("claims", &self.verified.claims)
            .field("age", &self.age())
            .field("stale", &self.stale)
            .finish_non_exhaustive()
    }
}
