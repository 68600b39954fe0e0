//! What every request has: options, and how it is sent.

/// Adds the options of single calls to a request type with the field `options`. `$note` says when
/// they are ignored.
macro_rules! options {
    ($name:ident $(, $note:literal)?) => {
        impl<'a> $name<'a> {
            /// Sets the time-out for the complete response of this call, instead of the client's.
            $(#[doc = $note])?
            pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
                self.options = self.options.timeout(timeout);
                self
            }

            /// Adds a header to this call. Headers that the call sets itself take precedence.
            $(#[doc = $note])?
            pub fn header(
                mut self,
                name: reqwest::header::HeaderName,
                value: reqwest::header::HeaderValue,
            ) -> Self {
                self.options = self.options.header(name, value);
                self
            }

            /// Sends an id of your choice as `X-Request-Id`, by which the call is found in the logs of
            /// the server and of gateways.
            $(#[doc = $note])?
            pub fn request_id(mut self, id: &str) -> Self {
                self.options = self.options.request_id(id);
                self
            }

            /// Sets whether and how this call is repeated if it fails, instead of the client's policy.
            $(#[doc = $note])?
            pub fn retry(mut self, policy: ory_oidc_core::retry::RetryPolicy) -> Self {
                self.options = self.options.retry(policy);
                self
            }

            /// Also returns what the response says beside the result: status, headers, request id and
            /// rate limit. Call it last.
            pub fn with_response(self) -> $crate::response::WithResponse<Self> {
                $crate::response::WithResponse::new(self)
            }
        }
    };
}

/// Adds options and `IntoFuture` to a request type with the fields `client` and `options` and an
/// `async fn send(self)` that returns the result and what the response says beside it.
macro_rules! request {
    ($name:ident, $output:ty) => {
        $crate::client::request::options!($name);
        $crate::client::request::with_response!($name, $output);

        impl<'a> std::future::IntoFuture for $name<'a> {
            type Output = Result<$output, ory_oidc_core::Error>;
            type IntoFuture = std::pin::Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(async move { Ok(self.send().await?.0) })
            }
        }
    };
}

/// Adds `wait` to a request, for synchronous code.
macro_rules! wait {
    ($request:ty, $output:ty) => {
        #[cfg(feature = "blocking")]
        #[cfg_attr(docsrs, doc(cfg(feature = "blocking")))]
        impl<'a> $request {
            /// Sends the request and waits for the result, in synchronous code.
            ///
            /// # Errors
            /// As for `.await`. And [`Error::Request`](crate::Error::Request) inside an async runtime.
            pub fn wait(self) -> Result<$output, ory_oidc_core::Error> {
                ory_oidc_core::blocking::wait(self)
            }
        }
    };
}

/// Lets a request also return what the response says beside the result.
macro_rules! with_response {
    ($name:ident, $output:ty) => {
        $crate::client::request::wait!($name<'a>, $output);
        $crate::client::request::wait!(
            $crate::response::WithResponse<$name<'a>>,
            ($output, ory_oidc_core::ResponseInfo)
        );

        impl<'a> std::future::IntoFuture for $crate::response::WithResponse<$name<'a>> {
            type Output = Result<($output, ory_oidc_core::ResponseInfo), ory_oidc_core::Error>;
            type IntoFuture = std::pin::Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(self.into_request().send())
            }
        }
    };
}

pub(crate) use {options, request, wait, with_response};
