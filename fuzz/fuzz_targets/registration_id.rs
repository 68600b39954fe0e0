//! A client id as a segment of a path: whatever it holds, the request goes to that client's
//! registration, and nowhere else.
//!
//! What counts is what goes over the wire, so a small server on the loopback interface reads it.
#![no_main]

use std::cell::LazyCell;

use libfuzzer_sys::fuzz_target;
use ory_oidc::{Client, Error, Registration, RegistrationAccessToken};
use percent_encoding::percent_decode_str;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::{Builder, Runtime};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

const PREFIX: &str = "/base/oauth2/register/";

struct Rig {
    runtime: Runtime,
    ory: Client,
    targets: UnboundedReceiver<String>,
}

thread_local! {
    static RIG: LazyCell<std::cell::RefCell<Rig>> = LazyCell::new(|| Rig::start().into());
}

fuzz_target!(|id: &str| {
    RIG.with(|rig| rig.borrow_mut().check(id));
});

impl Rig {
    fn start() -> Self {
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.expect("a runtime");
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)));
        let listener = listener.expect("the loopback interface has a free port");
        let address = listener.local_addr().expect("an address");
        let ory = Client::new(format!("http://{address}/base")).expect("a client");
        let (sender, targets) = unbounded_channel();
        runtime.spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, sender.clone()));
            }
        });
        Self {
            runtime,
            ory,
            targets,
        }
    }

    fn check(&mut self, id: &str) {
        let token = RegistrationAccessToken::new("token");
        let registration = Registration::from_saved(id, token);
        let deleted = self
            .runtime
            .block_on(self.ory.delete_registration(&registration));
        let target = self.targets.try_recv().ok();
        if id.is_empty() || id == "." || id == ".." || id.len() > 2048 {
            assert!(matches!(deleted, Err(Error::NotSent(_))), "refused");
            assert_eq!(target, None, "nothing is sent");
            return;
        }
        deleted.expect("the server answers");
        let target = target.expect("one request");
        assert!(self.targets.try_recv().is_err(), "and no other");
        let segment = target.strip_prefix(PREFIX).expect("below its own path");
        assert!(!segment.contains(['/', '?', '#', ' ', '\\']), "{segment}");
        assert!(segment != "." && segment != "..");
        let decoded = percent_decode_str(segment).decode_utf8();
        assert_eq!(decoded.expect("UTF-8"), id, "the server reads the same id");
    }
}

/// Answers every request of a connection, and tells what it asked for.
async fn serve(stream: TcpStream, targets: UnboundedSender<String>) {
    let mut stream = BufReader::new(stream);
    let mut first = None;
    let mut line = String::new();
    while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
        if line == "\r\n" {
            let asked: String = first.take().unwrap_or_default();
            let target = asked.split(' ').nth(1).unwrap_or_default();
            let _ = targets.send(target.to_owned());
            let answer = b"HTTP/1.1 204 No Content\r\n\r\n";
            if stream.get_mut().write_all(answer).await.is_err() {
                return;
            }
        } else if first.is_none() {
            first = Some(line.clone());
        }
        line.clear();
    }
}
