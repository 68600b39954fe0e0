//! The back-channel logout endpoint of a client.

use std::collections::HashMap;
use std::time::Duration;

use axum::Router;
use axum::extract::{Form, State};
use axum::http::StatusCode;
use axum::routing::post;
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::time::timeout;

use super::page_server::PageServer;

const WAIT: Duration = Duration::from_secs(30);

/// A back-channel logout endpoint on loopback that collects logout tokens.
#[derive(Debug)]
pub struct LogoutReceiver {
    server: PageServer,
    tokens: UnboundedReceiver<String>,
}

impl LogoutReceiver {
    /// Starts the endpoint.
    #[must_use]
    pub fn start() -> Self {
        let (sender, tokens) = mpsc::unbounded_channel();
        let pages = Router::new()
            .route("/backchannel-logout", post(receive))
            .with_state(sender);
        Self {
            server: PageServer::start(pages),
            tokens,
        }
    }

    /// Returns the URL, to register as `backchannel_logout_uri`.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.url("/backchannel-logout")
    }

    /// Returns the next logout token. Waits for it up to 30 seconds.
    pub async fn next(&mut self) -> String {
        let token = timeout(WAIT, self.tokens.recv()).await;
        token
            .expect("a logout token arrives within 30 seconds")
            .expect("the endpoint runs")
    }
}

async fn receive(
    State(tokens): State<UnboundedSender<String>>,
    Form(mut form): Form<HashMap<String, String>>,
) -> StatusCode {
    match form.remove("logout_token") {
        Some(token) => {
            let _ = tokens.send(token);
            StatusCode::OK
        }
        None => StatusCode::BAD_REQUEST,
    }
}
