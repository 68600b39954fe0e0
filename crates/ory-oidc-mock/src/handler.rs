//! Handles one HTTP request: records it, applies the rate limit and a fault, and routes it to its
//! endpoint.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Instant;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::{HeaderValue, Method, Request, StatusCode, Uri, header};
use axum::response::Response;
use hyper::body::Incoming;
use hyper::service::Service as _;
use hyper_util::service::TowerToHyperService;

use crate::fault::{self, ConnectionDropped};
use crate::hydra_version::HydraVersion;
use crate::rate_limit::Allowance;
use crate::registration::RegistrationDisabled;
use crate::request::RecordedRequest;
use crate::routing::{self, Api, Route};
use crate::state::Shared;
use crate::{reply, routes};

/// Longest accepted request body, in bytes.
const BODY_LIMIT: usize = 1024 * 1024;

/// Handles the requests of all connections.
#[derive(Clone)]
pub(crate) struct Handler {
    shared: Arc<Shared>,
    router: TowerToHyperService<Router>,
    api: Api,
}

impl Handler {
    /// Handles the requests to the public endpoints.
    pub(crate) fn public(shared: &Arc<Shared>) -> Self {
        Self::new(shared, routes::public(shared), Api::Public)
    }

    /// Handles the requests to the admin API.
    pub(crate) fn admin(shared: &Arc<Shared>) -> Self {
        Self::new(shared, routes::admin(shared), Api::Admin)
    }

    fn new(shared: &Arc<Shared>, router: Router, api: Api) -> Self {
        Self {
            api,
            shared: Arc::clone(shared),
            router: TowerToHyperService::new(router),
        }
    }

    /// Records a request, applies the rate limit, and returns the response.
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
        let allowance = {
            let mut state = self.shared.state();
            state.requests.push(RecordedRequest::new(
                &parts,
                body.clone().unwrap_or_default(),
            ));
            let rate_limit = state.rate_limit.as_mut();
            rate_limit.map(|rate| rate.count(Instant::now()))
        };
        if let Some(refusal) = allowance.as_ref().and_then(Allowance::refusal) {
            return Ok(refusal);
        }
        let mut outcome = self.outcome(Request::from_parts(parts, body)).await;
        if let (Some(allowance), Ok(response)) = (allowance, &mut outcome) {
            allowance.apply(response.headers_mut());
        }
        outcome
    }

    /// Applies the first fault that matches a request, and returns the response. There is no body if
    /// it was too large.
    async fn outcome(
        &self,
        request: Request<Option<Bytes>>,
    ) -> Result<Response, ConnectionDropped> {
        let (parts, body) = request.into_parts();
        let (method, path) = (parts.method.clone(), parts.uri.path().to_owned());
        let mut fault = fault::take(&mut self.shared.state().faults, method.as_str(), &path);

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

    async fn respond(&self, mut request: Request<Bytes>) -> Response {
        if matches!(self.api, Api::Public) {
            match self.shared.config.paths.at_hydra(request.uri().path()) {
                None => return reply::route_not_found(),
                Some(Cow::Borrowed(_)) => {}
                Some(Cow::Owned(path)) => *request.uri_mut() = with_path(request.uri(), &path),
            }
        }
        let is_get = request.method() == Method::GET;
        let is_well_known = request.uri().path().starts_with("/.well-known/");
        let is_health = request.uri().path().starts_with("/health/");
        let version = self.shared.config.version;
        let route = routing::route(self.api, version, request.method(), request.uri());
        let has_endpoint = matches!(route, Route::Endpoint(_));
        let mut response = match route {
            Route::Response(response) => response,
            Route::Endpoint(uri) => {
                *request.uri_mut() = uri;
                let mut response = match self.router.call(request.map(Body::from)).await {
                    Ok(response) => response,
                    Err(never) => match never {},
                };
                response.headers_mut().remove(header::ALLOW); // axum adds it to a 404
                response
            }
        };
        let forbids_caching = match version {
            HydraVersion::V2_3_0 => has_endpoint && !is_health,
            HydraVersion::Head => {
                is_get
                    && response
                        .extensions()
                        .get::<RegistrationDisabled>()
                        .is_none()
            }
        };
        if forbids_caching {
            let value = HeaderValue::from_static("private, no-cache, no-store, must-revalidate");
            let headers = response.headers_mut();
            headers.entry(header::CACHE_CONTROL).or_insert(value);
        }
        if is_get && is_well_known {
            self.shared.state().caching.apply(response.headers_mut());
        }
        response
    }
}

/// Returns the URI with another path and the same query.
fn with_path(uri: &Uri, path: &str) -> Uri {
    let query = uri.query().map(|query| format!("?{query}"));
    let target = format!("{path}{}", query.unwrap_or_default());
    target
        .parse()
        .expect("a valid path and a valid query form a URI")
}
