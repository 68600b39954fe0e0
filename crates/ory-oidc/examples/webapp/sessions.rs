//! What the server keeps for browsers, each value under a random cookie.
//!
//! In memory, for one process: an app that runs on several machines keeps this in its database.

use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use openidconnect::CsrfToken;
use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// Values of one kind. A browser has one of them at a time.
pub(crate) struct Shelf<T> {
    cookie: &'static str,
    /// Whether the cookie may travel by `https` only.
    secure: bool,
    lifetime: Duration,
    values: Mutex<HashMap<String, (Instant, T)>>,
}

impl<T> Shelf<T> {
    pub(crate) fn new(cookie: &'static str, secure: bool, lifetime: Duration) -> Self {
        Self {
            cookie,
            secure,
            lifetime,
            values: Mutex::default(),
        }
    }

    /// Keeps a value for this browser, in place of what was there. The cookie is a new one, so
    /// that nobody can plant one and wait until somebody logs in under it.
    pub(crate) fn put(&self, jar: CookieJar, value: T) -> CookieJar {
        let (jar, _) = self.take(jar);
        let id = CsrfToken::new_random_len(32).into_secret();
        let now = Instant::now();
        let mut values = self.values();
        values.retain(|_, (until, _)| *until > now);
        values.insert(id.clone(), (now + self.lifetime, value));
        // Lax: it comes along when the provider sends the browser back, and not when another
        // site posts a form.
        let cookie = Cookie::build((self.cookie, id))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.secure);
        jar.add(cookie)
    }

    /// The browser's value, which is gone with this.
    pub(crate) fn take(&self, jar: CookieJar) -> (CookieJar, Option<T>) {
        let Some(cookie) = jar.get(self.cookie) else {
            return (jar, None);
        };
        let value = self.values().remove(cookie.value());
        let value = value.filter(|(until, _)| *until > Instant::now());
        let jar = jar.remove(Cookie::build(self.cookie).path("/"));
        (jar, value.map(|(_, value)| value))
    }

    /// What `read` makes of the browser's value.
    pub(crate) fn read<R>(&self, jar: &CookieJar, read: impl FnOnce(&T) -> R) -> Option<R> {
        let values = self.values();
        let (until, value) = values.get(jar.get(self.cookie)?.value())?;
        (*until > Instant::now()).then(|| read(value))
    }

    /// Drops the values of all browsers that `is_over` is true for.
    pub(crate) fn drop_where(&self, is_over: impl Fn(&T) -> bool) {
        self.values().retain(|_, (_, value)| !is_over(value));
    }

    fn values(&self) -> MutexGuard<'_, HashMap<String, (Instant, T)>> {
        // Every change to the map is one step, so a panic leaves it as it was.
        self.values.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
