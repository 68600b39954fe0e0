//! A server that sends the responses that a test gives it, byte for byte, and records its requests.

use ory_oidc::error::ValidationError;
use ory_oidc::operation;
use ory_oidc::operation::Operation;
use ory_oidc::registration::RegistrationAccessToken;
use ory_oidc::{Client, ClientMetadata, Error, IdToken, Registration, Subject};
use serde_json::Value;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::task::{JoinHandle, JoinSet};

/// The most bytes that a flooding server writes. Reaching it means that the client never stopped
/// reading.
pub(crate) const FLOOD: usize = 64 * 1024 * 1024;

pub(crate) const TOKEN: &str = "ory_at_example";

/// The reaction of the server to one request.
pub(crate) enum Action {
    /// Writes these bytes and keeps the connection open.
    Respond(Vec<u8>),
    /// Writes these bytes and closes the connection.
    RespondAndClose(Vec<u8>),
    /// Writes these bytes and then endless chunks.
    Flood(Vec<u8>),
    /// Reads the request and closes the connection without a response.
    Close,
    /// Reads the request and never responds.
    Stall,
}

/// Returns a response with a body and its length.
pub(crate) fn reply(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Action {
    let body = body.as_ref();
    let mut bytes = format!("HTTP/1.1 {status} Said\r\n").into_bytes();
    for (name, value) in headers {
        bytes.extend_from_slice(format!("{name}: {value}\r\n").as_bytes());
    }
    if status != 204 {
        bytes.extend_from_slice(format!("content-length: {}\r\n", body.len()).as_bytes());
    }
    bytes.extend_from_slice(b"\r\n");
    bytes.extend_from_slice(body);
    Action::Respond(bytes)
}

/// Returns a JSON response.
pub(crate) fn json(status: u16, body: impl AsRef<[u8]>) -> Action {
    reply(status, &[("content-type", "application/json")], body)
}

/// Returns an HTML page.
pub(crate) fn html(status: u16) -> Action {
    let page = "<!doctype html><title>Not here</title>";
    reply(
        status,
        &[("content-type", "text/html; charset=utf-8")],
        page,
    )
}

/// Returns a response whose connection closes before the announced body is complete.
pub(crate) fn truncated(status: u16, body: impl AsRef<[u8]>) -> Action {
    let body = body.as_ref();
    let announced = body.len() + 10;
    let head = format!("HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\n");
    let head = format!("{head}content-length: {announced}\r\n\r\n");
    Action::RespondAndClose([head.as_bytes(), body].concat())
}

/// Returns a response whose announced body never completes, on a connection that stays open.
pub(crate) fn stalled(status: u16, body: impl AsRef<[u8]>) -> Action {
    match truncated(status, body) {
        Action::RespondAndClose(bytes) => Action::Respond(bytes),
        action => action,
    }
}

/// Returns a response whose chunks never end.
pub(crate) fn flood(status: u16) -> Action {
    let head = format!("HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\n");
    Action::Flood(format!("{head}transfer-encoding: chunked\r\n\r\n").into_bytes())
}

/// A received request.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// Returns the first value of a header by its lower-case name.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("the request's body is JSON")
    }

    async fn read(stream: &mut TcpStream, buffer: &mut Vec<u8>) -> Option<Self> {
        let end = loop {
            if let Some(at) = buffer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at;
            }
            if stream.read_buf(buffer).await.ok()? == 0 {
                return None;
            }
        };
        let head = String::from_utf8_lossy(&buffer[..end]).into_owned();
        buffer.drain(..end + 4);
        let mut lines = head.split("\r\n");
        let mut first = lines.next()?.split(' ').map(str::to_owned);
        let (method, target) = (first.next()?, first.next()?);
        let headers: Vec<_> = lines
            .filter_map(|line| line.split_once(": "))
            .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
            .collect();
        let mut request = Self {
            method,
            target,
            headers,
            body: Vec::new(),
        };
        let length = request.header("content-length").unwrap_or("0");
        let length: usize = length.parse().ok()?;
        while buffer.len() < length {
            if stream.read_buf(buffer).await.ok()? == 0 {
                return None;
            }
        }
        request.body = buffer.drain(..length).collect();
        Some(request)
    }
}

