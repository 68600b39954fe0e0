//! A server that answers with what a test gives it, byte for byte, and notes what it was asked.

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

/// The most that a flooding server writes: enough to tell that nobody stopped reading.
pub(crate) const FLOOD: usize = 64 * 1024 * 1024;

pub(crate) const TOKEN: &str = "ory_at_example";

/// What a server does with one request.
pub(crate) enum Act {
    /// Writes these bytes and keeps the connection.
    Answer(Vec<u8>),
    /// Writes these bytes and closes the connection.
    Last(Vec<u8>),
    /// Writes these bytes and then chunks without end.
    Flood(Vec<u8>),
    /// Reads the request, says nothing and closes.
    Close,
    /// Reads the request and says nothing.
    Stall,
}

/// An answer with a body and its length.
pub(crate) fn reply(status: u16, headers: &[(&str, &str)], body: impl AsRef<[u8]>) -> Act {
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
    Act::Answer(bytes)
}

/// An answer in JSON.
pub(crate) fn json(status: u16, body: impl AsRef<[u8]>) -> Act {
    reply(status, &[("content-type", "application/json")], body)
}

/// An answer in HTML.
pub(crate) fn html(status: u16) -> Act {
    let page = "<!doctype html><title>Not here</title>";
    reply(
        status,
        &[("content-type", "text/html; charset=utf-8")],
        page,
    )
}

/// An answer whose connection breaks before the body that it promised is whole.
pub(crate) fn cut(status: u16, body: &str) -> Act {
    let promised = body.len() + 10;
    let head = format!("HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\n");
    Act::Last(format!("{head}content-length: {promised}\r\n\r\n{body}").into_bytes())
}

/// An answer whose chunks never end.
pub(crate) fn flood(status: u16) -> Act {
    let head = format!("HTTP/1.1 {status} Said\r\ncontent-type: application/json\r\n");
    Act::Flood(format!("{head}transfer-encoding: chunked\r\n\r\n").into_bytes())
}

/// A request as it arrived.
#[derive(Clone, Debug)]
pub(crate) struct Request {
    pub(crate) method: String,
    pub(crate) target: String,
    headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Request {
    /// The values of a header, by its name in lower case.
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

/// A server on a free port of this machine. It does one act for each request, in their order,
/// and answers 599 to more requests than it was given acts.
pub(crate) struct Server {
    address: SocketAddr,
    requests: Arc<Mutex<Vec<Request>>>,
    flooded: mpsc::UnboundedReceiver<usize>,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start(acts: impl IntoIterator<Item = Act>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port of this machine is free");
        let address = listener.local_addr().expect("a listener has an address");
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (flooding, flooded) = mpsc::unbounded_channel();
        let acts: Acts = Arc::new(Mutex::new(acts.into_iter().collect()));
        let seen = Arc::clone(&requests);
        let task = tokio::spawn(async move {
            let mut conversations = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let (acts, seen) = (Arc::clone(&acts), Arc::clone(&seen));
                conversations.spawn(converse(stream, acts, seen, flooding.clone()));
            }
        });
        Self {
            address,
            requests,
            flooded,
            task,
        }
    }

    /// A server that does this to the request of an operation. The read that comes before an
    /// update succeeds, and says nothing new.
    pub(crate) async fn before(operation: Operation, act: Act) -> Self {
        if operation == operation::UPDATE_REGISTRATION {
            Self::start([json(200, "{}"), act]).await
        } else {
            Self::start([act]).await
        }
    }

    /// A server that closes every connection before it reads.
    pub(crate) async fn that_closes_at_once() -> Self {
        let mut server = Self::start([]).await;
        server.task.abort();
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port of this machine is free");
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

    pub(crate) fn client(&self) -> Client {
        let client = Client::builder(self.url()).http_client(http());
        client.build().expect("the URL of this machine is fine")
    }

    /// The requests so far.
    pub(crate) fn requests(&self) -> Vec<Request> {
        self.requests.lock().expect("nothing panicked").clone()
    }

    /// The only request so far.
    pub(crate) fn request(&self) -> Request {
        let requests = self.requests();
        assert_eq!(requests.len(), 1, "one request was expected: {requests:?}");
        requests[0].clone()
    }

    /// Methods and targets of the requests so far.
    pub(crate) fn lines(&self) -> Vec<String> {
        let requests = self.requests();
        let lines = requests.iter();
        lines
            .map(|request| format!("{} {}", request.method, request.target))
            .collect()
    }

    /// How much a flooding server could write before the client stopped reading.
    pub(crate) async fn flooded(&mut self) -> usize {
        self.flooded.recv().await.expect("the server flooded")
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

type Acts = Arc<Mutex<VecDeque<Act>>>;

async fn converse(
    mut stream: TcpStream,
    acts: Acts,
    seen: Arc<Mutex<Vec<Request>>>,
    flooding: mpsc::UnboundedSender<usize>,
) {
    let mut buffer = Vec::new();
    while let Some(request) = Request::read(&mut stream, &mut buffer).await {
        seen.lock().expect("nothing panicked").push(request);
        let act = acts.lock().expect("nothing panicked").pop_front();
        let act = act.unwrap_or_else(|| reply(599, &[], ""));
        let bytes = match &act {
            Act::Answer(bytes) | Act::Last(bytes) | Act::Flood(bytes) => bytes.as_slice(),
            Act::Close | Act::Stall => b"",
        };
        if stream.write_all(bytes).await.is_err() {
            return;
        }
        match act {
            Act::Answer(_) => {}
            Act::Last(_) | Act::Close => return,
            Act::Stall => std::future::pending().await,
            Act::Flood(_) => {
                let chunk = [b"10000\r\n", vec![b' '; 0x10000].as_slice(), b"\r\n"].concat();
                let mut written = 0;
                while written < FLOOD && stream.write_all(&chunk).await.is_ok() {
                    written += chunk.len();
                }
                // The test may be over.
                let _ = flooding.send(written);
                return;
            }
        }
    }
}

/// An HTTP client without redirects, one for each test: to build one takes long.
pub(crate) fn http() -> reqwest::Client {
    thread_local! {
        static CLIENT: reqwest::Client = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .expect("nothing is asked of the client");
    }
    CLIENT.with(Clone::clone)
}

/// A registration that was made before.
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

/// Makes the call of an operation that gets this answer, and expects it to fail. A registration
/// must come out of it as it went in.
pub(crate) async fn fail(operation: Operation, act: Act) -> (Error, Server) {
    let server = Server::before(operation, act).await;
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

/// The validation error of a failed call, if that is why it failed.
pub(crate) fn validation<E: ValidationError, T>(outcome: &Result<T, Error>) -> Option<&E> {
    outcome.as_ref().err()?.validation()
}

/// The text of an error with those of all its sources.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(source) = next {
        text = format!("{text}: {source}");
        next = source.source();
    }
    text
}
