//! Who sent a request.

use crate::state::App;
use axum::http::HeaderMap;
use axum::http::header::ORIGIN;

/// Whether a page of this app sent the request, or the user: with a bookmark, or by typing the address.
/// Cookies do not tell: browsers send them with links of other sites, and with forms of other apps on
/// the same site, such as another subdomain or port.
pub(super) fn is_from_this_app(app: &App, headers: &HeaderMap) -> bool {
    match (headers.get("sec-fetch-site"), headers.get(ORIGIN)) {
        (Some(site), _) => site == "same-origin" || site == "none",
        // Browsers without `Sec-Fetch-Site`.
        (None, Some(origin)) => origin == app.url.as_str(),
        // No browser, or a link in an old one.
        (None, None) => true,
    }
}