/// A server on a free loopback port. It performs one action for each request, in order, and responds
/// with 599 when it runs out of actions.
pub(crate) struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    #[cfg_attr(not(feature = "jwt"), allow(dead_code))]
    actions: Actions,
    flooded: mpsc::UnboundedReceiver<usize>,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(actions: impl IntoIterator<Item = Action>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a loopback port is free");
        let address = listener.local_addr().expect("a listener has an address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (flood_sender, flooded) = mpsc::unbounded_channel();
        let actions: Actions = Arc::new(Mutex::new(actions.into_iter().collect()));
        let (seen, planned) = (Arc::clone(&requests), Arc::clone(&actions));
        let task = tokio::spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (actions, seen) = (Arc::clone(&actions), Arc::clone(&seen));
                connections.spawn(serve(stream, actions, seen, flood_sender.clone()));
            }
        });
        Self {
            address,
            requests,
            actions: planned,
            flooded,
            task,
        }
    }

    /// Starts a server that performs this action for the request of an operation. The read before an
    /// update succeeds and changes nothing.
    pub(crate) async fn for_operation(operation: Operation, action: Action) -> Self {
        if operation == operation::UPDATE_REGISTRATION {
            Self::start([json(200, r#"{"client_id": "c"}"#), action]).await
        } else {
            Self::start([action]).await
        }
    }

    /// Starts a server that closes every connection before it reads the request.
    pub(crate) async fn that_closes_before_reading() -> Self {
        let mut server = Self::start([]).await;
        server.task.abort();
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a loopback port is free");
        server.address = listener.local_addr().expect("a listener has an address");
        server.task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                drop(stream);
            }
        });
        server
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Adds an action. Only tests with the feature `jwt` do so.
    #[cfg_attr(not(feature = "jwt"), allow(dead_code))]
    pub(crate) fn respond(&self, action: Action) {
        let mut actions = self.actions.lock().expect("the lock is not poisoned");
        actions.push_back(action);
    }

    pub(crate) fn client(&self) -> Client {
        let client = Client::builder(self.url()).http_client(http());
        client.build().expect("a loopback URL is valid")
    }

    /// Returns the requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests
            .lock()
            .expect("the lock is not poisoned")
            .clone()
    }

    /// Returns the only request so far.
    pub(crate) fn request(&self) -> Request {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "expected one request: {requests:?}");
        requests[0].clone()
    }

    /// Returns the methods and targets of the requests so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        let requests = self.requests();
        let lines = requests.iter();
        lines
            .map(|request| format!("{} {}", request.method, request.target))
            .collect()
    }

    /// Returns the number of bytes that a flooding server wrote before the client stopped reading.
    pub(crate) async fn flooded(&mut self) -> usize {
        self.flooded
            .recv()
            .await
            .expect("a flooding server reports its bytes")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Actions = Arc<Mutex<VecDeque<Action>>>;

async fn serve(
    mut stream: TcpStream,
    actions: Actions,
    seen: Arc<Mutex<Vec<Request>>>,
    flood_sender: mpsc::UnboundedSender<usize>,
) {
    let mut buffer = Vec::new();
    while let Some(request) = Request::read(&mut stream, &mut buffer).await {
        seen.lock().expect("the lock is not poisoned").push(request);
        let action = actions
            .lock()
            .expect("the lock is not poisoned")
            .pop_front();
        let action = action.unwrap_or_else(|| reply(599, &[], ""));
        let bytes = match &action {
            Action::Respond(bytes) | Action::RespondAndClose(bytes) | Action::Flood(bytes) => {
                bytes.as_slice()
            }
            Action::Close | Action::Stall => b"",
        };
        if stream.write_all(bytes).await.is_err() {
            return;
        }
        match action {
            Action::Respond(_) => {}
            Action::RespondAndClose(_) | Action::Close => return,
            Action::Stall => std::future::pending().await,
            Action::Flood(_) => {
                let chunk = [b"10000\r\n", vec![b' '; 0x10000].as_slice(), b"\r\n"].concat();
                let mut written = 0;
                while written < FLOOD && stream.write_all(&chunk).await.is_ok() {
                    written += chunk.len();
                }
                // The test may have ended.
                let _ = flood_sender.send(written);
                return;
            }
        }
    }
}

/// Returns an HTTP client without redirects. The tests of a thread share it, since building one is
/// slow.
pub(crate) fn http() -> reqwest::Client {
    thread_local! {
        static CLIENT: reqwest::Client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("an HTTP client without TLS settings can be built");
    }
    CLIENT.with(Clone::clone)
}

/// Returns a restored registration.
pub(crate) fn registration(id: &str) -> Registration {
    Registration::from_saved(id, RegistrationAccessToken::new(TOKEN))
}

/// All operations.
pub(crate) const OPERATIONS: [Operation; 7] = [
    operation::REGISTER,
    operation::READ_REGISTRATION,
    operation::UPDATE_REGISTRATION,
    operation::DELETE_REGISTRATION,
    operation::DISCOVER,
    operation::USERINFO,
    operation::END_SESSION,
];

/// Calls an operation.
pub(crate) async fn call(
    client: &Client,
    operation: Operation,
    registration: &mut Registration,
) -> Result<(), Error> {
    if operation == operation::REGISTER {
        let metadata = ClientMetadata::default();
        client.register(&metadata).await.map(drop)
    } else if operation == operation::READ_REGISTRATION {
        client.read_registration(registration).await
    } else if operation == operation::UPDATE_REGISTRATION {
        let change = |metadata: &mut ClientMetadata| metadata.set_client_name("Renamed");
        client.update_registration(registration, change).await
    } else if operation == operation::DELETE_REGISTRATION {
        client.delete_registration(registration).await
    } else if operation == operation::DISCOVER {
        client.discover().refresh().await.map(drop)
    } else if operation == operation::USERINFO {
        let token = TOKEN.into();
        client.userinfo(&token, Subject::Unchecked).await.map(drop)
    } else if operation == operation::END_SESSION {
        let request = client.end_session(&IdToken::new(TOKEN));
        client.logout_probe(&request).await.map(drop)
    } else {
        panic!("{operation} has no call")
    }
}

/// Calls an operation whose request gets this reaction, and returns its error. The registration must
/// not change.
pub(crate) async fn call_expecting_error(operation: Operation, action: Action) -> (Error, Server) {
    let server = Server::for_operation(operation, action).await;
    let mut registration = registration("c").with_client_secret("hush".into());
    let before = registration.clone();
    let outcome = call(&server.client(), operation, &mut registration).await;
    assert_eq!(registration, before, "{operation}");
    let error = outcome.err();
    (
        error.unwrap_or_else(|| panic!("{operation} succeeded")),
        server,
    )
}

/// Returns the validation error of a failed call, if it has one.
pub(crate) fn validation<E: ValidationError, T>(outcome: &Result<T, Error>) -> Option<&E> {
    outcome.as_ref().err()?.validation()
}

/// Returns the messages of an error and of all its sources.
pub(crate) fn error_chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    text
}
