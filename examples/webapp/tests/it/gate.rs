//! A proxy to the provider that holds back requests, so that a test can act meanwhile.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::Notify;

/// Holds back the requests to one path.
pub(crate) struct Gate {
    path: &'static str,
    target: String,
    http: reqwest::Client,
    arrived: Notify,
    open: Notify,
}

impl Gate {
    /// Starts a proxy to a URL, and returns its own URL.
    pub(crate) fn start(
        http: &reqwest::Client,
        target: &str,
        path: &'static str,
    ) -> (Arc<Self>, String) {
        let gate = Arc::new(Self {
            path,
            target: target.to_owned(),
            http: http.clone(),
            arrived: Notify::new(),
            open: Notify::new(),
        });
        let listener = std::net::TcpListener::bind("127.0.0.1:0");
        let listener = listener.expect("loopback has a free port");
        let address = listener.local_addr().expect("the listener has an address");
        listener.set_nonblocking(true).expect("a listener can be");
        let listener = TcpListener::from_std(listener).expect("the listener is bound");
        let routes = Router::new().fallback(forward).with_state(gate.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        (gate, format!("http://{address}"))
    }

    /// Waits until a request to the path is held back.
    pub(crate) async fn arrived(&self) {
        self.arrived.notified().await;
    }

    pub(crate) fn open(&self) {
        self.open.notify_one();
    }
}

async fn forward(
    State(gate): State<Arc<Gate>>,
    method: Method,
    uri: Uri,
    mut headers: HeaderMap,
    body: Bytes,
) -> Response {
    if uri.path() == gate.path {
        gate.arrived.notify_one();
        gate.open.notified().await;
    }
    headers.remove("host");
    let request = gate.http.request(method, format!("{}{uri}", gate.target));
    let Ok(response) = request.headers(headers).body(body).send().await else {
        return StatusCode::BAD_GATEWAY.into_response();
    };
    let (status, mut headers) = (response.status(), response.headers().clone());
    headers.remove("transfer-encoding");
    let body = response.bytes().await.unwrap_or_default();
    (status, headers, body).into_response()
}
