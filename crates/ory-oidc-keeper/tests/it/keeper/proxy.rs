//! A proxy between a keeper and its server, which cuts exchanges.

use std::sync::{Arc, Mutex, PoisonError};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// Where the next exchange is cut.
#[derive(Clone, Copy, Debug)]
pub(super) enum Cut {
    /// After this many bytes of the request have reached the server.
    Request(usize),
    /// After this many bytes of the reply have reached the client.
    Reply(usize),
    /// As `Reply`, but the connection stays open.
    Stall(usize),
}

/// An exchange, as it would be without a cut.
#[derive(Clone, Default)]
pub(super) struct Seen {
    pub(super) request: usize,
    pub(super) reply: Vec<u8>,
}

impl Seen {
    /// Returns the size of the reply up to the last byte of its token.
    pub(super) fn token_end(&self) -> usize {
        let reply = String::from_utf8_lossy(&self.reply);
        let name = r#""registration_access_token":""#;
        let start = reply.find(name).expect("the reply has a token") + name.len();
        start + reply[start..].find('"').expect("the token has an end")
    }
}

struct Plan {
    /// The method of the requests that are cut.
    method: &'static str,
    cut: Option<Cut>,
    seen: Seen,
}

/// A proxy that forwards everything, and cuts the exchanges that it is told to cut.
pub(super) struct Proxy {
    pub(super) url: String,
    plan: Arc<Mutex<Plan>>,
}

impl Proxy {
    pub(super) async fn start(server: &str, method: &'static str) -> Self {
        let server = server.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("its address"));
        let plan = Arc::new(Mutex::new(Plan {
            method,
            cut: None,
            seen: Seen::default(),
        }));
        let shared = Arc::clone(&plan);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (server, plan) = (server.clone(), Arc::clone(&shared));
                tokio::spawn(async move {
                    if let Ok(server) = TcpStream::connect(server).await {
                        forward(client, server, &plan).await;
                    }
                });
            }
        });
        Self { url, plan }
    }

    pub(super) fn cut(&self, cut: Option<Cut>) {
        let mut plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
        plan.cut = cut;
        plan.seen = Seen::default();
    }

    pub(super) fn seen(&self) -> Seen {
        let plan = self.plan.lock().unwrap_or_else(PoisonError::into_inner);
        plan.seen.clone()
    }
}

/// Forwards bytes between the two until one closes, or the plan says to close both.
async fn forward(mut client: TcpStream, mut server: TcpStream, plan: &Mutex<Plan>) {
    let (mut up, mut down) = (vec![0; 65_536], vec![0; 65_536]);
    let method = plan.lock().unwrap_or_else(PoisonError::into_inner).method;
    let mut planned = false;
    loop {
        let (bytes, is_request) = tokio::select! {
            read = client.read(&mut up) => match read {
                Ok(0) | Err(_) => return,
                Ok(n) => (&up[..n], true),
            },
            read = server.read(&mut down) => match read {
                Ok(0) | Err(_) => return,
                Ok(n) => (&down[..n], false),
            },
        };
        if is_request {
            // Each request begins a write of its own; its body may be another write.
            planned = bytes.starts_with(method.as_bytes()) || (planned && !starts_a_request(bytes));
        }
        let allowed = if planned {
            allowed(plan, is_request, bytes)
        } else {
            bytes.len()
        };
        let to = if is_request { &mut server } else { &mut client };
        if to.write_all(&bytes[..allowed]).await.is_err() || allowed < bytes.len() {
            let _ = to.flush().await;
            if stalls(plan) {
                std::future::pending::<()>().await;
            }
            return;
        }
    }
}

fn starts_a_request(bytes: &[u8]) -> bool {
    ["GET ", "POST ", "PUT ", "DELETE "]
        .iter()
        .any(|method| bytes.starts_with(method.as_bytes()))
}

/// Returns how many of the bytes may pass. If it is less than all, the connection is closed.
fn allowed(plan: &Mutex<Plan>, is_request: bool, bytes: &[u8]) -> usize {
    let mut plan = plan.lock().unwrap_or_else(PoisonError::into_inner);
    let before = if is_request {
        plan.seen.request
    } else {
        plan.seen.reply.len()
    };
    if is_request {
        plan.seen.request += bytes.len();
    } else {
        plan.seen.reply.extend_from_slice(bytes);
    }
    match (plan.cut, is_request) {
        (Some(Cut::Request(limit)), true)
        | (Some(Cut::Reply(limit) | Cut::Stall(limit)), false) => {
            bytes.len().min(limit.saturating_sub(before))
        }
        _ => bytes.len(),
    }
}

fn stalls(plan: &Mutex<Plan>) -> bool {
    let plan = plan.lock().unwrap_or_else(PoisonError::into_inner);
    matches!(plan.cut, Some(Cut::Stall(_)))
}
