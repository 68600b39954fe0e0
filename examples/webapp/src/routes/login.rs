//! Logs users in.

use super::sender::is_from_this_app;
use crate::login::{Callback, Login, LoginError, Pending};
use crate::pages;
use crate::pending::NotPending;
use crate::registration::CALLBACK;
use crate::state::{App, User};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use ory_oidc::Subject;
use std::sync::Arc;
use std::time::SystemTime;

/// `GET /login`: redirects the browser to the provider. A link of another site may lead here, too, but it
/// takes the place of no other login. For that, the user must press the button of the home page.
pub(super) async fn log_in(State(app): State<Arc<App>>, headers: HeaderMap) -> Response {
    if !app.logins.has_room(&headers) && !is_from_this_app(&app, &headers) {
        return Redirect::to("/").into_response();
    }
    let login = match new_login(&app).await {
        Ok(login) => login,
        Err(error) => return error_page(&error),
    };
    let (url, pending) = login.start(&["profile", "email"]);
    match app.logins.insert(&headers, pending.state(), &pending) {
        Ok(jar) => (jar, Redirect::to(url.as_str())).into_response(),
        Err(error) => error_page(&LoginError::Failed(error.into())),
    }
}

/// `GET /callback`: the browser returns from the provider, with a code or an error.
pub(super) async fn callback(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    jar: CookieJar,
    query: Result<Query<Callback>, QueryRejection>,
) -> Response {
    let Ok(Query(callback)) = query else {
        return not_pending(NotPending::Unknown);
    };
    let state = callback.state().unwrap_or_default();
    // Another site can send a browser here with any query. Without the right state, no login ends.
    let (cookies, pending) = app.logins.take::<Pending>(&headers, state);
    let pending = match pending {
        Ok(pending) => pending,
        Err(reason) => return (cookies, not_pending(reason)).into_response(),
    };
    let user = match finish(&app, pending.value, callback).await {
        Ok(user) => user,
        Err(error) => return (cookies, error_page(&error)).into_response(),
    };

    // The provider may have logged the user out meanwhile. First the session, then the check: a logout
    // in between removes the session.
    let (sub, sid) = (user.userinfo.sub().to_owned(), user.sid.clone());
    let jar = app.sessions.insert(jar, &sub, user);
    if app.ended.contains(&sub, sid.as_deref(), pending.began_at) {
        let (jar, _) = app.sessions.take(jar);
        return (cookies, jar, error_page(&LoginError::LoggedOut)).into_response();
    }
    (cookies, jar, Redirect::to("/")).into_response()
}

async fn new_login(app: &App) -> Result<Login, LoginError> {
    let redirect_uri = format!("{}{CALLBACK}", app.url);
    Login::new(&app.ory, &app.http, &app.registration, &redirect_uri).await
}

async fn finish(app: &App, pending: Pending, callback: Callback) -> Result<User, LoginError> {
    let logged_in = new_login(app).await?.finish(pending, callback).await?;
    let subject = Subject::Expect(&logged_in.sub);
    let userinfo = app
        .ory
        .userinfo(&logged_in.access_token, subject)
        .relying_party(&app.registration)
        .await;
    Ok(User {
        userinfo: userinfo.map_err(|error| LoginError::Failed(error.into()))?,
        sid: logged_in.sid,
        id_token: logged_in.id_token,
        logged_in_at: SystemTime::now(),
    })
}

/// Tells the user why the browser's return ends no login, and what to do.
fn not_pending(reason: NotPending) -> Response {
    let (title, text) = match reason {
        NotPending::Expired => (
            "Your login took too long",
            "You have 10 minutes to log in. Please start again.",
        ),
        NotPending::Used => (
            "This login is already complete",
            "Your browser opened the same address twice, for example with its back button. \
             If you are not logged in, please start again.",
        ),
        NotPending::Unknown => (
            "We could not log you in",
            "This is not the response to a login that your browser started, or it came too late. \
             Please start again.",
        ),
    };
    pages::login_problem(StatusCode::BAD_REQUEST, title, text)
}

/// Tells the user what to do, and logs the error.
fn error_page(error: &LoginError) -> Response {
    eprintln!("{error}");
    match error {
        LoginError::ResponseMismatch => not_pending(NotPending::Unknown),
        LoginError::LoggedOut => pages::login_problem(
            StatusCode::FORBIDDEN,
            "You were logged out",
            "You were logged out at the provider while you logged in. Please start again.",
        ),
        LoginError::Refused(code) if code == "access_denied" => pages::login_problem(
            StatusCode::FORBIDDEN,
            "You are not logged in",
            "The provider did not log you in. Perhaps you canceled, or you did not give your consent. \
             Please start again if you want to log in.",
        ),
        LoginError::Refused(_) => pages::login_problem(
            StatusCode::FORBIDDEN,
            "You are not logged in",
            "The provider did not log you in. Please start again. If that does not help, tell the \
             people who run this app.",
        ),
        LoginError::Failed(_) => pages::login_problem(
            StatusCode::BAD_GATEWAY,
            "The login is not available",
            "The provider is unavailable, or its response is not valid. Please try again in a minute.",
        ),
    }
}
