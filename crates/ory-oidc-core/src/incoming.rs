//! A response whose body is being read.

use crate::error::{DecodeError, Error, ServerError, TransportError};
use crate::http::{self, HttpError, broke_off};
use crate::operation::Operation;
use crate::response::Response;
use crate::response_info::ResponseInfo;
use bytes::{Bytes, BytesMut};

/// A response whose body is being read, but never more than a number of bytes.
pub(crate) struct Incoming {
    response: http::Response,
    limit: usize,
    body: Body,
    end: Option<End>,
}

/// How reading the body ended.
enum End {
    Complete,
    TooLarge,
    /// The error of the HTTP client; [`None`] at the deadline.
    Cut(Option<HttpError>),
}

impl Incoming {
    pub(crate) fn new(operation: Operation, response: http::Response, limit: usize) -> Self {
        // The beginning of a response to a change may hold a token, even if the rest is too large.
        let is_too_large = response.content_length().unwrap_or_default() > limit as u64;
        Self {
            response,
            limit,
            body: Body::One(Bytes::new()),
            end: (is_too_large && operation.is_safe()).then_some(End::TooLarge),
        }
    }

    pub(crate) fn has_ended(&self) -> bool {
        self.end.is_some()
    }

    /// Waits for the next part of the body, to pass to [`add`](Self::add).
    pub(crate) fn next(&mut self) -> impl Future<Output = Result<Option<Bytes>, HttpError>> + Send {
        self.response.chunk()
    }

    /// Adds the next part of the body; [`None`] at the deadline.
    pub(crate) fn add(&mut self, next: Option<Result<Option<Bytes>, HttpError>>) {
        match next {
            Some(Ok(Some(next))) => {
                let fits = self.limit - self.body.len();
                if next.len() > fits {
                    self.body.push(next.slice(..fits));
                    self.end = Some(End::TooLarge);
                } else {
                    self.body.push(next);
                }
            }
            Some(Ok(None)) => self.end = Some(End::Complete),
            Some(Err(error)) => self.end = Some(End::Cut(Some(error))),
            None => self.end = Some(End::Cut(None)),
        }
    }

    /// Returns the response. A status of 2xx and the operation's redirects are a success.
    pub(crate) fn finish(mut self, operation: Operation) -> Result<Response<()>, Error> {
        let status = self.response.status();
        let headers = std::mem::take(self.response.headers_mut());
        let body = self.body.into_bytes();
        // The status alone makes an error response, even if its body is incomplete.
        let is_error = status.is_client_error() || status.is_server_error();
        match self.end.filter(|_| !is_error) {
            Some(End::TooLarge) => {
                let problem = format!("the body is larger than {} bytes", self.limit);
                let error = DecodeError::new(operation, status, problem);
                Err(error.with_response(headers, body).into())
            }
            Some(End::Cut(error)) => {
                let error = match error {
                    Some(error) => broke_off(operation, error),
                    None => TransportError::gave_up(operation),
                };
                Err(error.with_partial_response(status, headers, body).into())
            }
            _ if status.is_success() || operation.redirects().contains(&status.as_u16()) => {
                let info = ResponseInfo::new(operation, status, headers);
                Ok(Response::new(info, body))
            }
            _ => Err(ServerError::new(operation, status, headers, body).into()),
        }
    }
}

/// The parts of a body. Most bodies arrive in one part, which needs no copy.
enum Body {
    One(Bytes),
    Many(BytesMut),
}

impl Body {
    fn len(&self) -> usize {
        match self {
            Self::One(bytes) => bytes.len(),
            Self::Many(bytes) => bytes.len(),
        }
    }

    fn push(&mut self, next: Bytes) {
        match self {
            Self::One(bytes) if bytes.is_empty() => *bytes = next,
            Self::One(bytes) => {
                let mut many = BytesMut::with_capacity(bytes.len() + next.len());
                many.extend_from_slice(bytes);
                many.extend_from_slice(&next);
                *self = Self::Many(many);
            }
            Self::Many(bytes) => bytes.extend_from_slice(&next),
        }
    }

    fn into_bytes(self) -> Bytes {
        match self {
            Self::One(bytes) => bytes,
            Self::Many(bytes) => bytes.freeze(),
        }
    }
}
