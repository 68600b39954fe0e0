//! The home page.

use crate::pages;
use crate::state::App;
use axum::extract::State;
use axum::response::Html;
use axum_extra::extract::CookieJar;
use std::sync::Arc;

/// `GET /`: shows who is logged in.
pub(super) async fn home(State(app): State<Arc<App>>, jar: CookieJar) -> Html<String> {
    let page = app
        .sessions
        .read(&jar, |user| pages::user(&user.name, &user.sub));
    page.unwrap_or_else(pages::logged_out)
}
