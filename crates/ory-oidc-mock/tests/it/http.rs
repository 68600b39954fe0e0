//! The client the tests use: it follows no redirect, and gives back everything of an answer.

use ory_oidc_mock::OryMock;
use serde_json::Value;

/// An answer, with its body read.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    pub(crate) fn location(&self) -> &str {
        self.header("location").expect("the answer has a location")
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("the body is JSON")
    }

    pub(crate) fn text(&self, member: &str) -> String {
        self.json()[member]
            .as_str()
            .expect("the member is a string")
            .to_owned()
    }
}

/// Sends a request; every header but the listed ones is the client's own.
pub(crate) async fn try_send(
    ory: &OryMock,
    method: &str,
    path: &str,
    headers: &[(&str, &str)],
    body: Option<String>,
) -> reqwest::Result<Answer> {
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .build()?;
    let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
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
    Ok(Answer {
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
) -> Answer {
    try_send(ory, method, path, headers, body)
        .await
        .expect("the double answers")
}

pub(crate) async fn get(ory: &OryMock, path: &str) -> Answer {
    send(ory, "GET", path, &[], None).await
}

/// A request with a bearer token, and perhaps a JSON body.
pub(crate) async fn bearer(
    ory: &OryMock,
    method: &str,
    path: &str,
    token: &str,
    body: Option<Value>,
) -> Answer {
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

/// A client that has been registered over HTTP.
pub(crate) struct Registered {
    pub(crate) id: String,
    pub(crate) path: String,
    pub(crate) token: String,
}

pub(crate) async fn register(ory: &OryMock, metadata: Value) -> Registered {
    let answer = send(
        ory,
        "POST",
        "/oauth2/register",
        &[],
        Some(metadata.to_string()),
    )
    .await;
    assert_eq!(answer.status, 201, "{}", answer.body);
    let id = answer.text("client_id");
    Registered {
        path: format!("/oauth2/register/{id}"),
        token: answer.text("registration_access_token"),
        id,
    }
}
