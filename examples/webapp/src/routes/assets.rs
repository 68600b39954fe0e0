//! The files of the pages, which are part of the program.

use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

/// `GET /style.css`.
pub(super) async fn style() -> Response {
    asset(
        "text/css; charset=utf-8",
        include_str!("../../assets/style.css"),
    )
}

/// `GET /icon.svg`.
pub(super) async fn icon() -> Response {
    asset("image/svg+xml", include_str!("../../assets/icon.svg"))
}

fn asset(media_type: &'static str, content: &'static str) -> Response {
    let cached = "public, max-age=3600";
    (
        [(CONTENT_TYPE, media_type), (CACHE_CONTROL, cached)],
        content,
    )
        .into_response()
}
