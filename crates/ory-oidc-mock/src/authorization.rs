//! The endpoint at `/oauth2/auth` (OpenID Connect Core 1.0, section 3.1.2): the authorization code
//! flow.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State as Extract;
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::Response;

use crate::authorization_request::{AuthorizationRequest, Rejected};
use crate::grants::{AuthorizationCode, Grant, LoginOfGrant};
use crate::location::{error_page, with_query};
use crate::login_flow::{Consent, LoginFlow, Question};
use crate::oauth_error::OAuthError;
use crate::parameters::Parameters;
use crate::state::{Session, Shared, State};
use crate::{lifespans, pkce, random, reply, session_cookie};

pub(crate) async fn authorize(
    Extract(shared): Extract<Arc<Shared>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let parameters = Parameters::of(&method, &uri, &headers, &body);
    let mut state = shared.state();
    let client = state.clients.get(parameters.get("client_id"));
    let client = client.map(|client| &client.metadata);
    let request = match AuthorizationRequest::parse(client, &parameters) {
        Ok(request) => request,
        Err(Rejected {
            error,
            return_to: Some(return_to),
        }) => return return_to.with_error(&error),
        Err(Rejected { error, .. }) => {
            let location = error_page(&shared.config.url, &error);
            return reply::redirect(StatusCode::FOUND, &method, &location);
        }
    };
    let return_to = request.return_to.clone();
    let mut step = Step {
        shared: &shared,
        state: &mut state,
        cookie: session_cookie::read(&headers),
        set_cookie: None,
        method: &method,
    };
    let outcome = match (
        parameters.get("login_verifier"),
        parameters.get("consent_verifier"),
    ) {
        ("", "") => {
            let url = with_query(
                &format!("{}/oauth2/auth", shared.config.url),
                &parameters.pairs(),
            );
            step.begin(request, url)
        }
        ("", verifier) => step
            .answer(Question::Consent, verifier, &request)
            .and_then(|flow| step.finish(flow)),
        (verifier, _) => step
            .answer(Question::Login, verifier, &request)
            .and_then(|flow| step.after_login(flow)),
    };
    let set_cookie = step.set_cookie.take();
    let mut response = outcome.unwrap_or_else(|error| return_to.with_error(&error));
    if let Some(cookie) = set_cookie {
        reply::set(&mut response, header::SET_COOKIE, &cookie);
    }
    response
}

/// One request of a browser on its way from the authorization request to the code.
struct Step<'a> {
    shared: &'a Shared,
    state: &'a mut State,
    /// The session cookie of the browser.
    cookie: Option<&'a str>,
    /// The `Set-Cookie` header of the response.
    set_cookie: Option<String>,
    method: &'a Method,
}

type Outcome<T = Response> = Result<T, OAuthError>;

