//! What every request has: options, and how it is sent.
//!
//! `$call` is the call that makes the request, for the examples. It may use the variables of [`example`].

/// An example of a method of a request.
macro_rules! example {
    ($call:expr, $($line:literal),+) => {
        concat!(
            "\n\n```no_run\n",
            "# use ory_oidc::*;\n",
            "# fn variables<T>() -> T { unimplemented!() }\n",
            "# async fn example(ory: Client) -> Result<(), Error> {\n",
            "# let (mut registration, wanted): (Registration, ClientMetadata) = variables();\n",
            "# let (token, logout): (AccessToken, logout::EndSession) = variables();\n",
            $crate::client::request::jwt_variables!(),
            "let request = ", $call, ";\n",
            $($line, "\n",)+
            "# Ok(())\n",
            "# }\n",
            "```"
        )
    };
}

#[cfg(feature = "jwt")]
macro_rules! jwt_variables {
    () => {
        concat!(
            "# let (keys, guard): (token::KeySet, token::MemoryReplayGuard) = variables();\n",
            "# let form_field = \"\";\n",
        )
    };
}

#[cfg(not(feature = "jwt"))]
macro_rules! jwt_variables {
    () => {
        ""
    };
}

/// Adds the options of single calls to a request type with the field `options`. The requests that a
/// `shared` one sends serve other callers, too.
macro_rules! options {
    ($name:ident, $call:literal) => {
        $crate::client::request::options!(
            $name,
            $call,
            "Sets the time-out for the complete response of this call, instead of the client's."
        );
    };
    ($name:ident, $call:literal, shared) => {
        $crate::client::request::options!(
            $name,
            $call,
            "Sets how long this call waits for metadata and keys. Then it uses expired ones if it still may, \
             and otherwise fails with a time-out.\n\n\
             The requests are not cut short, because other callers may wait for them, too. They have the \
             client's time-out, so a longer wait has no effect.",
            "\n\nApplies to each request for metadata or keys that this call sends, also for other callers that \
             wait for it. The call sends none if they are cached, or if another caller's request is under way."
        );
    };
    ($name:ident, $call:literal, $timeout:literal $(, $note:literal)?) => {
        impl<'a> $name<'a> {
            #[doc = $timeout]
            #[doc = $crate::client::request::example!(
                $call,
                "let timeout = std::time::Duration::from_secs(5);",
                "let outcome = request.timeout(timeout).await?;"
            )]
            pub fn timeout(mut self, timeout: std::time::Duration) -> Self {
                self.options = self.options.timeout(timeout);
                self
            }

            /// Adds a header to this call. Headers that the call sets itself take precedence.
            $(#[doc = $note])?
            #[doc = $crate::client::request::example!(
                $call,
                "# use ory_oidc::reqwest::header::{HeaderName, HeaderValue};",
                "let tenant = HeaderName::from_static(\"x-tenant\");",
                "let outcome = request.header(tenant, HeaderValue::from_static(\"acme\")).await?;"
            )]
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
            #[doc = $crate::client::request::example!(
                $call,
                "let outcome = request.request_id(\"job-17\").await?;"
            )]
            pub fn request_id(mut self, id: &str) -> Self {
                self.options = self.options.request_id(id);
                self
            }

            /// Sets whether and how this call is repeated if it fails, instead of the client's policy.
            $(#[doc = $note])?
            #[doc = $crate::client::request::example!(
                $call,
                "let policy = ory_oidc::retry::RetryPolicy::new().max_retries(3);",
                "let outcome = request.retry(policy).await?;"
            )]
            pub fn retry(mut self, policy: ory_oidc_core::retry::RetryPolicy) -> Self {
                self.options = self.options.retry(policy);
                self
            }
        }
    };
}

/// Adds options and `IntoFuture` to a request type with the fields `client` and `options` and an
/// `async fn send(self)` that returns the result and what the response says beside it.
macro_rules! request {
    ($name:ident, $call:literal, $output:ty) => {
        $crate::client::request::options!($name, $call);
        $crate::client::request::with_response!($name, $call, $output);

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
    ($request:ty, $call:expr, $output:ty) => {
        #[cfg(feature = "blocking")]
        #[cfg_attr(docsrs, doc(cfg(feature = "blocking")))]
        impl<'a> $request {
            /// Waits for the result, in synchronous code.
            #[doc = $crate::client::request::example!($call, "let outcome = request.wait()?;")]
            ///
            /// # Errors
            /// As for `.await`. And [`Error::Request`](crate::Error::Request) inside an async runtime.
            pub fn wait(self) -> Result<$output, ory_oidc_core::Error> {
                ory_oidc_core::blocking::wait(self)
            }
        }
    };
}

/// Adds `wait`, and lets a request also return what the response says beside the result.
macro_rules! with_response {
    ($name:ident, $call:literal, $output:ty) => {
        $crate::client::request::wait!($name<'a>, $call, $output);
        $crate::client::request::wait!(
            $crate::response::WithResponse<$name<'a>>,
            concat!($call, ".with_response()"),
            ($output, ory_oidc_core::ResponseInfo)
        );

        impl<'a> $name<'a> {
            /// Also returns the status, the headers, the request id and the rate limit of the response.
            /// Call it last.
            #[doc = $crate::client::request::example!(
                                        $call,
                                        "let (outcome, response) = request.with_response().await?;",
                                        "println!(\"{:?}\", response.request_id());"
                                    )]
            pub fn with_response(self) -> $crate::response::WithResponse<Self> {
                $crate::response::WithResponse::new(self)
            }
        }

        impl<'a> std::future::IntoFuture for $crate::response::WithResponse<$name<'a>> {
            type Output = Result<($output, ory_oidc_core::ResponseInfo), ory_oidc_core::Error>;
            type IntoFuture = std::pin::Pin<Box<dyn Future<Output = Self::Output> + Send + 'a>>;

            fn into_future(self) -> Self::IntoFuture {
                Box::pin(self.into_request().send())
            }
        }
    };
}

pub(crate) use {example, jwt_variables, options, request, wait, with_response};
