//! The HTTP client of the tests. It does not follow redirects.

use ory_oidc_mock::OryMock;
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// A response with its whole body.
pub(crate) struct Response {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: String,
}

impl Response {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn location(&self) -> &str {
        self.header("location")
            .expect("the response has a Location header")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("the response body is JSON")
    }

    pub(crate) fn text(&self, member: &str) -> String {
        self.json()[member]
            .as_str()
            .expect("the response member is a string")
            .to_owned()
    }
}

/// Sends a request with these headers and those that `reqwest` adds.
pub(crate) async fn try_send(
    ory: &OryMock,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<String>,
) -> reqwest::Result<Response> {
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let method =
        reqwest::Method::from_bytes(method.as_bytes()).expect("the test uses a valid method");
    let url = if path.starts_with("http") {
        path.to_owned()
    } else {
        format!("{}{path}", ory.url())
    };
    let mut request = http.request(method, url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    if let Some(body) = body {
        request = request.body(body);
    }
    let response = request.send().await?;
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    let body = String::from_utf8_lossy(&response.bytes().await?).into_owned();
    Ok(Response {
        status,
        headers,
        body,
    })
}

pub(crate) async fn send(
    ory: &OryMock,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<String>,
) -> Response {
    try_send(ory, method, path, headers, body)
        .await
        .expect("the mock server responds")
}

pub(crate) async fn get(ory: &OryMock, path: &str) -> Response {
    send(ory, "GET", path, &[], None).await
}

/// Sends a request with a bearer token and an optional JSON body.
pub(crate) async fn bearer(
    ory: &OryMock,
    method: &str,
    path: &str,
    token: &str,
    body: Option<Value>,
) -> Response {
    let authorization = format!("Bearer {token}");
    send(
        ory,
        method,
        path,
        &[("authorization", &authorization)],
        body.map(|body| body.to_string()),
    )
    .await
}

/// A client that was registered over HTTP.
pub(crate) struct Registered {
    pub(crate) id: String,
    pub(crate) path: String,
    pub(crate) token: String,
}

pub(crate) async fn register(ory: &OryMock, metadata: Value) -> Registered {
    let response = send(
        ory,
        "POST",
        "/oauth2/register",
        &[],
        Some(metadata.to_string()),
    )
    .await;
    assert_eq!(response.status, 201, "{}", response.body);
    let id = response.text("client_id");
    Registered {
        path: format!("/oauth2/register/{id}"),
        token: response.text("registration_access_token"),
        id,
    }
}

/// Sends a `GET` request without normalizing the path.
pub(crate) async fn send_verbatim(ory: &OryMock, path: &str) -> Response {
    let address = ory.url().trim_start_matches("http://");
    let mut stream = TcpStream::connect(address)
        .await
        .expect("the mock server accepts connections");
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n");
    stream
        .write_all(request.as_bytes())
        .await
        .expect("the request can be sent");
    let mut response = String::new();
    stream
        .read_to_string(&mut response)
        .await
        .expect("the mock server responds");
    let (head, body) = response
        .split_once("\r\n\r\n")
        .expect("the response has a head");
    let mut lines = head.lines();
    let status = lines
        .next()
        .and_then(|line| line.split(' ').nth(1))
        .and_then(|status| status.parse().ok());
    let headers = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| {
            (
                name.parse::<reqwest::header::HeaderName>()
                    .expect("the header name is valid"),
                value.parse().expect("the header value is valid"),
            )
        });
    Response {
        status: status.expect("the status line has a status"),
        headers: headers.collect(),
        body: body.to_owned(),
    }
}
