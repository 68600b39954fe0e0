//! Any tower service as HTTP client.

use reqwest::{Request, Response};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use tower_service::Service;

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type SendRequest = dyn Fn(Request) -> ServiceFuture + Send + Sync;

/// The future of a response of a service.
pub(crate) type ServiceFuture =
    Pin<Box<dyn Future<Output = Result<Response, ServiceFailure>> + Send>>;

/// The error of a service, and the query of the request, which is not shown.
pub(crate) struct ServiceFailure {
    pub(crate) error: BoxError,
    pub(crate) query: Option<String>,
}

/// A tower service from requests to responses, without its type.
#[derive(Clone)]
pub(crate) struct HttpService(Arc<SendRequest>);

impl HttpService {
    pub(crate) fn new<S>(service: S) -> Self
    where
        S: Service<Request, Response = Response> + Clone + Send + 'static,
        S::Future: Send,
        S::Error: Into<BoxError>,
    {
        // A service need not be `Sync`: each call clones it.
        let service = Mutex::new(service);
        Self(Arc::new(move |request| {
            let shared = service.lock().unwrap_or_else(PoisonError::into_inner);
            let mut service = shared.clone();
            drop(shared);
            let query = request.url().query().map(str::to_owned);
            Box::pin(async move {
                let sent = async {
                    let ready = poll_fn(|context| service.poll_ready(context)).await;
                    ready.map_err(Into::into)?;
                    service.call(request).await.map_err(Into::into)
                };
                sent.await.map_err(|error| ServiceFailure { error, query })
            })
        }))
    }

    pub(crate) fn execute(&self, request: Request) -> ServiceFuture {
        self.0(request)
    }
}
