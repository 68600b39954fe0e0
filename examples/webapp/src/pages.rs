//! The HTML pages. Their templates escape every value.

use crate::claims::{self, Claim, ClaimValue, Time};
use crate::registration::APP_NAME;
use crate::state::{SESSION_LIFETIME, User};
use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse as _, Response};
use ory_oidc::userinfo::UserInfo;

#[derive(Template)]
#[template(path = "welcome.html")]
struct Welcome;

#[derive(Template)]
#[template(path = "home.html")]
struct Home<'a> {
    profile: Profile<'a>,
}

#[derive(Template)]
#[template(path = "session.html")]
struct Session<'a> {
    profile: Profile<'a>,
    issuer: &'a str,
    sid: Option<&'a str>,
    began: Option<Time>,
    ends: Option<Time>,
    claims: Vec<Claim>,
}

#[derive(Template)]
#[template(path = "bye.html")]
struct Bye;

#[derive(Template)]
#[template(path = "problem.html")]
struct Problem<'a> {
    title: &'a str,
    text: &'a str,
    /// Whether the user can start a login.
    can_log_in: bool,
}

/// The user, as pages show one.
struct Profile<'a> {
    name: &'a str,
    initials: String,
    email: Option<&'a str>,
    email_verified: Option<bool>,
    sub: &'a str,
}

impl<'a> Profile<'a> {
    fn new(userinfo: &'a UserInfo) -> Self {
        let sub = userinfo.sub();
        let names = [
            userinfo.name(),
            userinfo.preferred_username(),
            userinfo.email(),
        ];
        let mut names = names.into_iter().flatten();
        let name = names.find(|name| !name.trim().is_empty()).unwrap_or(sub);
        Self {
            name,
            initials: initials(name),
            email: userinfo.email(),
            email_verified: userinfo.email_verified(),
            sub,
        }
    }
}

/// Returns the first letters of the first and the last word.
fn initials(name: &str) -> String {
    let mut letters = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|character| character.is_alphanumeric()));
    let first = letters.next();
    let letters = first.into_iter().chain(letters.next_back());
    letters.flat_map(char::to_uppercase).collect()
}

/// Returns the home page for a browser without a session.
pub(crate) fn logged_out() -> Response {
    page(StatusCode::OK, &Welcome)
}

/// Returns the home page for a user who is logged in.
pub(crate) fn user(user: &User) -> Response {
    let profile = Profile::new(&user.userinfo);
    page(StatusCode::OK, &Home { profile })
}

/// Returns the page about the session and the claims of a user.
pub(crate) fn session(user: &User, issuer: &str) -> Response {
    let began_at = user.logged_in_at;
    let session = Session {
        profile: Profile::new(&user.userinfo),
        issuer,
        sid: user.sid.as_deref(),
        began: Time::of(began_at),
        ends: Time::of(began_at + SESSION_LIFETIME),
        claims: claims::all(&user.userinfo),
    };
    page(StatusCode::OK, &session)
}

/// Returns the page after a logout.
pub(crate) fn bye() -> Response {
    page(StatusCode::OK, &Bye)
}

/// Returns an error page, which says what happened and what to do.
pub(crate) fn problem(status: StatusCode, title: &str, text: &str) -> Response {
    let can_log_in = false;
    page(
        status,
        &Problem {
            title,
            text,
            can_log_in,
        },
    )
}

/// Returns an error page from which the user can log in.
pub(crate) fn login_problem(status: StatusCode, title: &str, text: &str) -> Response {
    let can_log_in = true;
    page(
        status,
        &Problem {
            title,
            text,
            can_log_in,
        },
    )
}

fn page(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(html) => (status, Html(html)).into_response(),
        Err(error) => {
            eprintln!("{error}");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}
