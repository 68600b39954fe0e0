//! A server that repeats recorded answers on connections that it keeps open. It runs on a
//! thread of its own, so that nothing it allocates or computes is counted.

use crate::recorded::{self, Recorded};
use std::fmt::Write as _;
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

pub(crate) struct Server {
    address: String,
    requests: Arc<AtomicU64>,
}

impl Server {
    pub(crate) fn start() -> io::Result<Self> {
        let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
        listener.set_nonblocking(true)?;
        let address = format!("http://{}", listener.local_addr()?);
        let requests = Arc::new(AtomicU64::new(0));
        let replies = Replies::new(&address, Arc::clone(&requests));
        thread::spawn(move || serve(listener, replies));
        Ok(Self { address, requests })
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    /// How many requests were answered so far.
    pub(crate) fn requests(&self) -> u64 {
        self.requests.load(Ordering::SeqCst)
    }
}

struct Replies {
    replies: Vec<(String, Vec<u8>)>,
    requests: Arc<AtomicU64>,
}

impl Replies {
    fn new(address: &str, requests: Arc<AtomicU64>) -> Self {
        let answers = recorded::answers(address).into_iter();
        let replies = answers.map(|answer| (start_of_request(&answer), reply(&answer)));
        Self {
            replies: replies.collect(),
            requests,
        }
    }

    fn to(&self, request: &[u8]) -> &[u8] {
        self.requests.fetch_add(1, Ordering::SeqCst);
        let mut replies = self.replies.iter();
        let found = replies.find(|(start, _)| {
            // The path ends here, or its query begins.
            request.starts_with(start.as_bytes()) && matches!(request[start.len()], b' ' | b'?')
        });
        found.map_or(
            b"HTTP/1.1 500 Not recorded\r\ncontent-length: 0\r\n\r\n",
            |(_, reply)| reply,
        )
    }
}

fn start_of_request(answer: &Recorded) -> String {
    format!("{} {}", answer.method, answer.path)
}

fn reply(answer: &Recorded) -> Vec<u8> {
    // A status with another reason than usual would cost the client an allocation.
    let status = reqwest::StatusCode::from_u16(answer.status).expect("a recorded status is one");
    let mut text = format!("HTTP/1.1 {status}\r\n");
    for (name, value) in &answer.headers {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    text.push_str("Date: Mon, 23 Nov 2026 10:47:06 GMT\r\n");
    if status != reqwest::StatusCode::NO_CONTENT {
        let _ = write!(text, "Content-Length: {}\r\n", answer.body.len());
    }
    text.push_str("\r\n");
    text.push_str(&answer.body);
    text.into_bytes()
}

fn serve(listener: std::net::TcpListener, replies: Replies) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_io()
        .build()
        .expect("a runtime starts");
    let tasks = tokio::task::LocalSet::new();
    tasks.block_on(&runtime, async {
        let listener = TcpListener::from_std(listener).expect("a listener listens");
        let replies = Rc::new(replies);
        while let Ok((stream, _)) = listener.accept().await {
            let replies = Rc::clone(&replies);
            tokio::task::spawn_local(async move {
                // A client that goes away is the end of its connection and nothing else.
                let _ = converse(stream, &replies).await;
            });
        }
    });
}

async fn converse(mut stream: TcpStream, replies: &Replies) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let mut request = Vec::with_capacity(8192);
    loop {
        request.clear();
        while !is_whole(&request) {
            if stream.read_buf(&mut request).await? == 0 {
                return Ok(());
            }
        }
        stream.write_all(replies.to(&request)).await?;
    }
}

/// Whether a request has arrived with its head and its body.
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
