//! Logs users out: at their own request, and when the provider reports a logout.

use super::sender::is_from_this_app;
use crate::pages;
use crate::registration::BYE;
use crate::state::App;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, RawQuery, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::{CookieJar, PrivateCookieJar};
use ory_oidc::IdToken;
use ory_oidc::logout::{LogoutCallback, LogoutState};
use serde::Deserialize;
use std::error::Error;
use std::sync::Arc;
use url::{Url, form_urlencoded};

/// `POST /logout`: ends the session here, then redirects the browser to the provider to end the
/// session there (OpenID Connect RP-Initiated Logout §2). It is a POST, so that no link or image of
/// another site can log a user out, and a form of another app on the same site neither.
pub(super) async fn log_out(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    jar: CookieJar,
) -> Response {
    if !is_from_this_app(&app, &headers) {
        return pages::problem(
            StatusCode::FORBIDDEN,
            "You are still logged in",
            "Another app tried to log you out. You can log out on the home page.",
        );
    }
    let (jar, user) = app.sessions.take(jar);
    let Some(user) = user else {
        return (jar, Redirect::to("/")).into_response();
    };
    match leave(&app, &headers, &user.id_token) {
        Ok((cookies, url)) => (jar, cookies, Redirect::to(url.as_str())).into_response(),
        Err(error) => {
            eprintln!("{error}");
            let page = pages::problem(
                StatusCode::INTERNAL_SERVER_ERROR,
                "You are not logged out everywhere",
                "You are logged out of this app, but not of the provider. Log out there, too, or close \
                 your browser if others use it.",
            );
            (jar, page).into_response()
        }
    }
}

/// Returns the logout URL, and the cookie that the browser must return with.
fn leave(
    app: &App,
    headers: &HeaderMap,
    id_token: &IdToken,
) -> Result<(PrivateCookieJar, Url), Box<dyn Error>> {
    let state = LogoutState::random()?;
    let request = app
        .ory
        .end_session(id_token)
        .post_logout_redirect_uri(format!("{}{BYE}", app.url))
        .state(&state);
    // Otherwise the provider would show the problem to the user, on its error page.
    if let Some(problem) = request.preflight(&app.registration).first() {
        return Err(problem.to_string().into());
    }
    let cookies = app.logouts.insert(headers, state.expose(), &())?;
    Ok((cookies, request.url()?))
}

/// `GET /bye`: the browser returns from the provider (§3).
pub(super) async fn bye(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    let Ok(callback) = LogoutCallback::from_query(&query) else {
        return unknown_logout();
    };
    // This app always sends a state. Without it, the browser did not start a logout here.
    let state = form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "state");
    let state = state.map(|(_, state)| state).unwrap_or_default();
    let (cookies, pending) = app.logouts.take::<()>(&headers, &state);
    if pending.is_err() {
        return (cookies, unknown_logout()).into_response();
    }
    let page = match callback.check(&LogoutState::new(state)) {
        Ok(()) => pages::bye(),
        Err(error) => {
            eprintln!("{error}");
            pages::problem(
                StatusCode::BAD_GATEWAY,
                "You are not logged out everywhere",
                "You are logged out of this app, but the provider refused to log you out. Log out there, \
                 too, or close your browser if others use it.",
            )
        }
    };
    (cookies, page).into_response()
}

fn unknown_logout() -> Response {
    pages::problem(
        StatusCode::BAD_REQUEST,
        "We cannot confirm a logout",
        "This is not the response to a logout that your browser started, or it came too late. The home \
         page shows whether you are logged in.",
    )
}

/// The form that the provider posts (OpenID Connect Back-Channel Logout §2.5).
#[derive(Deserialize)]
pub(super) struct BackChannelLogout {
    logout_token: String,
}

/// `POST /backchannel-logout`: the provider reports that a user logged out elsewhere (OpenID Connect
/// Back-Channel Logout §2.5 to §2.8).
pub(super) async fn back_channel(
    State(app): State<Arc<App>>,
    form: Result<Form<BackChannelLogout>, FormRejection>,
) -> StatusCode {
    let Ok(Form(form)) = form else {
        return StatusCode::BAD_REQUEST;
    };
    let verified = app
        .ory
        .verify_logout_token(&form.logout_token, &app.registration, &app.replays)
        .await;
    match verified {
        Ok(logout) => {
            app.ended.insert(logout.clone());
            app.sessions
                .remove_where(|user| logout.ends(user.userinfo.sub(), user.sid.as_deref()));
            StatusCode::OK
        }
        Err(error) => {
            eprintln!("{error}");
            // The standard has one status for all failures (§2.8).
            StatusCode::BAD_REQUEST
        }
    }
}
