//! One call: builds the request of an operation and sends it.

use crate::authorization::Authorization;
use crate::configuration::Configuration;
use crate::error::{Error, RequestError};
use crate::operation::Operation;
use crate::response::Response;
use crate::send::send;
use crate::trace::CallSpan;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use reqwest::{Method, Request};
use serde::Serialize;
use std::borrow::Cow;
use url::{Url, form_urlencoded};

/// RFC 3986 §2.3: everything but the unreserved characters is encoded.
const SEGMENT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// The longest path parameter, in bytes.
const MAX_SEGMENT_BYTES: usize = 2048;

/// A path parameter by its name in the path.
pub type PathParameter<'a> = (&'static str, &'a str);

/// One call of an operation. The generated functions build and send it.
///
/// ```no_run
/// use ory_oidc_core::call::Call;
/// use ory_oidc_core::{Authorization, Configuration, Error, Operation};
///
/// const READ: Operation = Operation::new("readThing", "GET", "/things/{id}");
///
/// # async fn example(configuration: Configuration) -> Result<(), Error> {
/// let response = Call::new(&configuration, READ, &[("id", "42")])?
///     .authorize(Authorization::Bearer("ory_at_example"))?
///     .send()
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
#[must_use = "a call does nothing until it is sent"]
pub struct Call<'a> {
    configuration: &'a Configuration,
    operation: Operation,
    request: Request,
}

