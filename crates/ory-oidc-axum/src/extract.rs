//! The extractor.

use crate::auth::BearerAuth;
use crate::bearer;
use crate::reason::Reason;
use crate::rejection::Rejection;
use crate::user::User;
use axum::extract::{FromRef, FromRequestParts, OptionalFromRequestParts};
use axum::http::request::Parts;

/// Refuses a request without a valid token.
impl<S> FromRequestParts<S> for User
where
    BearerAuth: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Rejection> {
        let auth = BearerAuth::from_ref(state);
        // The layer has verified the token. It may require other scopes.
        if let Some(user) = parts.extensions.get::<Self>() {
            auth.check_scopes(user)?;
            return Ok(user.clone());
        }
        bearer::mark_as_sensitive(&mut parts.headers);
        auth.authenticate(&parts.headers).await
    }
}

/// Returns [`None`] for a request without a token. Refuses a request whose token is not valid.
impl<S> OptionalFromRequestParts<S> for User
where
    BearerAuth: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Rejection;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Option<Self>, Rejection> {
        match <Self as FromRequestParts<S>>::from_request_parts(parts, state).await {
            Ok(user) => Ok(Some(user)),
            Err(rejection) if rejection.reason() == Reason::NoToken => Ok(None),
            Err(rejection) => Err(rejection),
        }
    }
}
