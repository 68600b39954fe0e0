//! Fuzzes client ids, which are path segments of the registration URL: the request must only reach
//! the registration of that client.
//!
//! A small server on the loopback interface reads the request target that is actually sent.
#![no_main]

use std::cell::LazyCell;

use libfuzzer_sys::fuzz_target;
use ory_oidc::registration::RegistrationAccessToken;
use ory_oidc::{Client, Error, Registration};
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
        let runtime = runtime.expect("the runtime can be built");
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)));
        let listener = listener.expect("the loopback interface has a free port");
        let address = listener
            .local_addr()
            .expect("a bound listener has an address");
        let ory = Client::new(format!("http://{address}/base")).expect("the base URL is valid");
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
            .block_on(self.ory.delete_registration(&registration).into_future());
        let target = self.targets.try_recv().ok();
        if id.is_empty() || id == "." || id == ".." || id.len() > 2048 {
            assert!(
                matches!(deleted, Err(Error::Request(_))),
                "an invalid id is rejected"
            );
            assert_eq!(target, None, "no request is sent");
            return;
        }
        deleted.expect("the server responds with 204");
        let target = target.expect("one request is sent");
        assert!(self.targets.try_recv().is_err(), "only one request is sent");
        let segment = target
            .strip_prefix(PREFIX)
            .expect("the target is a registration");
        assert!(!segment.contains(['/', '?', '#', ' ', '\\']), "{segment}");
        assert!(segment != "." && segment != "..");
        let decoded = percent_decode_str(segment).decode_utf8();
        assert_eq!(
            decoded.expect("the segment is UTF-8"),
            id,
            "the server decodes the same id"
        );
    }
}

/// Responds to every request of a connection, and reports its target.
async fn serve(stream: TcpStream, targets: UnboundedSender<String>) {
    let mut stream = BufReader::new(stream);
    let mut first = None;
    let mut line = String::new();
    while stream.read_line(&mut line).await.is_ok_and(|read| read > 0) {
        if line == "\r\n" {
            let request_line: String = first.take().unwrap_or_default();
            let target = request_line.split(' ').nth(1).unwrap_or_default();
            let _ = targets.send(target.to_owned());
            let response = b"HTTP/1.1 204 No Content\r\n\r\n";
            if stream.get_mut().write_all(response).await.is_err() {
                return;
            }
        } else if first.is_none() {
            first = Some(line.clone());
        }
        line.clear();
    }
}
