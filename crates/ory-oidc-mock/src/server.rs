//! The server: a thread with a listener, and the way of a request through it.

use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes, HttpBody as _};
use axum::http::{Method, Request, StatusCode, Uri, header};
use axum::response::Response;
use axum::routing::{any, get, post};
use hyper::body::Incoming;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::TokioIo;
use hyper_util::service::TowerToHyperService;
use tokio::sync::oneshot;

use crate::fault::{self, ConnectionDropped};
use crate::request::RecordedRequest;
use crate::state::Shared;
use crate::{discovery, logout, registration, reply, userinfo};

/// The longest body that is read.
const BODY_LIMIT: usize = 1024 * 1024;

/// A running server; it stops when it is dropped.
pub(crate) struct Server {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

/// A free port of the loopback interface, and its address as a URL.
pub(crate) fn listen() -> std::io::Result<(TcpListener, String)> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?;
    listener.set_nonblocking(true)?;
    let url = format!("http://{}", listener.local_addr()?);
    Ok((listener, url))
}

impl Server {
    /// Serves from a thread of its own, so that a test may block its own thread, or have no runtime
    /// at all.
    pub(crate) fn start(listener: TcpListener, shared: Arc<Shared>) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let listener = {
            let _context = runtime.enter();
            tokio::net::TcpListener::from_std(listener)?
        };
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("ory-oidc-mock".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::spawn(accept(listener, shared));
                    let _ = stopped.await;
                });
                // The runtime ends here, and every connection with it.
            })?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn accept(listener: tokio::net::TcpListener, shared: Arc<Shared>) {
    let router = TowerToHyperService::new(routes(&shared));
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Out of file descriptors, most likely: some may be closed soon.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let (shared, router) = (Arc::clone(&shared), router.clone());
        tokio::spawn(async move {
            let service =
                service_fn(move |request| handle(Arc::clone(&shared), router.clone(), request));
            // An error here is a connection that was dropped, by the client or by a fault.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}

fn routes(shared: &Arc<Shared>) -> Router {
    let not_found = || async { reply::route_not_found() };
    Router::new()
        .route(
            "/.well-known/openid-configuration",
            get(discovery::configuration).fallback(not_found),
        )
        .route(
            "/.well-known/jwks.json",
            get(discovery::keys).fallback(not_found),
        )
        .route(
            "/oauth2/register",
            post(registration::create).fallback(not_found),
        )
        .route(
            "/oauth2/register/{id}",
            get(registration::read)
                .put(registration::update)
                .delete(registration::delete)
                .fallback(not_found),
        )
        .route(
            "/userinfo",
            get(userinfo::userinfo)
                .post(userinfo::userinfo)
                .fallback(not_found),
        )
        .route(
            "/oauth2/sessions/logout",
            get(logout::logout).post(logout::logout).fallback(not_found),
        )
        .route("/oauth2/fallbacks/{*page}", any(fallback_page))
        .fallback(not_found)
        .with_state(Arc::clone(shared))
}

/// The pages Ory shows where no login app is configured.
async fn fallback_page(uri: Uri) -> Response {
    match uri.path().trim_start_matches("/oauth2/fallbacks/") {
        "error" => reply::page(
            StatusCode::INTERNAL_SERVER_ERROR,
            "Error",
            "The request ended in the error that the query names.",
        ),
        "logout" => reply::page(
            StatusCode::OK,
            "Log out",
            "The log-out of the query waits to be accepted.",
        ),
        "logout/callback" => reply::page(StatusCode::OK, "Logged out", "You are logged out."),
        _ => reply::route_not_found(),
    }
}

/// One request: recorded, struck by a fault perhaps, and answered.
async fn handle(
    shared: Arc<Shared>,
    router: TowerToHyperService<Router>,
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
        let mut state = shared.state();
        state.requests.push(RecordedRequest::new(
            &parts,
            body.clone().unwrap_or_default(),
        ));
        fault::take(&mut state.faults, method.as_str(), &path)
    };

    if let Some(before) = fault.take_if(|fault| !fault.strikes_after_handling())
        && let Some(outcome) = before.effect().strike().await
    {
        return outcome;
    }
    let response = match body {
        None => reply::page(
            StatusCode::PAYLOAD_TOO_LARGE,
            "Error 413",
            "The body is too large.",
        ),
        Some(body) => answer(&shared, &router, Request::from_parts(parts, body)).await,
    };
    match fault {
        Some(after) => after.effect().strike().await.unwrap_or(Ok(response)),
        None => Ok(response),
    }
}

async fn answer(
    shared: &Shared,
    router: &TowerToHyperService<Router>,
    request: Request<Bytes>,
) -> Response {
    let is_get = request.method() == Method::GET;
    let path = request.uri().path();
    let well_known = path.starts_with("/.well-known/");
    let disabled = !shared.config.registration && path.starts_with("/oauth2/register/");
    let mut response = match clean(path) {
        Some(clean) => reply::redirect(StatusCode::TEMPORARY_REDIRECT, &clean, is_get),
        None => match router.call(request.map(Body::from)).await {
            Ok(response) => response,
            Err(never) => match never {},
        },
    };
    // Ory forbids the caching of every GET, but not where its answer is that registration is
    // switched off.
    if is_get && !disabled {
        reply::set(
            &mut response,
            header::CACHE_CONTROL,
            "private, no-cache, no-store, must-revalidate",
        );
    }
    if is_get && well_known {
        shared.state().caching.apply(response.headers_mut());
    }
    response
}

/// The path without `.`, `..` and empty segments, if it had any: Go's router redirects there.
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
    fn a_path_with_dots_or_doubled_slashes_is_cleaned() {
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
