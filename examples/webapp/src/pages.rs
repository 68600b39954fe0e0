//! The HTML pages.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

/// Returns the home page for a user who is logged in.
pub(crate) fn user(name: &str, sub: &str) -> Html<String> {
    let (name, sub) = (escape(name), escape(sub));
    page(
        "Who am I?",
        &format!(
            "<p>You are <strong id=\"name\">{name}</strong>. Your ID at the provider is \
             <code id=\"sub\">{sub}</code>.</p>\
             <form method=\"post\" action=\"/logout\"><button>Log out</button></form>"
        ),
    )
}

/// Returns the home page for a browser without a session.
pub(crate) fn logged_out() -> Html<String> {
    page(
        "Who am I?",
        "<p>You are not logged in.</p><p><a href=\"/login\">Log in</a></p>",
    )
}

/// Returns the page after a logout.
pub(crate) fn bye() -> Html<String> {
    page(
        "Goodbye",
        "<p>You are logged out of this app and of the provider.</p><p><a href=\"/\">Start</a></p>",
    )
}

/// Returns an error page, with a text for the user.
pub(crate) fn problem(status: StatusCode, text: &str) -> Response {
    let text = escape(text);
    let body = format!("<p id=\"problem\">{text}</p><p><a href=\"/\">Start</a></p>");
    (status, page("Something went wrong", &body)).into_response()
}

fn page(title: &str, body: &str) -> Html<String> {
    Html(format!(
        "<!doctype html>\n\
         <html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <meta name=\"viewport\" content=\"width=device-width\">\
         <link rel=\"icon\" href=\"data:,\">\
         <style>body {{ font: 1.1rem/1.5 sans-serif; max-width: 32rem; margin: 3rem auto; padding: 0 1rem }}</style>\
         </head><body><h1>{title}</h1>{body}</body></html>"
    ))
}

/// Escapes a text for HTML. Names of users are not HTML.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
    }
    escaped
}
