//! The endpoint at `/oauth2/sessions/logout`: OpenID Connect RP-initiated, front-channel and back-channel
//! logout.

use std::fmt::Write as _;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::Response;
use serde_json::{Map, Value};

use crate::back_channel;
use crate::hydra_version::HydraVersion;
use crate::location::with_query;
use crate::parameters::{Parameters, query};
use crate::reply::{self, escape_html};
use crate::state::{LogoutRequest, Shared};
use crate::{random, session_cookie};

/// The error that a logout redirects to the error page with.
struct Failed {
    error: &'static str,
    description: String,
}

impl Failed {
    fn invalid_request(hint: &str) -> Self {
        let general = "The request is missing a required parameter, includes an invalid parameter value, includes a parameter more than once, or is otherwise malformed.";
        Self {
            error: "invalid_request",
            description: format!("{general} {hint}"),
        }
    }

    fn unknown_verifier(version: HydraVersion) -> Self {
        let reason = match version {
            HydraVersion::V2_3_0 => "",
            HydraVersion::Head => " Failed to decrypt the logout verifier.",
        };
        Self {
            error: "Not Found",
            description: format!("Unable to locate the requested resource{reason}"),
        }
    }
}

pub(crate) async fn logout(
    State(shared): State<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let parameters = Parameters::of(&method, &uri, &headers, &body);
    let cookie = session_cookie::read(&headers);
    let outcome = match query(&uri)
        .get("logout_verifier")
        .filter(|text| !text.is_empty())
    {
        Some(verifier) => complete(&shared, verifier, cookie),
        None if !parameters.are_valid => Err(Failed::invalid_request(&format!(
            "Logout failed because the '{method}' request could not be parsed."
        ))),
        None => begin(&shared, &parameters, &uri, cookie).map(Outcome::Redirect),
    };
    match outcome {
        Ok(Outcome::Redirect(location)) => reply::redirect(StatusCode::FOUND, &method, &location),
        Ok(Outcome::Done {
            redirect_to,
            frames,
        }) => {
            let mut response = if frames.is_empty() {
                reply::redirect(StatusCode::FOUND, &method, &redirect_to)
            } else {
                front_channel_page(&redirect_to, &frames)
            };
            if cookie.is_some() {
                reply::set(&mut response, header::SET_COOKIE, &session_cookie::clear());
            }
            response
        }
        Err(failed) => reply::redirect(StatusCode::FOUND, &method, &error_url(&shared, &failed)),
    }
}

enum Outcome {
    Redirect(String),
    /// The user is logged out.
    Done {
        redirect_to: String,
        frames: Vec<String>,
    },
}

/// Handles the request of the application. Returns the URL of the login app, or the final URL if
/// there is no session to end.
fn begin(
    shared: &Shared,
    parameters: &Parameters,
    uri: &Uri,
    cookie: Option<&str>,
) -> Result<String, Failed> {
    let (hint, state, requested) = (
        parameters.get("id_token_hint"),
        parameters.get("state"),
        parameters.get("post_logout_redirect_uri"),
    );
    if hint.is_empty() {
        for (name, value) in [("state", state), ("post_logout_redirect_uri", requested)] {
            if !value.is_empty() {
                return failed(&format!(
                    "query parameter {name} is set but id_token_hint is missing."
                ));
            }
        }
        let redirect_to = shared.config.post_logout_url.clone();
        let session = session_cookie::find(&shared.state().sessions, cookie)
            .map(|session| session.id.clone());
        return Ok(match session {
            None => redirect_to,
            Some(session_id) => request_consent(
                shared,
                LogoutRequest {
                    session_id,
                    client_id: None,
                    request_url: uri.to_string(),
                    redirect_to,
                    rp_initiated: false,
                },
            ),
        });
    }

    let claims = shared
        .state()
        .keys
        .verify(hint)
        .map_err(|error| Failed::invalid_request(&error))?;
    let session_id = check_hint(shared, &claims)?;
    let (client_id, redirect_to) = final_redirect(shared, &claims, requested, state)?;
    if !shared
        .state()
        .sessions
        .iter()
        .any(|session| session.id == session_id)
    {
        return Ok(redirect_to);
    }
    Ok(request_consent(
        shared,
        LogoutRequest {
            session_id,
            client_id: Some(client_id),
            request_url: uri.to_string(),
            redirect_to,
            rp_initiated: true,
        },
    ))
}

/// Checks the claims of an `id_token_hint`, which may have expired. Returns its session id.
fn check_hint(shared: &Shared, claims: &Map<String, Value>) -> Result<String, Failed> {
    let claim = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let (issuer, expected) = (claim("iss"), &shared.config.issuer);
    if issuer != expected {
        return failed(&format!(
            "issuer claim value '{issuer}' from query parameter id_token_hint does not match with issuer value from configuration '{expected}'."
        ));
    }
    let (issued_at, now) = (
        claims
            .get("iat")
            .and_then(Value::as_i64)
            .unwrap_or(i64::MAX),
        shared.clock.unix_now(),
    );
    if issued_at > now {
        return failed(&format!(
            "iat claim value '{issued_at}' from query parameter id_token_hint is before now ('{now}')."
        ));
    }
    for name in ["sid", "sub"] {
        if claim(name).is_empty() {
            return failed(&format!(
                "query parameter id_token_hint is missing {name} claim."
            ));
        }
    }
    Ok(claim("sid").to_owned())
}

