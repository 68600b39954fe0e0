//! The cookie that identifies a browser's session.

use axum::http::{HeaderMap, header};

use crate::state::Session;

const NAME: &str = "ory_hydra_session";

/// Returns the value of the `Cookie` header that identifies a session.
pub(crate) fn pair(session: &Session) -> String {
    format!("{NAME}={}", session.cookie)
}

/// Returns the value of the `Set-Cookie` header that starts a session in a browser.
pub(crate) fn set(session: &Session) -> String {
    format!("{}; Path=/; HttpOnly; SameSite=Lax", pair(session))
}

/// Returns the value of the `Set-Cookie` header that ends the browser's session.
pub(crate) fn clear() -> String {
    format!("{NAME}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax")
}

/// Returns the value of the session cookie, if the request has one.
pub(crate) fn read(headers: &HeaderMap) -> Option<&str> {
    let cookies = headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok());
    cookies
        .flat_map(|value| value.split(';'))
        .find_map(|pair| pair.trim().strip_prefix(NAME)?.strip_prefix('='))
}

/// Returns the session that a cookie identifies.
pub(crate) fn find<'a>(sessions: &'a [Session], cookie: Option<&str>) -> Option<&'a Session> {
    sessions
        .iter()
        .find(|session| Some(session.cookie.as_str()) == cookie)
}
