//! `fetch`, which browsers, Node.js and other JavaScript runtimes have.

mod error;
mod fetch;
mod response;

use crate::error::{ConfigurationError, DecodeError, Error, TransportError};
use crate::operation::Operation;
pub(crate) use error::HttpError;
use fetch::{AbortOnDrop, fetch};
use reqwest::{Request, StatusCode};
pub(crate) use response::Response;
use response::send_chunks;
use std::time::Duration;
use tokio::sync::{mpsc, oneshot};
use wasm_bindgen_futures::spawn_local;

/// Sends requests.
#[derive(Clone)]
pub(crate) struct HttpClient;

/// A JavaScript runtime has no settings.
pub(crate) struct HttpSettings;

impl HttpSettings {
    pub(crate) fn new(_connect_timeout: Duration, _pool_idle_timeout: Duration) -> Self {
        Self
    }

    #[allow(clippy::unnecessary_wraps, clippy::unused_self)] // As on other platforms.
    pub(crate) fn build(self, _is_https: bool) -> Result<HttpClient, ConfigurationError> {
        Ok(HttpClient)
    }
}

impl HttpClient {
    /// Prepares a request. The future sends it when it is polled.
    #[allow(clippy::unused_self)] // As on other platforms.
    pub(crate) fn execute(
        &self,
        request: Request,
    ) -> impl Future<Output = Result<Response, Failure>> + Send + use<> {
        let (sender, response) = oneshot::channel();
        async move {
            spawn_local(exchange(request, sender));
            let response = response.await.expect("the task sends before it ends");
            response.map_err(Failure::Fetch)?.ok_or(Failure::Redirected)
        }
    }
}

/// The reason why there is no response that can be used.
pub(crate) enum Failure {
    Fetch(HttpError),
    /// The server redirected the request, and the browser hides where to.
    Redirected,
}

impl Failure {
    pub(crate) fn of(self, operation: Operation) -> Error {
        match self {
            Self::Fetch(error) => TransportError::of_fetch(operation, error).into(),
            Self::Redirected => {
                let problem = "the server redirected the request, and the browser hides where to";
                DecodeError::new(operation, StatusCode::FOUND, problem).into()
            }
        }
    }
}

/// Sends a request, and hands the response to the caller: first its beginning, then its chunks. Aborts
/// the request when the caller is gone.
async fn exchange(
    request: Request,
    mut caller: oneshot::Sender<Result<Option<Response>, HttpError>>,
) {
    let abort = AbortOnDrop::default();
    let fetched = tokio::select! {
        biased;
        fetched = fetch(&request, &abort) => fetched,
        () = caller.closed() => return,
    };
    let (sender, chunks) = mpsc::channel(1);
    let (response, body) = match fetched {
        Ok(response) => (Ok(Response::new(&response, chunks)), response.body()),
        Err(error) => (Err(error), None),
    };
    if caller.send(response).is_err() {
        return;
    }
    tokio::select! {
        biased;
        () = send_chunks(body, request.url(), &sender) => {}
        () = sender.closed() => {}
    }
}

/// Returns the error of a body that broke off.
pub(crate) fn broke_off(operation: Operation, error: HttpError) -> TransportError {
    TransportError::of_body(operation, error)
}
