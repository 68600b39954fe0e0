//! The login page and the logout page of the mock server, for apps without their own. Their forms use
//! GET, as Hydra has no other method at these paths.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::extract::State;
use axum::http::{Method, StatusCode, Uri};
use axum::response::Response;

use crate::login_flow::Question;
use crate::logout;
use crate::parameters::query;
use crate::reply::{self, escape_html};
use crate::state::Shared;

/// Shows a button for each user, and a field for any other. Logs in the user that was chosen.
pub(crate) async fn login(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    let query = query(&uri);
    let parameter = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    let challenge = parameter("login_challenge");
    let mut state = shared.state();
    let Some(flow) = state.login_flows.waiting(Question::Login, challenge) else {
        return page("Log in", "<p>No login request is waiting.</p>");
    };
    let subject = parameter("subject");
    if subject.is_empty() {
        return choice(challenge, state.users.keys());
    }
    let mut flow = flow.clone();
    subject.clone_into(&mut flow.subject);
    flow.authenticated_at = shared.clock.unix_now();
    let url = flow.request_url.clone();
    let location = state.login_flows.answer(Question::Login, &url, Ok(flow));
    reply::redirect(StatusCode::SEE_OTHER, &Method::GET, &location)
}

fn choice<'a>(challenge: &str, subjects: impl Iterator<Item = &'a String>) -> Response {
    let mut buttons = String::new();
    for subject in subjects {
        let subject = escape_html(subject);
        let _ = writeln!(
            buttons,
            "<p><button name=\"subject\" value=\"{subject}\">{subject}</button></p>"
        );
    }
    let field = "<p><label>Other user <input name=\"subject\" required></label> <button>Log in</button></p>\n";
    let users = form("login_challenge", challenge, &buttons);
    let other = form("login_challenge", challenge, field);
    page("Log in", &(users + &other))
}

/// Asks whether to log out, and logs out when the user confirms.
pub(crate) async fn logout(State(shared): State<Arc<Shared>>, uri: Uri) -> Response {
    let query = query(&uri);
    let challenge = query.get("logout_challenge").map(String::as_str);
    let challenge = challenge.unwrap_or_default();
    if !shared.state().logout_challenges.contains_key(challenge) {
        return page("Log out", "<p>No logout request is waiting.</p>");
    }
    if query.contains_key("confirmed")
        && let Some(location) = logout::accept(&shared, challenge)
    {
        return reply::redirect(StatusCode::SEE_OTHER, &Method::GET, &location);
    }
    let button = "<p><button name=\"confirmed\">Log out</button></p>\n";
    page("Log out", &form("logout_challenge", challenge, button))
}

fn form(name: &str, challenge: &str, inputs: &str) -> String {
    let challenge = escape_html(challenge);
    format!(
        "<form>\n<input type=\"hidden\" name=\"{name}\" value=\"{challenge}\">\n{inputs}</form>\n"
    )
}

fn page(title: &str, content: &str) -> Response {
    let page = format!(
        "<!doctype html>\n<meta charset=\"utf-8\">\n<title>{title}</title>\n<h1>{title}</h1>\n<p>This is ory-oidc-mock, a server for tests.</p>\n{content}"
    );
    reply::respond(StatusCode::OK, reply::HTML, page)
}
