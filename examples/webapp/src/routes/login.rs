//! Logs users in.

use crate::login::{Callback, Login, LoginError, Pending};
use crate::pages;
use crate::registration::CALLBACK;
use crate::state::{App, User};
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::StatusCode;
use axum::response::{Redirect, Response};
use axum_extra::extract::CookieJar;
use ory_oidc::Subject;
use std::sync::Arc;

/// `GET /login`: redirects the browser to the provider.
pub(super) async fn log_in(
    State(app): State<Arc<App>>,
    jar: CookieJar,
) -> Result<(CookieJar, Redirect), Response> {
    let login = new_login(&app).await.map_err(|error| error_page(&error))?;
    let (url, pending) = login.start(&["profile"]);
    Ok((app.logins.insert(jar, pending), Redirect::to(url.as_str())))
}

/// `GET /callback`: the browser returns from the provider, with a code or an error.
pub(super) async fn callback(
    State(app): State<Arc<App>>,
    jar: CookieJar,
    query: Result<Query<Callback>, QueryRejection>,
) -> Result<(CookieJar, Redirect), Response> {
    let mismatch = || error_page(&LoginError::ResponseMismatch);
    let Query(callback) = query.map_err(|_| mismatch())?;
    let (jar, pending) = app
        .logins
        .take_if(jar, |pending| pending.matches(&callback));
    let pending = pending.ok_or_else(mismatch)?;
    let began_at = pending.began_at();
    let user = finish(&app, pending, callback).await;
    let user = user.map_err(|error| error_page(&error))?;

    // The provider may have logged the user out meanwhile. First the session, then the check: a logout
    // in between removes the session.
    let (sub, sid) = (user.sub.clone(), user.sid.clone());
    let jar = app.sessions.insert(jar, user);
    if app.ended.contains(&sub, sid.as_deref(), began_at) {
        drop(app.sessions.take(jar));
        return Err(error_page(&LoginError::LoggedOut));
    }
    Ok((jar, Redirect::to("/")))
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
    let userinfo = userinfo.map_err(|error| LoginError::Failed(error.into()))?;
    Ok(User {
        name: userinfo
            .name()
            .unwrap_or("a user without a name")
            .to_owned(),
        sub: logged_in.sub,
        sid: logged_in.sid,
        id_token: logged_in.id_token,
    })
}

/// Tells the user what to do, and logs the error.
fn error_page(error: &LoginError) -> Response {
    eprintln!("{error}");
    match error {
        LoginError::ResponseMismatch => pages::problem(
            StatusCode::BAD_REQUEST,
            "This is not the response to a login that your browser started, or it came too late. Please log in again.",
        ),
        LoginError::LoggedOut => pages::problem(
            StatusCode::FORBIDDEN,
            "You were logged out at the provider while you logged in. Please log in again.",
        ),
        LoginError::Refused(_) => {
            pages::problem(StatusCode::FORBIDDEN, "The provider did not log you in.")
        }
        LoginError::Failed(_) => pages::problem(
            StatusCode::BAD_GATEWAY,
            "The provider is unavailable, or its response is not valid. Please try again later.",
        ),
    }
}
