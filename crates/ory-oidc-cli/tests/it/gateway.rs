//! A reverse proxy in front of a server, which a test can break.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{HeaderName, StatusCode, Uri, header};
use axum::response::{IntoResponse as _, Response};
use serde_json::Value;
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

/// Serves until it is dropped, on a thread of its own.
pub(crate) struct Gateway {
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

/// A response whose body is complete.
pub(crate) type Reply = axum::http::Response<String>;

type Route = dyn Fn(&str) -> Option<String> + Send + Sync;
type Answer = dyn Fn(&Request) -> Option<Response> + Send + Sync;
type Change = dyn Fn(&str, &mut Reply) + Send + Sync;

/// How a gateway treats requests. By default it is transparent: the server's URL becomes its own.
#[derive(Clone)]
pub(crate) struct Rules {
    upstream: String,
    /// The URL at which clients know this, if it is not its own.
    known_as: Option<String>,
    /// Chooses another server for a path.
    route: Arc<Route>,
    /// Responds instead of the server.
    answer: Arc<Answer>,
    /// Removes headers of requests.
    withheld: Vec<HeaderName>,
    /// Changes responses. The first argument is the path.
    change: Arc<Change>,
}

impl Rules {
    pub(crate) fn new(upstream: &str) -> Self {
        Self {
            upstream: upstream.to_owned(),
            known_as: None,
            route: Arc::new(|_| None),
            answer: Arc::new(|_| None),
            withheld: Vec::new(),
            change: Arc::new(|_, _| {}),
        }
    }

    pub(crate) fn known_as(mut self, url: &str) -> Self {
        self.known_as = Some(url.to_owned());
        self
    }

    pub(crate) fn route(
        mut self,
        route: impl Fn(&str) -> Option<String> + Send + Sync + 'static,
    ) -> Self {
        self.route = Arc::new(route);
        self
    }

    /// Responds to paths that start with a text.
    pub(crate) fn answer(mut self, path: &'static str, response: fn() -> Response) -> Self {
        let before = self.answer;
        self.answer = Arc::new(move |request| {
            let matches = request.uri().path().starts_with(path);
            matches.then(response).or_else(|| before(request))
        });
        self
    }

    pub(crate) fn withhold(mut self, name: HeaderName) -> Self {
        self.withheld.push(name);
        self
    }

    /// Changes the responses of paths that start with a text.
    pub(crate) fn change(
        mut self,
        path: &'static str,
        change: impl Fn(&mut Reply) + Send + Sync + 'static,
    ) -> Self {
        let before = self.change;
        self.change = Arc::new(move |asked, reply| {
            before(asked, reply);
            if asked.starts_with(path) {
                change(reply);
            }
        });
        self
    }

    /// Changes a JSON document.
    pub(crate) fn change_json(
        self,
        path: &'static str,
        change: impl Fn(&mut Value) + Send + Sync + 'static,
    ) -> Self {
        self.change(path, move |reply| {
            let mut document = serde_json::from_str(reply.body()).expect("the body is JSON");
            change(&mut document);
            *reply.body_mut() = document.to_string();
        })
    }

    pub(crate) fn start(self) -> Gateway {
        Gateway::start(move |address| self.router(&format!("http://{address}")))
    }

    /// Returns a service that is known to its clients by a URL.
    pub(crate) fn router(self, own_url: &str) -> Router {
        let own_url = self.known_as.as_deref().unwrap_or(own_url).to_owned();
        let http = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("an HTTP client can be built");
        let rules = Arc::new(self);
        Router::new().fallback(move |request: Request| {
            let (rules, http, own_url) = (Arc::clone(&rules), http.clone(), own_url.clone());
            async move { rules.handle(&http, &own_url, request).await }
        })
    }

    async fn handle(&self, http: &reqwest::Client, own_url: &str, request: Request) -> Response {
        if let Some(response) = (self.answer)(&request) {
            return response;
        }
        let (mut parts, body) = request.into_parts();
        let path = parts.uri.path().to_owned();
        let upstream = (self.route)(&path).unwrap_or_else(|| self.upstream.clone());
        for name in self
            .withheld
            .iter()
            .chain([&header::HOST, &header::CONTENT_LENGTH])
        {
            parts.headers.remove(name);
        }
        let body = to_bytes(body, usize::MAX).await.expect("the body arrives");
        let target = format!("{upstream}{}", path_and_query(&parts.uri));
        let sent = http
            .request(parts.method, target)
            .headers(parts.headers)
            .body(body);
        let Ok(response) = sent.send().await else {
            return StatusCode::BAD_GATEWAY.into_response();
        };
        let mut reply = Reply::new(String::new());
        *reply.status_mut() = response.status();
        *reply.headers_mut() = response.headers().clone();
        for name in [
            header::CONTENT_LENGTH,
            header::TRANSFER_ENCODING,
            header::CONNECTION,
        ] {
            reply.headers_mut().remove(name);
        }
        let own = |text: &str| text.replace(&self.upstream, own_url);
        if let Some(target) = reply.headers_mut().get_mut(header::LOCATION) {
            let moved = own(target.to_str().expect("a location is text"));
            *target = moved.parse().expect("it stays valid");
        }
        *reply.body_mut() = own(&response.text().await.expect("the body is text"));
        (self.change)(&path, &mut reply);
        reply.map(Body::from)
    }
}

fn path_and_query(uri: &Uri) -> &str {
    uri.path_and_query().map_or("/", |path| path.as_str())
}

impl Gateway {
    fn start(router: impl FnOnce(SocketAddr) -> Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
        let address = listener.local_addr().expect("a listener has an address");
        listener
            .set_nonblocking(true)
            .expect("a listener can be non-blocking");
        let router = router(address);
        let (stop, stopped) = oneshot::channel();
        thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime starts").block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener);
                let listener = listener.expect("the runtime takes a listener");
                tokio::select! {
                    _ = axum::serve(listener, router) => {}
                    _ = stopped => {}
                }
            });
        });
        Self {
            address,
            _stop: stop,
        }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}
