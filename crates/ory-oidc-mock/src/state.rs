//! Everything one double knows, shared between its handle and its server.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::algorithm::Algorithm;
use crate::caching::Caching;
use crate::fault::Fault;
use crate::keys::KeyRing;
use crate::members::Metadata;
use crate::request::RecordedRequest;

/// How a double was built, with everything filled in.
pub(crate) struct Config {
    /// Where it listens, without a trailing slash.
    pub(crate) url: String,
    pub(crate) issuer: String,
    pub(crate) registration: bool,
    pub(crate) advertise_registration_endpoint: bool,
    pub(crate) rotate_registration_tokens: bool,
    pub(crate) initial_access_token: Option<String>,
    pub(crate) logout_url: String,
    pub(crate) post_logout_url: String,
    /// What clients may register for; never empty.
    pub(crate) algorithms: Vec<Algorithm>,
}

pub(crate) struct Shared {
    pub(crate) config: Config,
    state: Mutex<State>,
}

impl Shared {
    pub(crate) fn new(config: Config, caching: Caching) -> Self {
        let state = State {
            clients: BTreeMap::new(),
            access_tokens: HashMap::new(),
            sessions: Vec::new(),
            ended_sessions: HashMap::new(),
            logout_challenges: HashMap::new(),
            logout_verifiers: HashMap::new(),
            keys: KeyRing::new(config.algorithms.clone()),
            caching,
            requests: Vec::new(),
            faults: Vec::new(),
        };
        Self {
            config,
            state: Mutex::new(state),
        }
    }

    /// The state; a test that panicked while it held it does not take the others down.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub(crate) struct State {
    pub(crate) clients: BTreeMap<String, Client>,
    pub(crate) access_tokens: HashMap<String, AccessToken>,
    pub(crate) sessions: Vec<Session>,
    /// The last session of users who have logged out, by subject.
    pub(crate) ended_sessions: HashMap<String, String>,
    /// Log-outs that wait for the user's consent, by challenge.
    pub(crate) logout_challenges: HashMap<String, LogoutRequest>,
    /// Log-outs that were consented to, by verifier.
    pub(crate) logout_verifiers: HashMap<String, LogoutRequest>,
    pub(crate) keys: KeyRing,
    pub(crate) caching: Caching,
    pub(crate) requests: Vec<RecordedRequest>,
    pub(crate) faults: Vec<Fault>,
}

pub(crate) struct Client {
    pub(crate) metadata: Metadata,
    /// None for a client that an administrator made.
    pub(crate) registration_token: Option<String>,
    pub(crate) created_at: OffsetDateTime,
}

pub(crate) struct AccessToken {
    pub(crate) client_id: Option<String>,
    pub(crate) claims: Map<String, Value>,
}

/// A user who is logged in, in one browser, to some clients.
pub(crate) struct Session {
    pub(crate) id: String,
    pub(crate) subject: String,
    /// The value of the session cookie.
    pub(crate) cookie: String,
    pub(crate) clients: Vec<String>,
}

#[derive(Clone)]
pub(crate) struct LogoutRequest {
    pub(crate) session_id: String,
    pub(crate) redirect_to: String,
    /// Whether it began with an `id_token_hint`, and not with a cookie.
    pub(crate) rp_initiated: bool,
}

impl State {
    /// Forgets a client and every token issued to it.
    pub(crate) fn remove_client(&mut self, id: &str) {
        self.access_tokens
            .retain(|_, token| token.client_id.as_deref() != Some(id));
        for session in &mut self.sessions {
            session.clients.retain(|client| client != id);
        }
        self.clients.remove(id);
    }

    /// The session of a user, or the last one there was. A user who never logged in has one that
    /// nobody knows of.
    pub(crate) fn session_id_of(&self, subject: &str) -> String {
        let live = self
            .sessions
            .iter()
            .find(|session| session.subject == subject);
        live.map(|session| &session.id)
            .or_else(|| self.ended_sessions.get(subject))
            .cloned()
            .unwrap_or_else(crate::random::uuid)
    }

    /// The session of a user, begun now if there is none.
    pub(crate) fn session_of(&mut self, subject: &str) -> &mut Session {
        let index = self
            .sessions
            .iter()
            .position(|session| session.subject == subject)
            .unwrap_or_else(|| {
                self.sessions.push(Session {
                    id: crate::random::uuid(),
                    subject: subject.to_owned(),
                    cookie: crate::random::opaque(),
                    clients: Vec::new(),
                });
                self.sessions.len() - 1
            });
        &mut self.sessions[index]
    }
}

/// Now, as seconds since 1970.
pub(crate) fn unix_now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}
