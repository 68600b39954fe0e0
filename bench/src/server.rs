//! A server that replays recorded responses over persistent connections. It runs on its own
//! thread, so its allocations and CPU time are not counted.

use crate::operation::Operation;
use crate::recorded::{self, Recorded};
use std::fmt::Write as _;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

pub(crate) struct Server {
    address: String,
    requests: Arc<AtomicU64>,
    changes: Arc<AtomicBool>,
    held: watch::Sender<bool>,
}

impl Server {
    pub(crate) fn start() -> io::Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = format!("http://{}", listener.local_addr()?);
        let requests = Arc::new(AtomicU64::new(0));
        let changes = Arc::new(AtomicBool::new(false));
        let replies = Replies::new(&address, Arc::clone(&requests), Arc::clone(&changes));
        let (held, is_held) = watch::channel(false);
        thread::spawn(move || serve(listener, replies, &is_held));
        Ok(Self {
            address,
            requests,
            changes,
            held,
        })
    }

    /// Prepares the responses for an operation: metadata change with each response, or they do not.
    pub(crate) fn prepare(&self, operation: Operation) {
        let changes = operation == Operation::Discover;
        self.changes.store(changes, Ordering::SeqCst);
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// Holds back all responses, or sends them.
    pub(crate) fn hold(&self, held: bool) {
        self.held.send_replace(held);
    }

    /// Returns the number of requests so far.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }
}

struct Replies {
    /// Two responses to each request, whose bodies end in different white space.
    prepared: Vec<(String, [Vec<u8>; 2])>,
    requests: Arc<AtomicU64>,
    changes: Arc<AtomicBool>,
}

impl Replies {
    fn new(address: &str, requests: Arc<AtomicU64>, changes: Arc<AtomicBool>) -> Self {
        let responses = recorded::responses(address).into_iter();
        let prepared = responses.map(|response| {
            let (one, mut other) = (reply(&response), reply(&response));
            if response.body.ends_with('\n') {
                other.pop();
                other.push(b' ');
            }
            (start_of_request(&response), [one, other])
        });
        Self {
            prepared: prepared.collect(),
            requests,
            changes,
        }
    }

    fn to(&self, request: &[u8]) -> &[u8] {
        let earlier = self.requests.fetch_add(1, Ordering::SeqCst);
        let is_other = earlier % 2 == 1 && self.changes.load(Ordering::SeqCst);
        let mut prepared = self.prepared.iter();
        let found = prepared.find(|(start, _)| {
            // The path ends here, or a query follows.
            request.starts_with(start.as_bytes()) && matches!(request[start.len()], b' ' | b'?')
        });
        found.map_or(
            b"HTTP/1.1 500 Not recorded\r\ncontent-length: 0\r\n\r\n",
            |(_, replies)| &replies[usize::from(is_other)],
        )
    }
}

fn start_of_request(response: &Recorded) -> String {
    format!("{} {}", response.method, response.path)
}

fn reply(response: &Recorded) -> Vec<u8> {
    // An unusual reason phrase would cost the client an allocation.
    let status =
        reqwest::StatusCode::from_u16(response.status).expect("a recorded status is valid");
    let mut text = format!("HTTP/1.1 {status}\r\n");
    for (name, value) in &response.headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    text.push_str("Date: Mon, 23 Nov 2026 10:47:06 GMT\r\n");
    if status != reqwest::StatusCode::NO_CONTENT {
        let _ = write!(text, "Content-Length: {}\r\n", response.body.len());
    }
    text.push_str("\r\n");
    text.push_str(&response.body);
    text.into_bytes()
}

fn serve(listener: std::net::TcpListener, replies: Replies, held: &watch::Receiver<bool>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .expect("the runtime can be built");
    let tasks = tokio::task::LocalSet::new();
    tasks.block_on(&runtime, async {
        let listener = TcpListener::from_std(listener).expect("the listener is bound");
        let replies = Rc::new(replies);
        while let Ok((stream, _)) = listener.accept().await {
            let (replies, held) = (Rc::clone(&replies), held.clone());
            tokio::task::spawn_local(async move {
                // An error closes this connection only, for example if the client disconnects.
                let _ = converse(stream, &replies, held).await;
            });
        }
    });
}

async fn converse(
    mut stream: TcpStream,
    replies: &Replies,
    mut held: watch::Receiver<bool>,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut request = Vec::with_capacity(8192);
    loop {
        request.clear();
        while !is_whole(&request) {
            if stream.read_buf(&mut request).await? == 0 {
                return Ok(());
            }
        }
        let reply = replies.to(&request);
        if held.wait_for(|held| !held).await.is_err() {
            return Ok(());
        }
        stream.write_all(reply).await?;
    }
}

/// Whether the head and the body of a request have arrived completely.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, _)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let mut headers = head.lines().filter_map(|line| line.split_once(": "));
    let length = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let length = length.map_or(0, |(_, length)| length.parse().unwrap_or(0));
    request.len() >= head.len() + 4 + length
}
