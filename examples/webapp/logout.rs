//! Logging out: when the user wishes, and when the provider says so.

use crate::{App, pages};
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, RawQuery, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use ory_oidc::{IdToken, LogoutCallback, LogoutCallbackError, LogoutState};
use serde::Deserialize;
use std::error::Error;
use std::sync::Arc;
use url::Url;

/// `POST /logout`: ends the session here, then sends the browser to end the one at the provider
/// (OpenID Connect RP-Initiated Logout §2). By POST, so that no other site's link or image logs
/// anybody out.
pub(crate) async fn log_out(State(app): State<Arc<App>>, jar: CookieJar) -> (CookieJar, Response) {
    let (jar, user) = app.sessions.take(jar);
    let Some(user) = user else {
        return (jar, Redirect::to("/").into_response());
    };
    match way_out(&app, &user.id_token) {
        Ok((url, state)) => (
            app.logouts.put(jar, state),
            Redirect::to(url.as_str()).into_response(),
        ),
        Err(error) => {
            eprintln!("{error}");
            let what = "You are logged out here, but not at the provider.";
            (jar, pages::problem(StatusCode::INTERNAL_SERVER_ERROR, what))
        }
    }
}

/// Where the browser goes to log out, and the state that it must come back with.
fn way_out(app: &App, id_token: &IdToken) -> Result<(Url, LogoutState), Box<dyn Error>> {
    let state = LogoutState::random()?;
    let request = app
        .ory
        .end_session(id_token)
        .post_logout_redirect_uri(format!("{}/bye", app.url))
        .state(&state);
    // What the provider would show the user on an error page belongs in our log.
    if let Some(problem) = request.preflight(&app.registration).first() {
        return Err(problem.to_string().into());
    }
    Ok((request.url()?, state))
}

/// `GET /bye`: the browser is back from the provider (§3).
pub(crate) async fn bye(
    State(app): State<Arc<App>>,
    jar: CookieJar,
    RawQuery(query): RawQuery,
) -> (CookieJar, Response) {
    let (jar, sent) = app.logouts.take(jar);
    let checked = LogoutCallback::from_query(&query.unwrap_or_default())
        .and_then(|callback| callback.check(sent.as_ref()));
    let page = match checked {
        // Where no state was sent, nobody here has begun to log out.
        Ok(()) if sent.is_some() => pages::bye().into_response(),
        Err(LogoutCallbackError::Refused(refusal)) if sent.is_some() => {
            eprintln!("{refusal}");
            let what = "You are logged out here, but the provider refused to log you out.";
            pages::problem(StatusCode::BAD_GATEWAY, what)
        }
        _ => {
            let what = "This is no answer to a log-out that your browser began here.";
            pages::problem(StatusCode::BAD_REQUEST, what)
        }
    };
    (jar, page)
}

/// What the provider posts (OpenID Connect Back-Channel Logout §2.5).
#[derive(Deserialize)]
pub(crate) struct Told {
    logout_token: String,
}

/// `POST /backchannel-logout`: the provider, not a browser, tells that a user logged out elsewhere
/// (OpenID Connect Back-Channel Logout §2.5 to §2.8).
pub(crate) async fn back_channel(
    State(app): State<Arc<App>>,
    told: Result<Form<Told>, FormRejection>,
) -> StatusCode {
    let Ok(Form(told)) = told else {
        return StatusCode::BAD_REQUEST;
    };
    let verified = app
        .ory
        .verify_logout_token(&told.logout_token, &app.registration, &app.replays)
        .await;
    match verified {
        Ok(logout) => {
            app.sessions
                .drop_where(|user| logout.ends(&user.sub, user.sid.as_deref()));
            StatusCode::OK
        }
        Err(error) => {
            eprintln!("{error}");
            // Be it the token's fault or ours: the log-out failed (§2.8).
            StatusCode::BAD_REQUEST
        }
    }
}
