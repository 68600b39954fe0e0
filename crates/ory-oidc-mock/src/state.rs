//! The state of one mock server, shared between its handle and its HTTP server.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};
use time::OffsetDateTime;
use tokio::sync::watch;

use crate::access_token_strategy::AccessTokenStrategy;
use crate::algorithm::Algorithm;
use crate::backchannel_logout::BackchannelLogout;
use crate::caching::Caching;
use crate::clock::Clock;
use crate::fault::Fault;
use crate::grants::Tokens;
use crate::hydra_version::HydraVersion;
use crate::key_pair::KeyUse;
use crate::keys::KeyRing;
use crate::login_flow::LoginFlows;
use crate::metadata::Metadata;
use crate::paths::Paths;
use crate::random;
use crate::rate_limit::RateLimit;
use crate::request::RecordedRequest;

/// The settings of a mock server, with all defaults filled in.
pub(crate) struct Config {
    /// The base URL, without a trailing slash.
    pub(crate) url: String,
    /// The base URL of the admin API, without a trailing slash.
    pub(crate) admin_url: String,
    pub(crate) issuer: String,
    pub(crate) version: HydraVersion,
    pub(crate) registration: bool,
    pub(crate) advertise_registration_endpoint: bool,
    pub(crate) rotate_registration_tokens: bool,
    pub(crate) initial_access_token: Option<String>,
    /// The login app's page. `None` is the page of the mock server.
    pub(crate) login_url: Option<String>,
    /// The login app's page for consent. `None` agrees at once.
    pub(crate) consent_url: Option<String>,
    pub(crate) logout_url: String,
    pub(crate) post_logout_url: String,
    /// The signing algorithms. Never empty.
    pub(crate) algorithms: Vec<Algorithm>,
    /// The strategy of clients without an `access_token_strategy`.
    pub(crate) access_tokens: AccessTokenStrategy,
    pub(crate) paths: Paths,
}

pub(crate) struct Shared {
    pub(crate) config: Config,
    pub(crate) clock: Clock,
    state: Mutex<State>,
}

impl Shared {
    pub(crate) fn new(config: Config, caching: Caching, rate_limit: Option<RateLimit>) -> Self {
        let state = State {
            clients: BTreeMap::new(),
            tokens: Tokens::default(),
            login_flows: LoginFlows::default(),
            users: BTreeMap::new(),
            user_at_once: None,
            sessions: Vec::new(),
            back_channel: BackChannel {
                calls: Vec::new(),
                pending: watch::Sender::new(0),
            },
            ended_sessions: HashMap::new(),
            logout_challenges: HashMap::new(),
            logout_verifiers: HashMap::new(),
            keys: KeyRing::new(KeyUse::IdTokens, config.algorithms.clone()),
            access_token_keys: KeyRing::new(
                KeyUse::AccessTokens,
                vec![Algorithm::default_of(&config.algorithms)],
            ),
            caching,
            rate_limit,
            requests: Vec::new(),
            faults: Vec::new(),
        };
        Self {
            config,
            clock: Clock::default(),
            state: Mutex::new(state),
        }
    }

    /// Locks the state. Ignores poisoning: a panic in a test must not fail other tests that share
    /// the mock server.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) struct State {
    pub(crate) clients: BTreeMap<String, Client>,
    pub(crate) tokens: Tokens,
    pub(crate) login_flows: LoginFlows,
    /// The claims of users without `sub`, by subject.
    pub(crate) users: BTreeMap<String, Map<String, Value>>,
    /// The subject of the user who is logged in at once.
    pub(crate) user_at_once: Option<String>,
    pub(crate) sessions: Vec<Session>,
    pub(crate) back_channel: BackChannel,
    /// The id of each user's last ended session, by subject.
    pub(crate) ended_sessions: HashMap<String, String>,
    /// Logout requests that wait for the user's consent, by challenge.
    pub(crate) logout_challenges: HashMap<String, LogoutRequest>,
    /// Logout requests that the user accepted, by verifier.
    pub(crate) logout_verifiers: HashMap<String, LogoutRequest>,
    /// The keys of ID tokens, logout tokens and userinfo.
    pub(crate) keys: KeyRing,
    pub(crate) access_token_keys: KeyRing,
    pub(crate) caching: Caching,
    pub(crate) rate_limit: Option<RateLimit>,
    pub(crate) requests: Vec<RecordedRequest>,
    pub(crate) faults: Vec<Fault>,
}

