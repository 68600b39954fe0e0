//! The tower layer.

use crate::auth::BearerAuth;
use crate::bearer;
use crate::rejection::Rejection;
use crate::user::User;
use axum::http::Request;
use axum::response::{IntoResponse, Response};
use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use tower_layer::Layer;
use tower_service::Service;

type Check = Arc<dyn Fn(&User) -> Result<(), Rejection> + Send + Sync>;

/// A tower layer that lets only requests with a valid token pass, and puts the [`User`] into their
/// extensions. It protects whole routers, and services that are not handlers, such as files or a
/// proxy.
///
/// ```
/// use axum::{Extension, Router, routing::get};
/// use ory_oidc_axum::{BearerAuth, User};
///
/// # fn example(auth: BearerAuth) -> Router {
/// let admin = Router::new()
///     .route("/admin", get(|Extension(user): Extension<User>| async move { user.sub().to_owned() }))
///     .layer(auth.layer().require(|user| user.require_claim("groups", "admin")));
/// # admin
/// # }
/// ```
///
/// A browser sends no token with a CORS preflight: add the layer for CORS after this one, so that it
/// runs first.
#[derive(Clone)]
#[must_use = "a layer does nothing until it is added to a service"]
pub struct BearerAuthLayer {
    auth: BearerAuth,
    checks: Vec<Check>,
}

impl BearerAuth {
    /// Returns a layer that lets only requests with a valid token pass.
    ///
    /// ```
    /// use axum::{Router, routing::get};
    /// use ory_oidc_axum::BearerAuth;
    ///
    /// # fn example(auth: BearerAuth) -> Router {
    /// let app = Router::new().route("/report", get(|| async { "secret" })).layer(auth.layer());
    /// # app
    /// # }
    /// ```
    pub fn layer(&self) -> BearerAuthLayer {
        BearerAuthLayer {
            auth: self.clone(),
            checks: Vec::new(),
        }
    }
}

impl BearerAuthLayer {
    /// Adds a check of the user. The first rejection is the response.
    ///
    /// ```
    /// # fn example(auth: ory_oidc_axum::BearerAuth) {
    /// use ory_oidc_axum::User;
    ///
    /// let staff = auth
    ///     .layer()
    ///     .require(User::require_email_verified)
    ///     .require(|user| match user.email() {
    ///         Some(email) if email.ends_with("@app.example") => Ok(()),
    ///         _ => Err(user.forbidden("only for staff")),
    ///     });
    /// # }
    /// ```
    pub fn require(
        mut self,
        check: impl Fn(&User) -> Result<(), Rejection> + Send + Sync + 'static,
    ) -> Self {
        self.checks.push(Arc::new(check));
        self
    }

    async fn user(&self, headers: &axum::http::HeaderMap) -> Result<User, Rejection> {
        let user = self.auth.authenticate(headers).await?;
        self.checks.iter().try_for_each(|check| check(&user))?;
        Ok(user)
    }
}

impl<S> Layer<S> for BearerAuthLayer {
    type Service = BearerAuthService<S>;

    fn layer(&self, inner: S) -> Self::Service {
        BearerAuthService {
            layer: Arc::new(self.clone()),
            inner,
        }
    }
}

impl fmt::Debug for BearerAuthLayer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BearerAuthLayer")
            .field("auth", &self.auth)
            .field("checks", &self.checks.len())
            .finish()
    }
}

/// The service that [`BearerAuthLayer`] makes of another one.
///
/// ```
/// use axum::routing::MethodRouter;
/// use ory_oidc_axum::{BearerAuth, BearerAuthService};
/// use tower_layer::Layer;
///
/// fn protect(auth: &BearerAuth, files: MethodRouter) -> BearerAuthService<MethodRouter> {
///     auth.layer().layer(files)
/// }
/// ```
#[derive(Clone, Debug)]
pub struct BearerAuthService<S> {
    layer: Arc<BearerAuthLayer>,
    inner: S,
}

impl<S, B> Service<Request<B>> for BearerAuthService<S>
where
    S: Service<Request<B>, Response: IntoResponse, Future: Send> + Clone + Send + 'static,
    B: Send + 'static,
{
    type Response = Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.inner.poll_ready(cx)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let layer = Arc::clone(&self.layer);
        // The service that was ready is used; the clone may not be.
        let clone = self.inner.clone();
        let mut inner = std::mem::replace(&mut self.inner, clone);
        Box::pin(async move {
            bearer::mark_as_sensitive(request.headers_mut());
            match layer.user(request.headers()).await {
                Ok(user) => {
                    request.extensions_mut().insert(user);
                    let response = inner.call(request).await?;
                    Ok(response.into_response())
                }
                Err(rejection) => Ok(rejection.into_response()),
            }
        })
    }
}
