//! The endpoints at `/admin/oauth2/auth/requests`, with which a login app answers the questions of
//! the authorization endpoint and of the logout endpoint.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use crate::error_response::ErrorResponse;
use crate::location::with_query;
use crate::login_flow::{Consent, LoginFlow, Question};
use crate::member::View;
use crate::oauth_error::OAuthError;
use crate::ordered::Ordered;
use crate::parameters::query;
use crate::registration::visible_metadata;
use crate::state::{Client, Shared};
use crate::{logout, reply};

type Result<T = Response> = std::result::Result<T, ErrorResponse>;
type App = State<Arc<Shared>>;

pub(crate) async fn read_login(State(shared): App, uri: Uri) -> Result {
    read(&shared, Question::Login, &uri)
}

pub(crate) async fn read_consent(State(shared): App, uri: Uri) -> Result {
    read(&shared, Question::Consent, &uri)
}

pub(crate) async fn reject_login(State(shared): App, uri: Uri, body: Bytes) -> Result {
    reject(&shared, Question::Login, &uri, &body)
}

pub(crate) async fn reject_consent(State(shared): App, uri: Uri, body: Bytes) -> Result {
    reject(&shared, Question::Consent, &uri, &body)
}

#[derive(Deserialize)]
#[serde(default)]
#[derive(Default)]
struct AcceptedLogin {
    subject: String,
    remember: bool,
    acr: String,
    amr: Option<Vec<String>>,
    context: Value,
}

