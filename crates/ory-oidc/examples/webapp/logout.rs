//! Logging out: when the user wishes, and when the provider says so.

use crate::{App, pages};
use axum::extract::rejection::{FormRejection, QueryRejection};
use axum::extract::{Form, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use openidconnect::CsrfToken;
use ory_oidc::state_matches;
use serde::Deserialize;
use std::sync::Arc;

/// `POST /logout`: ends the session here, then sends the browser to end the one at the provider
/// (OpenID Connect RP-Initiated Logout §2). By POST, so that no other site's link or image logs
/// anybody out.
pub(crate) async fn log_out(State(app): State<Arc<App>>, jar: CookieJar) -> (CookieJar, Response) {
    let (jar, user) = app.sessions.take(jar);
    let Some(user) = user else {
        return (jar, Redirect::to("/").into_response());
    };
    let state = CsrfToken::new_random().into_secret();
    let request = app
        .ory
        .end_session(&user.id_token)
        .post_logout_redirect_uri(format!("{}/bye", app.url))
        .state(&state);
    match request.url() {
        Ok(url) => (
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

/// What the browser brings back from the provider (§3).
#[derive(Deserialize)]
pub(crate) struct Back {
    state: Option<String>,
}

/// `GET /bye`: the browser is back from the provider (§3).
pub(crate) async fn bye(
    State(app): State<Arc<App>>,
    jar: CookieJar,
    back: Result<Query<Back>, QueryRejection>,
) -> (CookieJar, Response) {
    let (jar, sent) = app.logouts.take(jar);
    let returned = back.ok().and_then(|Query(back)| back.state);
    let page = if sent.is_some_and(|sent| state_matches(&sent, returned.as_deref())) {
        pages::bye().into_response()
    } else {
        let what = "This is no answer to a log-out that your browser began here.";
        pages::problem(StatusCode::BAD_REQUEST, what)
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
