//! Sessions of users, each under a random cookie.
//!
//! They are in memory, for one process. An app that runs on several machines stores them in its
//! database.

use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use openidconnect::CsrfToken;
use std::collections::{BTreeSet, HashMap};
use std::fmt;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The most sessions of all users. Beyond this limit the oldest ones end.
const MAX_SESSIONS: usize = 10_000;

/// The most sessions of one user, so that no user can end those of others. The oldest ones end.
const MAX_SESSIONS_OF_A_USER: usize = 20;

/// Sessions with a value, at most one for each browser.
pub struct SessionStore<T> {
    cookie: String,
    /// Whether browsers send the cookie over `https` only.
    secure: bool,
    lifetime: Duration,
    sessions: Mutex<Sessions<T>>,
}

struct Session<T> {
    expires_at: Instant,
    user: String,
    value: T,
}

/// Sessions by the id in the cookie.
struct Sessions<T> {
    by_id: HashMap<String, Session<T>>,
    /// The same ids, the oldest first.
    by_expiry: BTreeSet<(Instant, String)>,
    /// The same ids by user, the oldest first.
    by_user: BTreeSet<(String, Instant, String)>,
}

impl<T> Sessions<T> {
    fn insert(&mut self, id: String, session: Session<T>) {
        let (expires_at, user) = (session.expires_at, session.user.clone());
        self.by_expiry.insert((expires_at, id.clone()));
        self.by_user.insert((user, expires_at, id.clone()));
        self.by_id.insert(id, session);
    }

    fn remove(&mut self, id: &str) -> Option<Session<T>> {
        let session = self.by_id.remove(id)?;
        let (expires_at, user) = (session.expires_at, session.user.clone());
        self.by_expiry.remove(&(expires_at, id.to_owned()));
        self.by_user.remove(&(user, expires_at, id.to_owned()));
        Some(session)
    }

    /// Drops expired sessions, and makes room for one more of a user.
    fn make_room(&mut self, user: &str, now: Instant) {
        while let Some((expires_at, id)) = self.by_expiry.first()
            && (*expires_at <= now || self.by_id.len() >= MAX_SESSIONS)
        {
            let id = id.clone();
            self.remove(&id);
        }
        let of_user = self.by_user.range((user.to_owned(), now, String::new())..);
        let mut of_user = of_user.take_while(|(other, ..)| other == user);
        if let Some((_, _, oldest)) = of_user.next()
            && of_user.count() + 1 >= MAX_SESSIONS_OF_A_USER
        {
            let oldest = oldest.clone();
            self.remove(&oldest);
        }
    }
}

impl<T> SessionStore<T> {
    /// Creates an empty store for sessions with this cookie and this lifetime. Pass `secure` for an
    /// app at an `https` URL.
    #[must_use]
    pub fn new(cookie: &str, secure: bool, lifetime: Duration) -> Self {
        Self {
            // Browsers accept a cookie with this prefix from this host only and over https: no
            // other host of the same domain can set it (RFC 6265bis §4.1.3.2).
            cookie: if secure {
                format!("__Host-{cookie}")
            } else {
                cookie.to_owned()
            },
            secure,
            lifetime,
            sessions: Mutex::new(Sessions {
                by_id: HashMap::new(),
                by_expiry: BTreeSet::new(),
                by_user: BTreeSet::new(),
            }),
        }
    }

    /// Starts a session of a user in this browser, which ends the previous one. The cookie is always new,
    /// so that nobody can set one and wait until a user logs in with it.
    pub fn insert(&self, jar: CookieJar, user: &str, value: T) -> CookieJar {
        let (jar, _) = self.take(jar);
        let id = CsrfToken::new_random_len(32).into_secret();
        let now = Instant::now();
        let session = Session {
            expires_at: now + self.lifetime,
            user: user.to_owned(),
            value,
        };
        let mut sessions = self.sessions();
        sessions.make_room(user, now);
        sessions.insert(id.clone(), session);
        jar.add(self.cookie(id))
    }

    /// Ends the session of this browser and returns its value.
    pub fn take(&self, jar: CookieJar) -> (CookieJar, Option<T>) {
        let Some(cookie) = jar.get(&self.cookie) else {
            return (jar, None);
        };
        let session = self.sessions().remove(cookie.value());
        let session = session.filter(|session| session.expires_at > Instant::now());
        let jar = jar.remove(self.cookie(String::new()));
        (jar, session.map(|session| session.value))
    }

    /// Applies a function to the value of this browser's session, if there is one.
    pub fn read<R>(&self, jar: &CookieJar, read: impl FnOnce(&T) -> R) -> Option<R> {
        let sessions = self.sessions();
        let session = sessions.by_id.get(jar.get(&self.cookie)?.value())?;
        (session.expires_at > Instant::now()).then(|| read(&session.value))
    }

    /// Ends the sessions of all browsers for which a function returns true.
    pub fn remove_where(&self, remove: impl Fn(&T) -> bool) {
        let mut sessions = self.sessions();
        let ended = sessions.by_id.iter();
        let ended = ended.filter(|(_, session)| remove(&session.value));
        let ended: Vec<_> = ended.map(|(id, _)| id.clone()).collect();
        for id in ended {
            sessions.remove(&id);
        }
    }

    fn cookie(&self, id: String) -> Cookie<'static> {
        // Lax: the browser sends the cookie when the provider redirects here, but not when another
        // site posts a form.
        Cookie::build((self.cookie.clone(), id))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.secure)
            .build()
    }

    fn sessions(&self) -> MutexGuard<'_, Sessions<T>> {
        // After a panic, an id may be left without its session. It expires.
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T> fmt::Debug for SessionStore<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SessionStore")
            .field("cookie", &self.cookie)
            .field("secure", &self.secure)
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}
