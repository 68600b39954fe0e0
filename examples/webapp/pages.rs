//! The pages, in HTML.

use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};

/// For somebody who is logged in.
pub(crate) fn user(name: &str, sub: &str) -> Html<String> {
    let (name, sub) = (escape(name), escape(sub));
    page(
        "Who am I",
        &format!(
            "<p>You are <strong id=\"name\">{name}</strong>, and the provider knows you as \
             <code id=\"sub\">{sub}</code>.</p>\
             <form method=\"post\" action=\"/logout\"><button>Log out</button></form>"
        ),
    )
}

/// For somebody who is not.
pub(crate) fn stranger() -> Html<String> {
    page(
        "Who am I",
        "<p>You are not logged in.</p><p><a href=\"/login\">Log in</a></p>",
    )
}

/// After the log-out.
pub(crate) fn bye() -> Html<String> {
    page(
        "Goodbye",
        "<p>You are logged out, here and at the provider.</p><p><a href=\"/\">Start</a></p>",
    )
}

/// What went wrong, in words for the user.
pub(crate) fn problem(status: StatusCode, what: &str) -> Response {
    let what = escape(what);
    let body = format!("<p id=\"problem\">{what}</p><p><a href=\"/\">Start</a></p>");
    (status, page("That did not work", &body)).into_response()
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

/// What a user is called, and what came with a URL, is text and not HTML.
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
