//! Values that the server stores for browsers, each under a random cookie.
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

/// The most values in one store. Anybody can start any number of logins. Beyond this limit the
/// oldest ones are dropped, and their users must start again.
const MAX_VALUES: usize = 10_000;

/// Values of one kind, at most one for each browser.
pub struct SessionStore<T> {
    cookie: String,
    /// Whether browsers send the cookie over `https` only.
    secure: bool,
    lifetime: Duration,
    values: Mutex<Values<T>>,
}

/// Values by the id in the cookie, with the time when they expire.
struct Values<T> {
    by_id: HashMap<String, (Instant, T)>,
    /// The same ids, the oldest first.
    by_expiry: BTreeSet<(Instant, String)>,
}

impl<T> Values<T> {
    fn insert(&mut self, id: String, expires_at: Instant, value: T) {
        self.by_expiry.insert((expires_at, id.clone()));
        self.by_id.insert(id, (expires_at, value));
    }

    fn remove(&mut self, id: &str) -> Option<(Instant, T)> {
        let (expires_at, value) = self.by_id.remove(id)?;
        self.by_expiry.remove(&(expires_at, id.to_owned()));
        Some((expires_at, value))
    }

    /// Drops expired values, and makes room for one more.
    fn make_room(&mut self, now: Instant) {
        while let Some((expires_at, _)) = self.by_expiry.first()
            && (*expires_at <= now || self.by_expiry.len() >= MAX_VALUES)
        {
            if let Some((_, id)) = self.by_expiry.pop_first() {
                self.by_id.remove(&id);
            }
        }
    }
}

impl<T> SessionStore<T> {
    /// Creates an empty store for values with this cookie and this lifetime. Pass `secure` for an
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
            values: Mutex::new(Values {
                by_id: HashMap::new(),
                by_expiry: BTreeSet::new(),
            }),
        }
    }

    /// Stores a value for this browser and replaces the previous one. The cookie is always new, so
    /// that nobody can set one and wait until a user logs in with it.
    pub fn insert(&self, jar: CookieJar, value: T) -> CookieJar {
        let (jar, _) = self.take(jar);
        let id = CsrfToken::new_random_len(32).into_secret();
        let now = Instant::now();
        let mut values = self.values();
        values.make_room(now);
        values.insert(id.clone(), now + self.lifetime, value);
        jar.add(self.cookie(id))
    }

    /// Removes the value of this browser and returns it.
    pub fn take(&self, jar: CookieJar) -> (CookieJar, Option<T>) {
        let Some(cookie) = jar.get(&self.cookie) else {
            return (jar, None);
        };
        let value = self.values().remove(cookie.value());
        let value = value.filter(|(expires_at, _)| *expires_at > Instant::now());
        let jar = jar.remove(self.cookie(String::new()));
        (jar, value.map(|(_, value)| value))
    }

    /// As [`take`](Self::take), but leaves a value for which the function returns false. Another site can
    /// send a browser here with any query: that must not use up the value.
    pub fn take_if(&self, jar: CookieJar, wanted: impl Fn(&T) -> bool) -> (CookieJar, Option<T>) {
        match self.read(&jar, wanted) {
            Some(true) => self.take(jar),
            _ => (jar, None),
        }
    }

    /// Applies a function to the value of this browser. Returns [`None`] if there is no value.
    pub fn read<R>(&self, jar: &CookieJar, read: impl FnOnce(&T) -> R) -> Option<R> {
        let values = self.values();
        let (expires_at, value) = values.by_id.get(jar.get(&self.cookie)?.value())?;
        (*expires_at > Instant::now()).then(|| read(value))
    }

    /// Removes the values of all browsers for which a function returns true.
    pub fn remove_where(&self, remove: impl Fn(&T) -> bool) {
        let mut values = self.values();
        let Values { by_id, by_expiry } = &mut *values;
        by_id.retain(|_, (_, value)| !remove(value));
        by_expiry.retain(|(_, id)| by_id.contains_key(id));
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

    fn values(&self) -> MutexGuard<'_, Values<T>> {
        // After a panic, an id may be left without its value. It expires.
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
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
