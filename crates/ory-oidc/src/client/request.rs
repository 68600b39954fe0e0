//! The options that every request has.

/// Adds per-call options and `IntoFuture` to a request type with the fields `client` and `options`
/// and an `async fn send(self)`.
macro_rules! request {
    ($name:ident, $output:ty) => {
        impl<'a> $name<'a> {
            /// Sets the time-out for the complete response of this call, instead of the client's.
            pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
                self.options.timeout = Some(timeout);
                self
            }

            /// Adds a header to this call. Headers that the call sets itself take precedence.
            pub fn header(
                mut self,
                name: reqwest::header::HeaderName,
                value: reqwest::header::HeaderValue,
            ) -> Self {
                self.options.add_header(name, value);
                self
            }
        }

        impl<'a> std::future::IntoFuture for $name<'a> {
            type Output = Result<$output, ory_oidc_core::Error>;
            type IntoFuture = std::pin::Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(self.send())
            }
        }
    };
}

pub(crate) use request;
