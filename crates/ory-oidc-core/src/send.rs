//! Sends one request.

use crate::configuration::Configuration;
use crate::deadline::Deadline;
use crate::error::{Error, TransportError};
use crate::operation::{Exchange, Operation};
use crate::response::{Response, read};
use reqwest::Request;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Instant;

/// Sends a request once, and reports the exchange to the observer.
pub(crate) async fn send_once<T>(
    configuration: &Configuration,
    operation: Operation,
    request: Request,
    deadline: Deadline,
) -> Result<Response<T>, Error> {
    let started = Instant::now();
    let result = execute(configuration, operation, request, deadline).await;
    if let Some(observe) = configuration.observer() {
        let status = match &result {
            Ok(response) => Some(response.status()),
            Err(error) => error.status(),
        };
        let exchange = Exchange::new(operation, status, started.elapsed());
        // The response may hold the only copy of a token, so a panic must not lose it. The panic
        // hook has reported the panic.
        let _ = catch_unwind(AssertUnwindSafe(|| observe(&exchange)));
    }
    result
}

async fn execute<T>(
    configuration: &Configuration,
    operation: Operation,
    request: Request,
    deadline: Deadline,
) -> Result<Response<T>, Error> {
    let response = configuration.client().execute(operation, request);
    let Some(response) = deadline.of(response).await else {
        return Err(TransportError::gave_up(operation).into());
    };
    let response = response?;
    read(
        operation,
        response,
        configuration.max_body_bytes(),
        deadline,
    )
    .await
}
