//! Sends the request of a call, and repeats it if that is permitted.

use crate::configuration::Configuration;
use crate::deadline::Deadline;
use crate::error::{Error, FailedAttempt, TransportError};
use crate::operation::{Exchange, Operation};
use crate::platform::{Instant, sleep};
use crate::response::{Response, read};
use crate::trace::CallSpan;
use reqwest::Request;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;

/// Sends a request in a span, and repeats it if that is permitted.
pub(crate) async fn send<T>(
    configuration: &Configuration,
    operation: Operation,
    request: &mut Option<Request>,
    span: &CallSpan,
) -> Result<Response<T>, Error> {
    let deadline = Deadline::after(configuration.timeout());
    let policy = configuration.retry();
    let mut failed = Vec::new();
    loop {
        // In a block, since few calls are repeated.
        let again = policy.and_then(|_| request.as_ref()?.try_clone().map(Box::new));
        let timeout = policy.and_then(|policy| policy.timeout_of_attempt(operation));
        let until = deadline.or_after(timeout);
        let error = match send_once(configuration, operation, request, until).await {
            Ok(response) => {
                if let Some(policy) = policy.filter(|_| failed.is_empty()) {
                    policy.succeeded_at_once();
                }
                span.ended(Ok(response.status()), failed.len());
                return Ok(response.after(failed));
            }
            Err(error) => error,
        };
        let delay = policy.and_then(|policy| {
            let delay = policy.delay(operation, &error, failed.len())?;
            let is_possible = again.is_some() && deadline.leaves(delay);
            (is_possible && policy.withdraw()).then_some(delay)
        });
        let Some(delay) = delay else {
            span.ended(Err(&error), failed.len());
            return Err(error.after(failed));
        };
        let this = FailedAttempt::new(error.kind(), error.status(), delay);
        span.retrying(&this);
        failed.push(this);
        sleep(delay).await;
        *request = again.map(|again| *again);
    }
}

/// Sends a request once, and reports the exchange to the observer.
async fn send_once<T>(
    configuration: &Configuration,
    operation: Operation,
    request: &mut Option<Request>,
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
    request: &mut Option<Request>,
    deadline: Deadline,
) -> Result<Response<T>, Error> {
    let response = configuration.client().execute(operation, request);
    let Some(response) = deadline.of(pin!(response)).await else {
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
