//! The status, the headers, the request id and the rate limit of a response.
//!
//! Every request of a [`Client`](crate::Client) has the method `with_response`:
//!
//! ```no_run
//! # async fn example(ory: ory_oidc::Client, token: ory_oidc::AccessToken) -> Result<(), ory_oidc::Error> {
//! use ory_oidc::Subject;
//!
//! let request = ory.userinfo(&token, Subject::Expect("user-123"));
//! let (user, response) = request.with_response().await?;
//! println!("{} in the request {:?}", user.sub(), response.request_id());
//! if let Some(limit) = response.rate_limit() {
//!     println!("{:?} requests are left for {:?}", limit.remaining(), limit.reset());
//! }
//! # Ok(())
//! # }
//! ```
//!
//! An [`Error`](crate::Error) returns the same for an error response.

pub use ory_oidc_core::rate_limit::RateLimit;
pub use ory_oidc_core::response_info::ResponseInfo;

/// A request that also returns the [`ResponseInfo`]. Await it to send it.
#[derive(Clone, Debug)]
#[must_use = "a request does nothing until it is awaited"]
pub struct WithResponse<R>(R);

impl<R> WithResponse<R> {
    pub(crate) fn new(request: R) -> Self {
        Self(request)
    }

    pub(crate) fn into_request(self) -> R {
        self.0
    }
}
