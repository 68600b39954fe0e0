//! Any tower service as HTTP client.

use crate::error::TransportError;
use crate::operation::Operation;
use reqwest::{Request, Response};
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use tower_service::Service;

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type SendRequest = dyn Fn(Request) -> Pin<Box<dyn Future<Output = Result<Response, BoxError>> + Send>>
    + Send
    + Sync;

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
            Box::pin(async move {
                let ready = poll_fn(|context| service.poll_ready(context)).await;
                ready.map_err(Into::into)?;
                service.call(request).await.map_err(Into::into)
            })
        }))
    }

    pub(crate) async fn execute(
        &self,
        operation: Operation,
        request: Request,
    ) -> Result<Response, TransportError> {
        let query = request.url().query().map(str::to_owned);
        let response = self.0(request).await;
        response.map_err(|error| TransportError::of_service(operation, error, query.as_deref()))
    }
}
