//! The endpoints at `/health`.

use axum::http::StatusCode;
use axum::response::Response;
use serde_json::json;

use crate::reply;

/// Responds that the server is alive and ready.
pub(crate) async fn ok() -> Response {
    reply::json(StatusCode::OK, &json!({"status": "ok"}))
}
