//! An Ory that responds when a test permits it.

use crate::support::seconds;
use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde_json::{Value, json};
use std::sync::Arc;
use tokio::sync::Semaphore;

/// An Ory whose userinfo waits for a permit.
pub(crate) struct SlowOry {
    pub(crate) url: String,
    arrived: Arc<Semaphore>,
    pub(crate) permits: Arc<Semaphore>,
}

impl SlowOry {
    pub(crate) async fn start() -> Self {
        type Gates = (Arc<Semaphore>, Arc<Semaphore>);
        async fn userinfo(State((arrived, permits)): State<Gates>) -> Json<Value> {
            arrived.add_permits(1);
            permits.acquire().await.expect("the gate is open").forget();
            Json(json!({"sub": "ann"}))
        }
        let gates = (Arc::new(Semaphore::new(0)), Arc::new(Semaphore::new(0)));
        let (arrived, permits) = gates.clone();
        let app = Router::new()
            .route("/userinfo", get(userinfo))
            .with_state(gates);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a port is free");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self {
            url,
            arrived,
            permits,
        }
    }

    /// Waits until this many more requests have arrived.
    pub(crate) async fn arrived(&self, requests: u32) {
        let arrived = self.arrived.acquire_many(requests);
        // The limit only ends a test that fails.
        let arrived = tokio::time::timeout(seconds(60), arrived).await;
        let arrived = arrived.expect("the requests arrive");
        arrived.expect("the gate is open").forget();
    }
}