pub(crate) struct Client {
    pub(crate) metadata: Metadata,
    /// `None` after an administrator changed the client.
    pub(crate) registration_token: Option<String>,
    pub(crate) created_at: OffsetDateTime,
}

/// The session of a user in one browser.
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) subject: String,
    /// The value of the session cookie.
    pub(crate) cookie: String,
    /// In seconds since 1970.
    pub(crate) authenticated_at: i64,
    /// The ids of the clients that the user is logged in to.
    pub(crate) clients: Vec<String>,
}

impl Session {
    pub(crate) fn add_client(&mut self, id: &str) {
        if !self.clients.iter().any(|client| client == id) {
            self.clients.push(id.to_owned());
        }
    }
}

#[derive(Clone)]
pub(crate) struct LogoutRequest {
    pub(crate) session_id: String,
    /// The client of the `id_token_hint`.
    pub(crate) client_id: Option<String>,
    pub(crate) request_url: String,
    pub(crate) redirect_to: String,
    /// Whether the request has an `id_token_hint`. Without one, the session cookie identifies the
    /// user.
    pub(crate) rp_initiated: bool,
}

/// The calls to clients of sessions that have ended.
pub(crate) struct BackChannel {
    pub(crate) calls: Vec<BackchannelLogout>,
    /// The number of calls without an outcome.
    pub(crate) pending: watch::Sender<usize>,
}

impl BackChannel {
    /// Records a call. Returns its number.
    pub(crate) fn begin(&mut self, call: BackchannelLogout) -> usize {
        self.calls.push(call);
        self.pending.send_modify(|pending| *pending += 1);
        self.calls.len() - 1
    }

    pub(crate) fn finish(&mut self, number: usize, outcome: Result<u16, String>) {
        self.calls[number].finish(outcome);
        self.pending.send_modify(|pending| *pending -= 1);
    }
}

impl State {
    /// Ends the first session that matches.
    pub(crate) fn end_session(&mut self, matches: impl Fn(&Session) -> bool) -> Option<Session> {
        let index = self.sessions.iter().position(matches)?;
        let session = self.sessions.remove(index);
        let (subject, id) = (session.subject.clone(), session.id.clone());
        self.ended_sessions.insert(subject, id);
        Some(session)
    }

    /// Removes a client and every token issued to it.
    pub(crate) fn remove_client(&mut self, id: &str) {
        self.tokens.revoke_client(id);
        for session in &mut self.sessions {
            session.clients.retain(|client| client != id);
        }
        self.clients.remove(id);
    }

    /// Returns the id of the user's session, or else of the user's last session, or else a random
    /// id.
    pub(crate) fn session_id_of(&self, subject: &str) -> String {
        let active = self
            .sessions
            .iter()
            .find(|session| session.subject == subject);
        active
            .map(|session| &session.id)
            .or_else(|| self.ended_sessions.get(subject))
            .cloned()
            .unwrap_or_else(random::uuid)
    }

    /// Returns the user's session. Starts one at the time `now` if the user has none.
    pub(crate) fn session_of(&mut self, subject: &str, now: i64) -> &mut Session {
        let index = self
            .sessions
            .iter()
            .position(|session| session.subject == subject)
            .unwrap_or_else(|| {
                self.sessions.push(Session {
                    id: random::uuid(),
                    subject: subject.to_owned(),
                    cookie: random::opaque(),
                    authenticated_at: now,
                    clients: Vec::new(),
                });
                self.sessions.len() - 1
            });
        &mut self.sessions[index]
    }
}