impl<'a> Call<'a> {
    /// Begins a call at the operation's path below the base URL, or at the URL of the configuration's
    /// [`CallOptions`](crate::call_options::CallOptions).
    ///
    /// # Errors
    /// [`RequestError`] for a path parameter that is empty, too long or a dot segment.
    pub fn new(
        configuration: &'a Configuration,
        operation: Operation,
        parameters: &[PathParameter<'_>],
    ) -> Result<Self, RequestError> {
        if let Some(url) = configuration.options().url_of_call() {
            return Ok(Self::to_url(configuration, operation, url.clone()));
        }
        let base = configuration.base_url().path();
        let path = path(base, operation.path(), parameters)?;
        let url = configuration.url_of(&path);
        Ok(Self::to_url(configuration, operation, url))
    }

    /// Begins a call to any URL, such as one from the provider's metadata.
    pub fn to_url(configuration: &'a Configuration, operation: Operation, url: Url) -> Self {
        let method = Method::from_bytes(operation.method().as_bytes()).unwrap_or(Method::GET);
        let mut request = Request::new(method, url);
        if let Some(headers) = configuration.options().headers() {
            request.headers_mut().clone_from(headers);
        }
        let headers = request.headers_mut();
        headers.insert(ACCEPT, HeaderValue::from_static(operation.media_types()));
        if let Some(user_agent) = configuration.user_agent() {
            headers.insert(USER_AGENT, user_agent.clone());
        }
        Self {
            configuration,
            operation,
            request,
        }
    }

    /// Adds the query parameters that are set.
    pub fn query(mut self, parameters: &[(&str, Option<&str>)]) -> Self {
        for (name, value) in parameters {
            if let Some(value) = value {
                let mut query = self.request.url_mut().query_pairs_mut();
                query.append_pair(name, value);
            }
        }
        self
    }

    /// Adds the headers that are set, by their names in lower case.
    ///
    /// # Errors
    /// [`RequestError`] for a value that cannot be sent in a header.
    pub fn headers(
        mut self,
        parameters: &[(&'static str, Option<&str>)],
    ) -> Result<Self, RequestError> {
        for (name, value) in parameters {
            if let Some(value) = value {
                let mut value = HeaderValue::from_str(value)
                    .map_err(|_| RequestError::new(name, "cannot be sent in a header"))?;
                value.set_sensitive(true);
                let name = HeaderName::from_static(name);
                self.request.headers_mut().insert(name, value);
            }
        }
        Ok(self)
    }

    /// Sets a JSON body.
    ///
    /// # Errors
    /// [`RequestError`] for a value that cannot be written as JSON.
    pub fn json<T: Encode>(mut self, value: &T) -> Result<Self, RequestError> {
        let body = value.encode();
        let body = body.map_err(|_| RequestError::new("body", "cannot be written as JSON"))?;
        let headers = self.request.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        *self.request.body_mut() = Some(body.into());
        Ok(self)
    }

    /// Sets a body of the type `application/x-www-form-urlencoded`.
    pub fn form(mut self, parameters: &[(&str, &str)]) -> Self {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(parameters);
        let form = HeaderValue::from_static("application/x-www-form-urlencoded");
        self.request.headers_mut().insert(CONTENT_TYPE, form);
        *self.request.body_mut() = Some(body.finish().into());
        self
    }

    /// Sets the authorization.
    ///
    /// # Errors
    /// [`RequestError`], as for [`Authorization::apply`].
    pub fn authorize(mut self, authorization: Authorization<'_>) -> Result<Self, RequestError> {
        authorization.apply(&mut self.request)?;
        Ok(self)
    }

    /// Prepares the request, and returns the future that sends it. A status of 2xx and the operation's
    /// own redirects are a success. A failed call is repeated if the configuration has a
    /// [`RetryPolicy`](crate::retry::RetryPolicy). [`Response::typed`] says what the body decodes to.
    ///
    /// # Panics
    /// Outside of a tokio runtime, if the HTTP client has a time-out of its own, which begins now. The
    /// generated functions prepare the request only when they are awaited.
    ///
    /// # Errors
    /// - [`Error::Request`] for an option that cannot be sent.
    /// - [`Error::Transport`] if no complete response arrives.
    /// - [`Error::Server`] for any other status.
    /// - [`Error::Decode`] for a body beyond the limit, and if the HTTP client followed a redirect.
    pub fn send(self) -> impl Future<Output = Result<Response<()>, Error>> + Send + use<'a> {
        let Self {
            configuration,
            operation,
            mut request,
        } = self;
        let span = CallSpan::new(operation, request.url());
        let is_sent = configuration.options().problem().is_none();
        if let Some(add) = configuration.add_headers().filter(|_| is_sent) {
            let mut added = HeaderMap::new();
            span.in_scope(|| add(&mut added));
            add_missing(request.headers_mut(), added);
        }
        send(configuration, operation, request, span)
    }
}

/// A model that encodes itself, so that its encoder is compiled once, in the crate of the model.
pub trait Encode {
    /// Writes the model as JSON.
    ///
    /// # Errors
    /// As for [`to_json`].
    fn encode(&self) -> Result<Vec<u8>, serde_json::Error>;
}

/// Writes a value as JSON, for [`Encode`].
///
/// # Errors
/// The error of a value that cannot be written as JSON.
pub fn to_json<T: Serialize>(value: &T) -> Result<Vec<u8>, serde_json::Error> {
    // Most bodies fit, so that the buffer need not grow.
    let mut body = Vec::with_capacity(512);
    serde_json::to_writer(&mut body, value)?;
    Ok(body)
}

/// Adds headers that are missing.
fn add_missing(headers: &mut HeaderMap, added: HeaderMap) {
    let mut missing = None;
    for (name, value) in added {
        // Further values of a header have no name.
        if let Some(name) = name {
            missing = (!headers.contains_key(&name)).then_some(name);
        }
        if let Some(name) = &missing {
            headers.append(name.clone(), value);
        }
    }
}

/// Joins the paths of the base URL and of the operation, and fills in the parameters.
fn path(
    base: &str,
    template: &'static str,
    parameters: &[PathParameter<'_>],
) -> Result<Cow<'static, str>, RequestError> {
    let base = base.trim_end_matches('/');
    if base.is_empty() && parameters.is_empty() {
        return Ok(template.into());
    }
    let values = parameters
        .iter()
        .map(|(_, value)| value.len())
        .sum::<usize>();
    let mut path = String::with_capacity(base.len() + template.len() + values);
    path.push_str(base);
    let mut rest = template;
    for (name, value) in parameters {
        let (before, after) = rest.split_once('{').unwrap_or((rest, ""));
        path.push_str(before);
        path.push_str(&segment(name, value)?);
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    path.push_str(rest);
    Ok(path.into())
}

/// Encodes a path parameter as exactly one segment of a path.
///
/// ```
/// use ory_oidc_core::call::segment;
///
/// assert_eq!(segment("id", "a/b")?, "a%2Fb");
/// assert!(segment("id", "..").is_err());
/// # Ok::<(), ory_oidc_core::error::RequestError>(())
/// ```
///
/// # Errors
/// [`RequestError`] for a value that is empty, longer than 2048 bytes, or a dot segment.
pub fn segment<'a>(name: &'static str, value: &'a str) -> Result<Cow<'a, str>, RequestError> {
    match value {
        "" => Err(RequestError::new(name, "must not be empty")),
        "." | ".." => Err(RequestError::new(name, "must not be a dot segment")),
        _ if value.len() > MAX_SEGMENT_BYTES => Err(RequestError::new(
            name,
            "must not be longer than 2048 bytes",
        )),
        _ => Ok(utf8_percent_encode(value, SEGMENT).into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::call_options::CallOptions;

    const READ: Operation = Operation::new("readThing", "GET", "/things/{id}");

    fn configuration(base: &str) -> Configuration {
        let builder = Configuration::builder(base).http_client(reqwest::Client::new());
        builder.build().expect("the base URL is valid")
    }

    fn url(base: &str, id: &str) -> Result<String, RequestError> {
        let configuration = configuration(base);
        let call = Call::new(&configuration, READ, &[("id", id)])?;
        Ok(call.request.url().to_string())
    }

    #[test]
    fn path_parameter_is_one_segment_below_the_base_url() {
        for (base, id, expected) in [
            ("https://id.example", "a", "https://id.example/things/a"),
            ("https://id.example/", "a", "https://id.example/things/a"),
            (
                "https://id.example/x/",
                "a",
                "https://id.example/x/things/a",
            ),
            (
                "https://id.example//x",
                "a",
                "https://id.example//x/things/a",
            ),
            (
                "https://id.example",
                "a/b",
                "https://id.example/things/a%2Fb",
            ),
            (
                "https://id.example",
                "a?b#c",
                "https://id.example/things/a%3Fb%23c",
            ),
            (
                "https://id.example",
                "%2F",
                "https://id.example/things/%252F",
            ),
            (
                "https://id.example",
                "ä ",
                "https://id.example/things/%C3%A4%20",
            ),
            ("https://id.example", "...", "https://id.example/things/..."),
        ] {
            assert_eq!(url(base, id).as_deref(), Ok(expected), "{base} {id}");
        }
    }

    #[test]
    fn path_parameter_that_is_not_one_segment_is_refused() {
        for id in ["", ".", "..", &"x".repeat(MAX_SEGMENT_BYTES + 1)] {
            let refused = url("https://id.example", id).expect_err("the id is not a path segment");
            assert_eq!(refused.argument(), "id");
        }
    }

    #[tokio::test]
    async fn observer_receives_every_exchange() {
        use std::sync::{Arc, Mutex};

        let mut server = mockito::Server::new_async().await;
        let unavailable = server.mock("GET", "/things/1").with_status(503);
        let unavailable = unavailable.create_async().await;
        let seen = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&seen);
        let configuration = Configuration::builder(server.url())
            .http_client(reqwest::Client::new())
            .observe(move |exchange| {
                let mut log = log.lock().expect("the lock is not poisoned");
                log.push(*exchange);
            })
            .build()
            .expect("loopback is permitted");
        let call = Call::new(&configuration, READ, &[("id", "1")]).expect("the id is valid");
        call.send().await.expect_err("the server is unavailable");
        unavailable.assert_async().await;
        let seen = seen.lock().expect("the lock is not poisoned");
        let reported: Vec<_> = seen.iter().map(|e| (e.operation, e.status)).collect();
        let status = reqwest::StatusCode::SERVICE_UNAVAILABLE;
        assert_eq!(reported, [(READ, Some(status))]);
    }

    #[tokio::test]
    async fn panic_of_the_observer_does_not_lose_the_response() {
        let mut server = mockito::Server::new_async().await;
        let found = server.mock("GET", "/things/1").with_body("token");
        let _found = found.create_async().await;
        let configuration = Configuration::builder(server.url())
            .http_client(reqwest::Client::new())
            .observe(|_| panic!("the observer fails"))
            .build()
            .expect("loopback is permitted");
        let call = Call::new(&configuration, READ, &[("id", "1")]).expect("the id is valid");
        let response = call.send().await.expect("the server responds");
        assert_eq!(response.body(), "token");
    }

    #[tokio::test]
    async fn options_apply_to_the_call_and_do_not_replace_its_own_headers() {
        let mut server = mockito::Server::new_async().await;
        let expected = server
            .mock("GET", "/things/1")
            .match_header("x-trace", "t")
            .match_header("x-request-id", "job-17")
            .match_header("accept", "application/json")
            .match_header("user-agent", "my-app/1.0")
            .create_async()
            .await;
        let configuration = Configuration::builder(server.url())
            .http_client(reqwest::Client::new())
            .user_agent("my-app/1.0")
            .build()
            .expect("loopback is permitted");
        let trace = HeaderName::from_static("x-trace");
        let options = CallOptions::new()
            .header(trace, HeaderValue::from_static("t"))
            .header(ACCEPT, HeaderValue::from_static("text/html"))
            .request_id("job-17");
        let configuration = configuration.with_options(options);
        let call = Call::new(&configuration, READ, &[("id", "1")]).expect("the id is valid");
        call.send().await.expect("the mock server responds");
        expected.assert_async().await;
    }

    #[test]
    fn form_is_encoded_and_labelled() {
        let revoke = Operation::new("revoke", "POST", "/revoke");
        let configuration = configuration("https://id.example");
        let call = Call::new(&configuration, revoke, &[]).expect("the path has no parameters");
        let call = call.form(&[("token", "a b&c=d"), ("client_id", "ä")]);
        let body = call.request.body().and_then(reqwest::Body::as_bytes);
        assert_eq!(body, Some(&b"token=a+b%26c%3Dd&client_id=%C3%A4"[..]));
        assert_eq!(
            call.request.headers()[CONTENT_TYPE],
            "application/x-www-form-urlencoded"
        );
    }

    #[test]
    fn url_of_the_options_replaces_the_path_of_the_operation() {
        let url = "https://id.example/clients/1?tenant=a";
        let options = CallOptions::new().url(url.parse().expect("the URL is valid"));
        let configuration = configuration("https://id.example/base").with_options(options);
        let call = Call::new(&configuration, READ, &[("id", "2")]).expect("the id is valid");
        assert_eq!(call.request.url().as_str(), url);
    }

    #[test]
    fn headers_that_are_set_are_sent_and_never_shown() {
        let configuration = configuration("https://id.example");
        let call = || Call::new(&configuration, READ, &[("id", "1")]).expect("the id is valid");
        let sent = call().headers(&[("x-request-id", Some("r-1")), ("x-other", None)]);
        let sent = sent.expect("the value is valid");
        assert_eq!(sent.request.headers()["x-request-id"], "r-1");
        assert!(!sent.request.headers().contains_key("x-other"));
        assert!(!format!("{sent:?}").contains("r-1"));
        let refused = call().headers(&[("x-request-id", Some("a\r\nb: c"))]);
        let refused = refused.expect_err("the value has a line break");
        assert_eq!(
            refused.to_string(),
            "x-request-id cannot be sent in a header"
        );
    }

    #[tokio::test]
    async fn timeout_applies_to_an_own_http_client_without_one() {
        use std::time::Duration;
        use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

        // The server answers nothing, or only the head and a part of the body.
        for answer in ["", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\ntoken"] {
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
            let listener = listener.expect("a loopback port is free");
            let address = listener.local_addr().expect("the listener is bound");
            let server = tokio::spawn(async move {
                let (mut stream, _) = listener.accept().await.expect("the client connects");
                let request = stream.read(&mut [0; 1024]).await;
                request.expect("the client sends its request");
                let written = stream.write_all(answer.as_bytes()).await;
                written.expect("the client reads");
                std::future::pending::<()>().await;
            });
            let configuration = configuration(&format!("http://{address}"));
            let options = CallOptions::new().timeout(Duration::from_secs(1));
            let configuration = configuration.with_options(options);
            let call = Call::new(&configuration, READ, &[("id", "1")]).expect("the id is valid");
            let error = call.send().await.expect_err("the response never ends");
            assert_eq!(error.kind(), crate::ErrorKind::Timeout);
            let arrived = error.response_body().map(|body| &body[..]);
            assert_eq!(
                arrived.unwrap_or_default(),
                answer.get(38..).unwrap_or_default().as_bytes()
            );
            server.abort();
        }
    }

    #[tokio::test]
    async fn call_with_an_option_that_cannot_be_sent_is_not_sent() {
        let configuration = configuration("http://127.0.0.1:1");
        let configuration = configuration.with_options(CallOptions::new().request_id("a\nb"));
        let call = Call::new(&configuration, READ, &[("id", "1")]).expect("the id is valid");
        let refused = call.send().await.expect_err("the id has a line break");
        assert!(matches!(refused, Error::Request(_)), "{refused:?}");
    }
}
