//! Logs users out: at their own request, and when the provider reports a logout.

use crate::pages;
use crate::registration::BYE;
use crate::state::App;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, RawQuery, State};
use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse as _, Redirect, Response};
use axum_extra::extract::CookieJar;
use ory_oidc::IdToken;
use ory_oidc::logout::{LogoutCallback, LogoutCallbackError, LogoutState};
use serde::Deserialize;
use std::error::Error;
use std::sync::Arc;
use url::Url;

/// `POST /logout`: ends the session here, then redirects the browser to the provider to end the
/// session there (OpenID Connect RP-Initiated Logout §2). It is a POST, so that no link or image of
/// another site can log a user out, and a form of another app on the same site neither.
pub(super) async fn log_out(
    State(app): State<Arc<App>>,
    headers: HeaderMap,
    jar: CookieJar,
) -> (CookieJar, Response) {
    if !is_from_this_app(&app, &headers) {
        let text = "Another app tried to log you out. You are still logged in.";
        return (jar, pages::problem(StatusCode::FORBIDDEN, text));
    }
    let (jar, user) = app.sessions.take(jar);
    let Some(user) = user else {
        return (jar, Redirect::to("/").into_response());
    };
    match logout_url(&app, &user.id_token) {
        Ok((url, state)) => (
            app.logouts.insert(jar, state),
            Redirect::to(url.as_str()).into_response(),
        ),
        Err(error) => {
            eprintln!("{error}");
            let text = "You are logged out of this app, but not of the provider.";
            (jar, pages::problem(StatusCode::INTERNAL_SERVER_ERROR, text))
        }
    }
}

/// Whether a page of this app sent the request. Cookies do not tell: browsers send them with forms of
/// other apps on the same site, such as another subdomain or port.
fn is_from_this_app(app: &App, headers: &HeaderMap) -> bool {
    match (headers.get("sec-fetch-site"), headers.get(ORIGIN)) {
        (Some(site), _) => site == "same-origin" || site == "none",
        // Browsers without `Sec-Fetch-Site`.
        (None, Some(origin)) => origin == app.url.as_str(),
        // No browser.
        (None, None) => true,
    }
}

/// Returns the logout URL, and the state that the browser must return with.
fn logout_url(app: &App, id_token: &IdToken) -> Result<(Url, LogoutState), Box<dyn Error>> {
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
    Ok((request.url()?, state))
}

/// `GET /bye`: the browser returns from the provider (§3).
pub(super) async fn bye(
    State(app): State<Arc<App>>,
    jar: CookieJar,
    RawQuery(query): RawQuery,
) -> (CookieJar, Response) {
    let callback = LogoutCallback::from_query(&query.unwrap_or_default());
    let check = |sent: &_| callback.clone().and_then(|callback| callback.check(sent));
    // This app always sends a state. Without one, the browser did not start a logout here.
    match app.logouts.read(&jar, check) {
        Some(Ok(())) => (app.logouts.take(jar).0, pages::bye().into_response()),
        // Another site can send a browser here with a refusal, which must not use up the state.
        Some(Err(LogoutCallbackError::Refused(refusal))) => {
            eprintln!("{refusal}");
            let text = "You are logged out of this app, but the provider refused to log you out.";
            (jar, pages::problem(StatusCode::BAD_GATEWAY, text))
        }
        _ => {
            let text = "This is not the response to a logout that your browser started.";
            (jar, pages::problem(StatusCode::BAD_REQUEST, text))
        }
    }
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
                .remove_where(|user| logout.ends(&user.sub, user.sid.as_deref()));
            StatusCode::OK
        }
        Err(error) => {
            eprintln!("{error}");
            // The standard has one status for all failures (§2.8).
            StatusCode::BAD_REQUEST
        }
    }
}
