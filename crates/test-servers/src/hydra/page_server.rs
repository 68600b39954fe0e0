//! An HTTP server of this process, on a thread of its own.

use std::net::{SocketAddr, TcpListener};
use std::thread;

use axum::Router;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

/// Serves pages on a loopback port until it is dropped.
///
/// The thread has its own runtime, so that tests with a runtime each can share the server.
#[derive(Debug)]
pub(super) struct PageServer {
    address: SocketAddr,
    _stop: oneshot::Sender<()>,
}

impl PageServer {
    pub(super) fn start(pages: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
        let address = listener.local_addr().expect("a listener has an address");
        listener
            .set_nonblocking(true)
            .expect("a listener can be made non-blocking");
        let (stop, stopped) = oneshot::channel();
        thread::spawn(move || {
            let runtime = Builder::new_current_thread().enable_all().build();
            runtime.expect("a runtime starts").block_on(async {
                let listener = tokio::net::TcpListener::from_std(listener)
                    .expect("the runtime takes a listener");
                tokio::select! {
                    _ = axum::serve(listener, pages) => {}
                    _ = stopped => {}
                }
            });
        });
        Self {
            address,
            _stop: stop,
        }
    }

    /// Returns the URL of a path.
    pub(super) fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}