/// Returns the client, and the URL that the browser is redirected to after logout: the requested one if
/// the client registered it, or else the default.
fn final_redirect(
    shared: &Shared,
    claims: &Map<String, Value>,
    requested: &str,
    state: &str,
) -> Result<(String, String), Failed> {
    let mut audiences = match claims.get("aud") {
        Some(Value::Array(audiences)) => audiences.iter().filter_map(Value::as_str).collect(),
        Some(Value::String(audience)) => vec![audience.as_str()],
        _ => Vec::new(),
    }
    .into_iter();
    let server_state = shared.state();
    let clients = &server_state.clients;
    let Some((client_id, client)) = audiences.find_map(|id| Some((id, clients.get(id)?))) else {
        return failed("none of the listed audiences is a registered OAuth 2.0 Client.");
    };
    if requested.is_empty() {
        let redirect_to = shared.config.post_logout_url.clone();
        return Ok((client_id.to_owned(), redirect_to));
    }
    if !client
        .metadata
        .list("post_logout_redirect_uris")
        .any(|registered| registered == requested)
    {
        return failed(
            "query parameter post_logout_redirect_uri is not a whitelisted as a post_logout_redirect_uri for the client.",
        );
    }
    let state: &[_] = if state.is_empty() {
        &[]
    } else {
        &[("state", state)]
    };
    Ok((client_id.to_owned(), with_query(requested, state)))
}

/// Stores the request until the user agrees. Returns the URL of the login app.
fn request_consent(shared: &Shared, request: LogoutRequest) -> String {
    let challenge = random::opaque();
    let location = with_query(
        &shared.config.logout_url,
        &[("logout_challenge", &challenge)],
    );
    shared.state().logout_challenges.insert(challenge, request);
    location
}

/// Accepts a logout request. Takes the challenge, or the URL that contains it. Returns the URL with
/// the verifier, or `None` if no request has this challenge.
pub(crate) fn accept(shared: &Shared, challenge: &str) -> Option<String> {
    let query = challenge.split_once('?').map_or("", |(_, query)| query);
    let in_query =
        form_urlencoded::parse(query.as_bytes()).find(|(name, _)| name == "logout_challenge");
    let challenge = in_query.map_or_else(|| challenge.to_owned(), |(_, value)| value.into_owned());
    let mut state = shared.state();
    let request = state.logout_challenges.remove(&challenge)?;
    let verifier = random::opaque();
    state.logout_verifiers.insert(verifier.clone(), request);
    Some(with_query(
        &format!("{}/oauth2/sessions/logout", shared.config.url),
        &[("logout_verifier", &verifier)],
    ))
}

/// Ends the session after the user agreed.
fn complete(shared: &Arc<Shared>, verifier: &str, cookie: Option<&str>) -> Result<Outcome, Failed> {
    let mut state = shared.state();
    let Some(request) = state.logout_verifiers.get(verifier).cloned() else {
        return Err(Failed::unknown_verifier(shared.config.version));
    };
    let redirect_to = request.redirect_to;
    let same_browser = session_cookie::find(&state.sessions, cookie)
        .is_some_and(|session| session.id == request.session_id);
    let is_allowed = request.rp_initiated || same_browser;
    let Some(session) = state.end_session(|session| is_allowed && session.id == request.session_id)
    else {
        return Ok(Outcome::Redirect(redirect_to));
    };
    back_channel::notify(shared, &mut state, &session);
    let frames = session
        .clients
        .iter()
        .filter_map(|id| state.clients.get(id))
        .map(|client| client.metadata.text("frontchannel_logout_uri"))
        .filter(|uri| !uri.is_empty())
        .map(|uri| with_query(uri, &[("iss", &shared.config.issuer), ("sid", &session.id)]))
        .collect();
    Ok(Outcome::Done {
        redirect_to,
        frames,
    })
}

fn front_channel_page(redirect_to: &str, frames: &[String]) -> Response {
    let target = escape_html(redirect_to);
    let mut page = format!(
        "<!doctype html>\n<meta http-equiv=\"refresh\" content=\"7; URL={target}\">\n<title>Logging out</title>\n<p><a href=\"{target}\">Continue</a></p>\n"
    );
    for frame in frames {
        let _ = writeln!(page, "<iframe src=\"{}\"></iframe>", escape_html(frame));
    }
    reply::respond(StatusCode::OK, reply::HTML, page)
}

fn failed<T>(reason: &str) -> Result<T, Failed> {
    let hint = format!("Logout failed because {reason}");
    Err(Failed::invalid_request(&hint))
}

fn error_url(shared: &Shared, failed: &Failed) -> String {
    let page = format!("{}/oauth2/fallbacks/error", shared.config.url);
    with_query(
        &page,
        &[
            ("error", failed.error),
            ("error_description", &failed.description),
        ],
    )
}