pub(crate) async fn accept_login(State(shared): App, uri: Uri, body: Bytes) -> Result {
    let challenge = challenge(&query(&uri), Question::Login.name())?;
    let accepted: AcceptedLogin = decode(&body)?;
    if accepted.subject.is_empty() {
        return Err(invalid_request("Field 'subject' must not be empty."));
    }
    let flow = waiting(&shared, Question::Login, &challenge)?;
    if flow.skip && flow.subject != accepted.subject {
        return Ok(redirect_to(&with_query(
            &flow.request_url,
            &[("prompt", "login")],
        )));
    }
    let flow = LoginFlow {
        remember: accepted.remember || flow.skip,
        authenticated_at: if flow.skip {
            flow.authenticated_at
        } else {
            shared.clock.unix_now()
        },
        subject: accepted.subject,
        acr: accepted.acr,
        amr: accepted.amr.unwrap_or_default(),
        context: accepted.context,
        ..flow
    };
    Ok(answer(&shared, Question::Login, flow))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AcceptedConsent {
    grant_scope: Option<Vec<String>>,
    grant_access_token_audience: Option<Vec<String>>,
    remember: bool,
    session: Option<AcceptedSession>,
    context: Value,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct AcceptedSession {
    access_token: Option<Map<String, Value>>,
    id_token: Option<Map<String, Value>>,
}

pub(crate) async fn accept_consent(State(shared): App, uri: Uri, body: Bytes) -> Result {
    let challenge = challenge(&query(&uri), Question::Consent.name())?;
    let accepted: AcceptedConsent = decode(&body)?;
    let flow = waiting(&shared, Question::Consent, &challenge)?;
    let session = accepted.session.unwrap_or_default();
    let flow = LoginFlow {
        consent: Consent {
            scopes: accepted.grant_scope.unwrap_or_default(),
            audience: accepted.grant_access_token_audience.unwrap_or_default(),
            id_token: session.id_token.unwrap_or_default(),
            access_token: session.access_token.unwrap_or_default(),
            remember: accepted.remember,
        },
        context: accepted.context,
        ..flow
    };
    Ok(answer(&shared, Question::Consent, flow))
}

pub(crate) async fn read_logout(State(shared): App, uri: Uri) -> Result {
    let challenge = challenge(&query(&uri), "logout")?;
    let state = shared.state();
    let request = state
        .logout_challenges
        .get(&challenge)
        .ok_or_else(ErrorResponse::challenge_not_found)?;
    let subject = state
        .sessions
        .iter()
        .find(|session| session.id == request.session_id)
        .map(|session| session.subject.clone());
    let mut body = Ordered::default();
    body.push("challenge", challenge);
    body.push("subject", subject.unwrap_or_default());
    body.push("sid", request.session_id.as_str());
    body.push("request_url", request.request_url.as_str());
    body.push("rp_initiated", request.rp_initiated);
    let client = request.client_id.as_ref();
    let client = client.and_then(|id| state.clients.get(id)).map(shown);
    body.push("client", client.unwrap_or_default());
    Ok(reply::json(StatusCode::OK, &body))
}

pub(crate) async fn accept_logout(State(shared): App, uri: Uri) -> Result {
    let challenge = challenge(&query(&uri), "logout")?;
    logout::accept(&shared, &challenge)
        .map(|location| redirect_to(&location))
        .ok_or_else(ErrorResponse::challenge_not_found)
}

pub(crate) async fn reject_logout(State(shared): App, uri: Uri) -> Result {
    let challenge = challenge(&query(&uri), "logout")?;
    let request = shared.state().logout_challenges.remove(&challenge);
    request.ok_or_else(ErrorResponse::challenge_not_found)?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

fn read(shared: &Shared, question: Question, uri: &Uri) -> Result {
    let challenge = challenge(&query(uri), question.name())?;
    let flow = waiting(shared, question, &challenge)?;
    let state = shared.state();
    let client = &state
        .clients
        .get(&flow.request.client_id)
        .ok_or_else(ErrorResponse::challenge_not_found)?;
    let skip = match question {
        Question::Login => flow.skip,
        Question::Consent => flow.skip_consent || client.metadata.flag("skip_consent"),
    };
    let mut context = Map::new();
    if !flow.request.login_hint.is_empty() {
        context.insert("login_hint".to_owned(), flow.request.login_hint.into());
    }
    let mut body = Ordered::default();
    body.push("challenge", challenge);
    body.push("requested_scope", flow.request.scopes);
    body.push("requested_access_token_audience", flow.request.audience);
    body.push("skip", skip);
    body.push("subject", flow.subject);
    body.push("oidc_context", context);
    body.push("client", shown(client));
    body.push("request_url", flow.request_url);
    match question {
        Question::Login => body.push("session_id", flow.session_id),
        Question::Consent => {
            body.push("login_challenge", flow.login_challenge);
            body.push("login_session_id", flow.session_id);
            body.push("acr", flow.acr);
            body.push("amr", flow.amr);
            body.push("context", flow.context);
        }
    }
    Ok(reply::json(StatusCode::OK, &body))
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Rejection {
    error: String,
    error_description: String,
    error_hint: String,
}

fn reject(shared: &Shared, question: Question, uri: &Uri, body: &[u8]) -> Result {
    let challenge = challenge(&query(uri), question.name())?;
    let rejection: Rejection = decode(body)?;
    let flow = waiting(shared, question, &challenge)?;
    let error = match rejection.error.as_str() {
        "" => format!("{} request denied", question.name()),
        error => error.to_owned(),
    };
    let error = OAuthError::rejected(&error, &rejection.error_description, &rejection.error_hint);
    let mut state = shared.state();
    let location = state
        .login_flows
        .answer(question, &flow.request_url, Err(error));
    Ok(redirect_to(&location))
}

/// Returns the metadata of a client, as the admin API shows it.
fn shown(client: &Client) -> Value {
    let metadata = visible_metadata(client).render(View::Administered);
    serde_json::to_value(metadata).unwrap_or_default()
}

fn waiting(shared: &Shared, question: Question, challenge: &str) -> Result<LoginFlow> {
    let mut state = shared.state();
    let flow = state.login_flows.waiting(question, challenge);
    flow.cloned().ok_or_else(ErrorResponse::challenge_not_found)
}

fn answer(shared: &Shared, question: Question, flow: LoginFlow) -> Response {
    let url = flow.request_url.clone();
    redirect_to(&shared.state().login_flows.answer(question, &url, Ok(flow)))
}

fn redirect_to(location: &str) -> Response {
    reply::json(StatusCode::OK, &json!({"redirect_to": location}))
}

fn challenge(query: &HashMap<String, String>, name: &str) -> Result<String> {
    query
        .get(&format!("{name}_challenge"))
        .or_else(|| query.get("challenge"))
        .filter(|challenge| !challenge.is_empty())
        .cloned()
        .ok_or_else(|| {
            invalid_request("Query parameter 'challenge' is not defined but should have been.")
        })
}

fn decode<T: DeserializeOwned>(body: &[u8]) -> Result<T> {
    serde_json::from_slice(body)
        .map_err(|error| invalid_request(&format!("Unable to decode body because: {error}")))
}

fn invalid_request(hint: &str) -> ErrorResponse {
    ErrorResponse::invalid_request(OAuthError::invalid_request(hint).description())
}
