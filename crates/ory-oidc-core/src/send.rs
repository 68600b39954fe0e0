//! Sends the request of a call, and repeats it if that is permitted.

use crate::configuration::Configuration;
use crate::deadline::Deadline;
use crate::error::{Error, FailedAttempt, TransportError};
use crate::incoming::Incoming;
use crate::operation::{Exchange, Operation};
use crate::platform::{Instant, sleep};
use crate::response::Response;
use crate::trace::CallSpan;
use reqwest::Request;
use std::panic::{AssertUnwindSafe, catch_unwind};

/// Sends a request in a span, and repeats it if that is permitted.
///
/// One flat future, since each `async fn` in it would reserve room for its own copies. Not generic, since
/// it would be compiled for each type of response.
pub(crate) fn send(
    configuration: &Configuration,
    operation: Operation,
    request: Request,
    span: CallSpan,
) -> impl Future<Output = Result<Response<()>, Error>> + Send {
    let policy = configuration.retry();
    // In a block, since few calls are repeated.
    let mut again = policy.and_then(|_| request.try_clone().map(Box::new));
    let mut sent = configuration.client().execute(request);
    span.clone().instrument(async move {
        if let Some(problem) = configuration.options().problem() {
            return Err(problem.clone().into());
        }
        let deadline = Deadline::after(configuration.timeout());
        let mut failed = Vec::new();
        loop {
            let timeout = policy.and_then(|policy| policy.timeout_of_attempt(operation));
            let until = deadline.or_after(timeout);
            let started = Instant::now();
            let response = until.of(sent).await;
            let result = match response {
                Ok(Ok(response)) => {
                    let limit = configuration.max_body_bytes();
                    let mut incoming = Incoming::new(operation, response, limit);
                    while !incoming.has_ended() {
                        let next = until.of(incoming.next()).await;
                        incoming.add(next.ok());
                    }
                    incoming.finish(operation)
                }
                Ok(Err(failure)) => Err(failure.of(operation)),
                Err(_) => Err(TransportError::gave_up(operation).into()),
            };
            let result = observed(configuration, operation, result, started);
            let error = match result {
                Ok(response) => {
                    if let Some(policy) = policy.filter(|_| failed.is_empty()) {
                        policy.succeeded_at_once();
                    }
                    span.ended(Ok(response.status()), failed.len());
                    return Ok(response.after(failed));
                }
                Err(error) => error,
            };
            let next = policy.zip(again.take()).and_then(|(policy, request)| {
                let delay = policy.delay(operation, &error, failed.len())?;
                let is_possible = deadline.leaves(delay) && policy.withdraw();
                is_possible.then_some((delay, request))
            });
            let Some((delay, request)) = next else {
                span.ended(Err(&error), failed.len());
                return Err(error.after(failed));
            };
            let this = FailedAttempt::new(error.kind(), error.status(), delay);
            span.retrying(&this);
            failed.push(this);
            sleep(delay).await;
            again = request.try_clone().map(Box::new);
            sent = configuration.client().execute(*request);
        }
    })
}

/// Reports an exchange to the observer, and returns its result.
fn observed(
    configuration: &Configuration,
    operation: Operation,
    result: Result<Response<()>, Error>,
    started: Instant,
) -> Result<Response<()>, Error> {
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
