//! Handles one HTTP request: records it, applies a fault, and routes it to its endpoint.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::{Method, Request, StatusCode, header};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;

use crate::fault::{self, ConnectionDropped};
use crate::registration::RegistrationDisabled;
use crate::request::RecordedRequest;
use crate::state::Shared;
use crate::{reply, routes};

/// Longest accepted request body, in bytes.
const BODY_LIMIT: usize = 1024 * 1024;

/// Handles the requests of all connections.
#[derive(Clone)]
pub(crate) struct Handler {
    shared: Arc<Shared>,
    router: TowerToHyperService<Router>,
}

impl Handler {
    /// Handles the requests to the public endpoints.
    pub(crate) fn public(shared: &Arc<Shared>) -> Self {
        Self::new(shared, routes::public(shared))
    }

    /// Handles the requests to the admin API.
    pub(crate) fn admin(shared: &Arc<Shared>) -> Self {
        Self::new(shared, routes::admin(shared))
    }

    fn new(shared: &Arc<Shared>, router: Router) -> Self {
        Self {
            shared: Arc::clone(shared),
            router: TowerToHyperService::new(router),
        }
    }

    /// Records a request, applies the first fault that matches it, and returns the response.
    pub(crate) async fn handle(
        self,
        request: Request<Incoming>,
    ) -> Result<Response, ConnectionDropped> {
        let (parts, incoming) = request.into_parts();
        let too_large = incoming.size_hint().lower() > BODY_LIMIT as u64;
        let body = if too_large {
            None
        } else {
            axum::body::to_bytes(Body::new(incoming), BODY_LIMIT)
                .await
                .ok()
        };
        let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
        let mut fault = {
            let mut state = self.shared.state();
            state.requests.push(RecordedRequest::new(
                &parts,
                body.clone().unwrap_or_default(),
            ));
            fault::take(&mut state.faults, method.as_str(), &path)
        };

        if let Some(before) = fault.take_if(|fault| !fault.applies_after_handling())
            && let Some(outcome) = before.effect().apply(&method, &path).await
        {
            return outcome;
        }
        let response = match body {
            None => reply::page(
                StatusCode::PAYLOAD_TOO_LARGE,
                "Error 413",
                "The request body is too large.",
            ),
            Some(body) => self.respond(Request::from_parts(parts, body)).await,
        };
        match fault {
            Some(after) => after
                .effect()
                .apply(&method, &path)
                .await
                .unwrap_or(Ok(response)),
            None => Ok(response),
        }
    }

    async fn respond(&self, request: Request<Bytes>) -> Response {
        let is_get = request.method() == Method::GET;
        let path = request.uri().path();
        let is_well_known = path.starts_with("/.well-known/");
        let mut response = match clean(path) {
            Some(clean) => reply::redirect(StatusCode::TEMPORARY_REDIRECT, &clean, is_get),
            None => match self.router.call(request.map(Body::from)).await {
                Ok(response) => response,
                Err(never) => match never {},
            },
        };
        // Hydra forbids caching for every GET, except when registration is disabled.
        let is_disabled = response
            .extensions()
            .get::<RegistrationDisabled>()
            .is_some();
        if is_get && !is_disabled {
            reply::set(
                &mut response,
                header::CACHE_CONTROL,
                "private, no-cache, no-store, must-revalidate",
            );
        }
        if is_get && is_well_known {
            self.shared.state().caching.apply(response.headers_mut());
        }
        response
    }
}

/// Removes `.`, `..` and empty segments from a path, as Go's router does before it redirects.
/// Returns `None` if the path has no such segment.
fn clean(path: &str) -> Option<String> {
    let mut segments: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => drop(segments.pop()),
            other => segments.push(other),
        }
    }
    let mut clean = format!("/{}", segments.join("/"));
    if path.ends_with('/') && clean != "/" {
        clean.push('/');
    }
    (clean != path).then_some(clean)
}

#[cfg(test)]
mod tests {
    use super::clean;

    #[test]
    fn paths_with_dot_segments_or_empty_segments_are_cleaned() {
        for (path, cleaned) in [
            ("/oauth2/register/..", Some("/oauth2")),
            ("/a/./b", Some("/a/b")),
            ("//userinfo", Some("/userinfo")),
            ("/../..", Some("/")),
            ("/oauth2/register/", None),
            ("/userinfo", None),
            ("/", None),
        ] {
            assert_eq!(clean(path).as_deref(), cleaned, "{path}");
        }
    }
}
