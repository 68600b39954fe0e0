//! The HTTP server: a listener on its own thread.

use std::net::{IpAddr, SocketAddr, TcpListener};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::sync::oneshot;

use crate::handler::Handler;
use crate::state::Shared;

/// A running server. It stops when it is dropped.
pub(crate) struct Server {
    stop: Option<oneshot::Sender<()>>,
    thread: Option<thread::JoinHandle<()>>,
}

/// Binds a port, or a free port if it is 0.
pub(crate) fn listen(host: IpAddr, port: u16) -> std::io::Result<TcpListener> {
    let named = |error: std::io::Error| {
        let address = SocketAddr::new(host, port);
        std::io::Error::new(error.kind(), format!("cannot listen at {address}: {error}"))
    };
    let listener = TcpListener::bind((host, port)).map_err(named)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

impl Server {
    /// Serves requests on a new thread, so that a test may block its own thread and needs no async
    /// runtime.
    pub(crate) fn start(
        public: TcpListener,
        admin: TcpListener,
        shared: &Arc<Shared>,
    ) -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let (public, admin) = {
            let _context = runtime.enter();
            let listener = tokio::net::TcpListener::from_std;
            (listener(public)?, listener(admin)?)
        };
        let (handler, admin_handler) = (Handler::public(shared), Handler::admin(shared));
        let (stop, stopped) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("ory-oidc-mock".to_owned())
            .spawn(move || {
                runtime.block_on(async {
                    tokio::spawn(accept(public, handler));
                    tokio::spawn(accept(admin, admin_handler));
                    let _ = stopped.await;
                });
                // Dropping the runtime closes all connections.
            })?;
        Ok(Self {
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

async fn accept(listener: tokio::net::TcpListener, handler: Handler) {
    loop {
        let Ok((stream, _)) = listener.accept().await else {
            // Most likely too many files are open. Retry, as some may be closed soon.
            tokio::time::sleep(Duration::from_millis(10)).await;
            continue;
        };
        let handler = handler.clone();
        tokio::spawn(async move {
            let service = service_fn(move |request| handler.clone().handle(request));
            // An error means that the client or a fault closed the connection.
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), service)
                .await;
        });
    }
}