impl Step<'_> {
    /// Asks who the user is, unless the mock server logs in a user at once.
    fn begin(&mut self, request: AuthorizationRequest, request_url: String) -> Outcome {
        let now = self.shared.clock.unix_now();
        let subject_at_once = self.state.user_at_once.clone();
        let session = self.session_for(&request, now)?.filter(|(_, subject, _)| {
            let other_user = subject_at_once.as_ref().is_some_and(|user| user != subject);
            !other_user || request.has_prompt("none")
        });
        if request.has_prompt("none") && session.is_none() {
            return Err(OAuthError::new(
                "login_required",
                "Prompt 'none' was requested, but no existing login session was found.",
            ));
        }
        let skip = session.is_some();
        let (session_id, subject, authenticated_at) =
            session.unwrap_or_else(|| (random::uuid(), String::new(), now));
        let mut flow = LoginFlow {
            request,
            request_url,
            requested_at: now,
            session_id,
            skip,
            subject,
            authenticated_at,
            remember: true,
            acr: String::new(),
            amr: Vec::new(),
            context: serde_json::Value::Null,
            login_challenge: String::new(),
            skip_consent: false,
            consent: Consent::default(),
        };
        let page = match (&self.shared.config.login_url, subject_at_once) {
            (Some(page), _) => page.clone(),
            (None, _) if skip => return self.after_login(flow),
            (None, Some(subject)) => {
                flow.subject = subject;
                return self.after_login(flow);
            }
            (None, None) => format!("{}/oauth2/fallbacks/login", self.shared.config.url),
        };
        let location = self.state.login_flows.ask(Question::Login, flow, &page);
        Ok(self.redirect(&location))
    }

    /// Returns id, subject and authentication time of the browser's session, if the request allows
    /// to use it.
    fn session_for(
        &self,
        request: &AuthorizationRequest,
        now: i64,
    ) -> Outcome<Option<(String, String, i64)>> {
        let hint = match request.id_token_hint.as_str() {
            "" => None,
            hint => Some(
                self.state
                    .keys
                    .verify(hint)
                    .map_err(|error| OAuthError::invalid_request(&error))?,
            ),
        };
        if request.has_prompt("login") || request.has_prompt("select_account") {
            return Ok(None);
        }
        let Some(session) = session_cookie::find(&self.state.sessions, self.cookie) else {
            return Ok(None);
        };
        if !request.max_age.is_empty() {
            let Ok(max_age) = request.max_age.parse::<i64>() else {
                return Err(OAuthError::new("error", ""));
            };
            if max_age >= 0 && session.authenticated_at.saturating_add(max_age) < now {
                return if request.has_prompt("none") {
                    Err(OAuthError::new(
                        "login_required",
                        "Request failed because prompt is set to 'none' and authentication time reached 'max_age'.",
                    ))
                } else {
                    Ok(None)
                };
            }
        }
        if hint.is_some_and(|claims| claims.get("sub").is_none_or(|sub| *sub != session.subject)) {
            return Err(OAuthError::new(
                "login_required",
                "Request failed because subject claim from id_token_hint does not match subject from authentication session.",
            ));
        }
        let Session {
            id,
            subject,
            authenticated_at,
            ..
        } = session;
        Ok(Some((id.clone(), subject.clone(), *authenticated_at)))
    }

    /// Takes the answer that a verifier stands for.
    fn answer(
        &mut self,
        question: Question,
        verifier: &str,
        request: &AuthorizationRequest,
    ) -> Outcome<LoginFlow> {
        let answer = self.state.login_flows.take_answer(question, verifier);
        let flow = answer.unwrap_or_else(|| {
            Err(OAuthError::new(
                "access_denied",
                match question {
                    Question::Login => "The login verifier is invalid.",
                    Question::Consent => {
                        "The consent verifier has already been used, has not been granted, or is invalid."
                    }
                },
            ))
        })?;
        if flow.request.client_id == request.client_id {
            Ok(flow)
        } else {
            Err(OAuthError::invalid_client(
                "The flow client id does not match the authorize request client id.",
            ))
        }
    }

    /// Starts the session, and asks whether the user agrees, unless the mock server agrees at once.
    fn after_login(&mut self, mut flow: LoginFlow) -> Outcome {
        flow.request.check_prompts()?;
        if !flow.skip {
            self.start_session(&flow);
        }
        flow.skip_consent = self.state.login_flows.has_consent(&flow);
        let Some(page) = &self.shared.config.consent_url else {
            let claims = self.state.users.get(&flow.subject);
            flow.consent = Consent {
                scopes: flow.request.scopes.clone(),
                audience: flow.request.audience.clone(),
                id_token: claims.cloned().unwrap_or_default(),
                ..Consent::default()
            };
            return self.finish(flow);
        };
        if flow.request.has_prompt("consent") {
            flow.skip_consent = false;
        }
        if flow.request.has_prompt("none") && !flow.skip_consent {
            return Err(OAuthError::new(
                "consent_required",
                "Prompt 'none' was requested, but no previous consent was found.",
            ));
        }
        let location = self.state.login_flows.ask(Question::Consent, flow, page);
        Ok(self.redirect(&location))
    }

    fn start_session(&mut self, flow: &LoginFlow) {
        if !flow.remember {
            self.set_cookie = self.cookie.map(|_| session_cookie::clear());
            return;
        }
        let session = Session {
            id: flow.session_id.clone(),
            subject: flow.subject.clone(),
            cookie: random::opaque(),
            authenticated_at: flow.authenticated_at,
            clients: Vec::new(),
        };
        self.set_cookie = Some(session_cookie::set(&session));
        self.state.sessions.push(session);
    }

    /// Issues the authorization code.
    fn finish(&mut self, flow: LoginFlow) -> Outcome {
        if let Some(challenge) = &flow.request.challenge {
            pkce::check_method(challenge)?;
        }
        if flow.consent.remember {
            self.state.login_flows.remember_consent(&flow);
        }
        let LoginFlow {
            request, consent, ..
        } = flow;
        if let Some(session) = self
            .state
            .sessions
            .iter_mut()
            .find(|session| session.id == flow.session_id)
        {
            session.add_client(&request.client_id);
        }
        let mut claims = consent.id_token;
        if !flow.acr.is_empty() {
            claims.insert("acr".to_owned(), flow.acr.into());
        }
        if !flow.amr.is_empty() {
            claims.insert("amr".to_owned(), flow.amr.into());
        }
        let grant = Grant {
            id: random::uuid(),
            client_id: request.client_id,
            subject: flow.subject,
            scopes: consent.scopes,
            audience: consent.audience,
            login: Some(LoginOfGrant {
                session_id: flow.session_id,
                nonce: request.nonce,
                authenticated_at: flow.authenticated_at,
                requested_at: flow.requested_at,
                claims,
            }),
            access_token_claims: consent.access_token,
        };
        let code = random::token("ory_ac");
        let response = request.return_to.with_code(&code, &grant.scopes);
        let code_data = AuthorizationCode {
            grant: Arc::new(grant),
            redirect_uri: request.redirect_uri,
            challenge: request.challenge,
            expires_at: self.shared.clock.unix_now() + lifespans::CODE,
            used: false,
        };
        self.state.tokens.codes.insert(code, code_data);
        Ok(response)
    }

    fn redirect(&self, location: &str) -> Response {
        reply::redirect(StatusCode::FOUND, self.method, location)
    }
}
