//! Sends one HTTP request exactly as it is written.

use std::time::Duration;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use hyper::{Method, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::request::Request;

/// The longest wait for a response.
const TIMEOUT: Duration = Duration::from_secs(30);

/// A complete response.
#[derive(Debug)]
pub(super) struct Response {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
}

/// Sends a request on a connection of its own. The target is not normalised.
///
/// # Panics
/// If the server does not respond.
pub(super) async fn send(server: &str, request: Request) -> Response {
    let line = format!("{} {}", request.method, request.target);
    let response = timeout(TIMEOUT, exchange(server, request)).await;
    let response = response.unwrap_or_else(|_| panic!("{line}: no response within {TIMEOUT:?}"));
    response.unwrap_or_else(|error| panic!("{line}: {error}"))
}

async fn exchange(server: &str, given: Request) -> Result<Response, Box<dyn std::error::Error>> {
    let address = server.trim_start_matches("http://");
    let stream = TcpStream::connect(address).await?;
    let (mut sender, connection) =
        hyper::client::conn::http1::handshake(TokioIo::new(stream)).await?;
    let connection = tokio::spawn(connection);
    let mut request = hyper::Request::new(Full::new(Bytes::from(given.body)));
    *request.method_mut() = Method::from_bytes(given.method.as_bytes())?;
    *request.uri_mut() = given.target.parse::<Uri>()?;
    request
        .headers_mut()
        .insert("host", HeaderValue::from_str(address)?);
    for (name, value) in given.headers {
        let name = HeaderName::from_bytes(name.as_bytes())?;
        let value = HeaderValue::from_bytes(value.as_bytes())?;
        request.headers_mut().append(name, value);
    }
    let (head, body) = sender.send_request(request).await?.into_parts();
    let body = body.collect().await?.to_bytes();
    connection.abort();
    Ok(Response {
        status: head.status,
        headers: head.headers,
        body,
    })
}
