//! A proxy in front of the server that cuts a connection at a chosen byte, or stops responding.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use ory_oidc_test_servers::Postgres;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::sleep;

/// The bytes of one direction.
pub(crate) struct Flow {
    passed: AtomicUsize,
    /// How many more bytes may pass before the connection is cut.
    left: AtomicUsize,
}

impl Flow {
    fn new() -> Self {
        Self {
            passed: AtomicUsize::new(0),
            left: AtomicUsize::new(usize::MAX),
        }
    }

    pub(crate) fn passed(&self) -> usize {
        self.passed.load(Ordering::SeqCst)
    }

    pub(crate) fn cut_after(&self, bytes: usize) {
        self.left.store(bytes, Ordering::SeqCst);
    }

    pub(crate) fn heal(&self) {
        self.left.store(usize::MAX, Ordering::SeqCst);
    }
}

pub(crate) struct Proxy {
    pub(crate) port: u16,
    pub(crate) to_server: Arc<Flow>,
    pub(crate) to_client: Arc<Flow>,
    silent: Arc<AtomicBool>,
    open: Arc<AtomicUsize>,
}

impl Proxy {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let proxy = Self {
            port: listener.local_addr().unwrap().port(),
            to_server: Arc::new(Flow::new()),
            to_client: Arc::new(Flow::new()),
            silent: Arc::default(),
            open: Arc::default(),
        };
        let (up, down) = (Arc::clone(&proxy.to_server), Arc::clone(&proxy.to_client));
        let silent = Arc::clone(&proxy.silent);
        let open = Arc::clone(&proxy.open);
        tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (up, down, silent) = (Arc::clone(&up), Arc::clone(&down), Arc::clone(&silent));
                let open = Arc::clone(&open);
                open.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    connect(client, &up, &down, &silent).await;
                    open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        proxy
    }

    /// Sets whether the proxy forwards nothing and closes nothing from now on. `false` ends that for
    /// later connections.
    pub(crate) fn set_silent(&self, silent: bool) {
        self.silent.store(silent, Ordering::SeqCst);
    }

    /// Waits until the server has handled everything that reached it.
    pub(crate) async fn until_none_is_open(&self) {
        while self.open.load(Ordering::SeqCst) > 0 {
            sleep(Duration::from_millis(1)).await;
        }
    }
}

async fn connect(client: TcpStream, up: &Flow, down: &Flow, silent: &AtomicBool) {
    let port = Postgres::shared().await.port();
    let server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    let (mut from_client, mut to_client) = client.into_split();
    let (mut from_server, mut to_server) = server.into_split();
    tokio::select! {
        () = pump(&mut from_client, &mut to_server, up, silent) => {}
        () = pump(&mut from_server, &mut to_client, down, silent) => {}
    }
    drop((from_client, to_client));
    // The server receives what it was sent, and then the end.
    let _ = to_server.shutdown().await;
    let _ = tokio::io::copy(&mut from_server, &mut tokio::io::sink()).await;
}

async fn pump(from: &mut OwnedReadHalf, to: &mut OwnedWriteHalf, flow: &Flow, silent: &AtomicBool) {
    let mut buffer = vec![0; 8192];
    while let Ok(read @ 1..) = from.read(&mut buffer).await {
        if silent.load(Ordering::SeqCst) {
            pending::<()>().await;
        }
        let left = flow.left.load(Ordering::SeqCst);
        let pass = read.min(left);
        if to.write_all(&buffer[..pass]).await.is_err() {
            return;
        }
        flow.passed.fetch_add(pass, Ordering::SeqCst);
        if left != usize::MAX {
            flow.left.fetch_sub(pass, Ordering::SeqCst);
            if pass == left {
                return;
            }
        }
    }
}
