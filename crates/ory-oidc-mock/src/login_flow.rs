//! Logins that are under way, from the authorization request to the authorization code.

use std::collections::HashMap;

use serde_json::{Map, Value};

use crate::authorization_request::AuthorizationRequest;
use crate::location::with_query;
use crate::oauth_error::OAuthError;
use crate::random;

/// A login that is under way.
#[derive(Clone)]
pub(crate) struct LoginFlow {
    pub(crate) request: AuthorizationRequest,
    /// The URL of the request, to which the login app returns.
    pub(crate) request_url: String,
    pub(crate) requested_at: i64,
    pub(crate) session_id: String,
    /// Whether the browser has a session, so that the user need not log in again.
    pub(crate) skip: bool,
    /// Empty until the user has logged in.
    pub(crate) subject: String,
    pub(crate) authenticated_at: i64,
    /// Whether the browser is to keep the session.
    pub(crate) remember: bool,
    pub(crate) acr: String,
    pub(crate) amr: Vec<String>,
    pub(crate) context: Value,
    pub(crate) login_challenge: String,
    /// Whether the user agreed before.
    pub(crate) skip_consent: bool,
    pub(crate) consent: Consent,
}

/// What the user agreed to.
#[derive(Clone, Default)]
pub(crate) struct Consent {
    pub(crate) scopes: Vec<String>,
    pub(crate) audience: Vec<String>,
    pub(crate) id_token: Map<String, Value>,
    pub(crate) access_token: Map<String, Value>,
    pub(crate) remember: bool,
}

/// One of the two questions to the user: who are you, and do you agree?
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Question {
    Login,
    Consent,
}

impl Question {
    /// Returns the name in paths and parameters.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Login => "login",
            Self::Consent => "consent",
        }
    }
}

type Answer = Result<LoginFlow, OAuthError>;

/// The questions and answers of one kind.
#[derive(Default)]
struct Pending {
    /// Flows that wait for an answer, by challenge.
    challenges: HashMap<String, LoginFlow>,
    /// Answers that wait for the browser, by verifier.
    verifiers: HashMap<String, Answer>,
}

/// All logins that are under way.
#[derive(Default)]
pub(crate) struct LoginFlows {
    logins: Pending,
    consents: Pending,
    /// Scopes that users agreed to for the future, by client and user.
    remembered: HashMap<(String, String), Vec<String>>,
}

impl LoginFlows {
    fn of(&mut self, question: Question) -> &mut Pending {
        match question {
            Question::Login => &mut self.logins,
            Question::Consent => &mut self.consents,
        }
    }

    /// Stores a flow until the question is answered. Returns the URL of the page that asks it.
    pub(crate) fn ask(&mut self, question: Question, mut flow: LoginFlow, page: &str) -> String {
        let challenge = random::opaque();
        if question == Question::Login {
            flow.login_challenge.clone_from(&challenge);
        }
        let name = format!("{}_challenge", question.name());
        let location = with_query(page, &[(&name, &challenge)]);
        self.of(question).challenges.insert(challenge, flow);
        location
    }

    pub(crate) fn waiting(&mut self, question: Question, challenge: &str) -> Option<&LoginFlow> {
        self.of(question).challenges.get(challenge)
    }

    /// Stores an answer. Returns the URL that the browser must open next.
    pub(crate) fn answer(
        &mut self,
        question: Question,
        request_url: &str,
        answer: Answer,
    ) -> String {
        let verifier = random::opaque();
        let name = format!("{}_verifier", question.name());
        let location = with_query(request_url, &[(&name, &verifier)]);
        self.of(question).verifiers.insert(verifier, answer);
        location
    }

    /// Takes an answer, which then cannot be used again.
    pub(crate) fn take_answer(&mut self, question: Question, verifier: &str) -> Option<Answer> {
        self.of(question).verifiers.remove(verifier)
    }

    pub(crate) fn remember_consent(&mut self, flow: &LoginFlow) {
        let key = (flow.request.client_id.clone(), flow.subject.clone());
        self.remembered.insert(key, flow.consent.scopes.clone());
    }

    /// Whether the user agreed before to all that the client requests.
    pub(crate) fn has_consent(&self, flow: &LoginFlow) -> bool {
        let key = (flow.request.client_id.clone(), flow.subject.clone());
        let granted = self.remembered.get(&key);
        granted.is_some_and(|granted| {
            flow.request
                .scopes
                .iter()
                .all(|scope| granted.contains(scope))
        })
    }
}
