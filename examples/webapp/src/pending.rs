//! What the app must remember while a browser is at the provider, in encrypted cookies.
//!
//! Anybody can start any number of logins. If the app stored them, it would run out of room for the
//! logins of others. Each browser stores its own instead, and cannot read or change them.

use axum::http::HeaderMap;
use axum_extra::extract::cookie::{Cookie, Key, SameSite};
use axum_extra::extract::{CookieJar, PrivateCookieJar};
use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// The most cookies of one kind in a browser, for example the logins in its tabs. The oldest is
/// dropped for a new one.
const MAX_COOKIES: usize = 5;

/// The most ids of used cookies. Beyond this limit the oldest are forgotten.
const MAX_USED: usize = 10_000;

/// Cookies of one kind, such as those of logins.
pub struct PendingCookies {
    /// The names of the cookies begin with this and end with the id.
    prefix: String,
    /// Whether browsers send the cookies over `https` only.
    secure: bool,
    lifetime: Duration,
    key: Key,
    /// The times in the cookies count from here. Unlike the clock, this is never set back.
    epoch: Instant,
    used: Mutex<VecDeque<(Instant, String)>>,
}

/// A value that a browser brought back.
#[derive(Clone, Debug)]
pub struct Returned<T> {
    /// The value.
    pub value: T,
    /// When the browser received the cookie.
    pub began_at: Instant,
}

/// The reason why there is no value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum NotPending {
    /// This browser has no such cookie, or it was not made by this process.
    Unknown,
    /// The cookie is too old.
    Expired,
    /// The cookie was used before.
    Used,
}

/// The content of a cookie.
#[derive(Deserialize, Serialize)]
struct Sealed<T> {
    /// Milliseconds from `epoch`, rounded down.
    at: u64,
    value: T,
}

impl PendingCookies {
    /// Creates a kind of cookies, with a key of its own. Pass `secure` for an app at an `https` URL.
    #[must_use]
    pub fn new(kind: &str, secure: bool, lifetime: Duration) -> Self {
        Self {
            // As for sessions: no other host of the same domain can set such a cookie.
            prefix: format!("{}{kind}-", if secure { "__Host-" } else { "" }),
            secure,
            lifetime,
            key: Key::generate(),
            epoch: Instant::now(),
            used: Mutex::default(),
        }
    }

    /// Returns whether the browser can receive another cookie without losing one that still counts.
    #[must_use]
    pub fn has_room(&self, headers: &HeaderMap) -> bool {
        let jar = self.jar(headers);
        let superfluous = self.superfluous(&jar, headers);
        let counts = |name: &String| open::<IgnoredAny>(&jar, name).is_some();
        !superfluous.iter().any(counts)
    }

    /// Gives the browser a value, to be returned under an id that nobody can guess.
    ///
    /// # Errors
    /// [`serde_json::Error`] if the value cannot be written as JSON.
    pub fn insert<T: Serialize>(
        &self,
        headers: &HeaderMap,
        id: &str,
        value: &T,
    ) -> Result<PrivateCookieJar, serde_json::Error> {
        let at = self.epoch.elapsed().as_millis();
        let at = u64::try_from(at).unwrap_or(u64::MAX);
        let sealed = serde_json::to_string(&Sealed { at, value })?;
        let mut jar = self.jar(headers);
        for name in self.superfluous(&jar, headers) {
            jar = jar.add(self.removal(name));
        }
        let name = format!("{}{id}", self.prefix);
        Ok(jar.add(self.cookie(name, sealed, self.lifetime)))
    }

    /// Takes the value that the browser received under an id. It is returned once.
    pub fn take<T: DeserializeOwned>(
        &self,
        headers: &HeaderMap,
        id: &str,
    ) -> (PrivateCookieJar, Result<Returned<T>, NotPending>) {
        let jar = self.jar(headers);
        let name = format!("{}{id}", self.prefix);
        match open::<T>(&jar, &name) {
            None => (jar, Err(NotPending::Unknown)),
            Some(sealed) => {
                let returned = self.returned(id, sealed);
                (jar.add(self.removal(name)), returned)
            }
        }
    }

    fn returned<T>(&self, id: &str, sealed: Sealed<T>) -> Result<Returned<T>, NotPending> {
        let began_at = self.epoch + Duration::from_millis(sealed.at);
        if began_at.elapsed() >= self.lifetime {
            return Err(NotPending::Expired);
        }
        if !self.first_use(id) {
            return Err(NotPending::Used);
        }
        let value = sealed.value;
        Ok(Returned { value, began_at })
    }

    /// Records the use of an id, and returns whether it is the first one.
    fn first_use(&self, id: &str) -> bool {
        let now = Instant::now();
        let mut used = self.used.lock().unwrap_or_else(PoisonError::into_inner);
        while let Some((at, _)) = used.front()
            && (now.duration_since(*at) > self.lifetime || used.len() >= MAX_USED)
        {
            used.pop_front();
        }
        let is_first = !used.iter().any(|(_, known)| known == id);
        if is_first {
            used.push_back((now, id.to_owned()));
        }
        is_first
    }

    /// Returns the names of cookies that must make room for another one: the oldest ones, after those
    /// that cannot be read.
    fn superfluous(&self, jar: &PrivateCookieJar, headers: &HeaderMap) -> Vec<String> {
        let all = CookieJar::from_headers(headers);
        let names = all.iter().map(|cookie| cookie.name().to_owned());
        let mut dated: Vec<_> = names
            .filter(|name| name.starts_with(&self.prefix))
            .map(|name| (open::<IgnoredAny>(jar, &name), name))
            .map(|(sealed, name)| (sealed.map(|sealed| sealed.at), name))
            .collect();
        dated.sort();
        dated.truncate((dated.len() + 1).saturating_sub(MAX_COOKIES));
        dated.into_iter().map(|(_, name)| name).collect()
    }

    fn jar(&self, headers: &HeaderMap) -> PrivateCookieJar {
        PrivateCookieJar::from_headers(headers, self.key.clone())
    }

    fn removal(&self, name: String) -> Cookie<'static> {
        self.cookie(name, String::new(), Duration::ZERO)
    }

    fn cookie(&self, name: String, value: String, max_age: Duration) -> Cookie<'static> {
        // Lax: the browser sends the cookie when the provider redirects here.
        Cookie::build((name, value))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.secure)
            .max_age(max_age.try_into().unwrap_or_default())
            .build()
    }
}

fn open<T: DeserializeOwned>(jar: &PrivateCookieJar, name: &str) -> Option<Sealed<T>> {
    // The name is authenticated, too: no value opens under another name.
    serde_json::from_str(jar.get(name)?.value()).ok()
}

impl fmt::Debug for PendingCookies {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PendingCookies")
            .field("prefix", &self.prefix)
            .field("secure", &self.secure)
            .field("lifetime", &self.lifetime)
            .finish_non_exhaustive()
    }
}
