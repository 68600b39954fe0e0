//! What the server keeps for browsers, each value under a random cookie.
//!
//! In memory, for one process: an app that runs on several machines keeps this in its database.

use axum_extra::extract::CookieJar;
use axum_extra::extract::cookie::{Cookie, SameSite};
use openidconnect::CsrfToken;
use std::collections::{BTreeSet, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The most values that are kept of one kind. Anybody can begin a log-in, any number of times: then
/// the oldest ones go, and whoever began them has to start again.
const MOST: usize = 10_000;

/// Values of one kind. A browser has one of them at a time.
pub(crate) struct Shelf<T> {
    cookie: String,
    /// Whether the cookie may travel by `https` only.
    secure: bool,
    lifetime: Duration,
    kept: Mutex<Kept<T>>,
}

/// Values by the id in the cookie, each until some time.
struct Kept<T> {
    values: HashMap<String, (Instant, T)>,
    /// The same ids, the oldest first.
    ages: BTreeSet<(Instant, String)>,
}

impl<T> Kept<T> {
    fn insert(&mut self, id: String, until: Instant, value: T) {
        self.ages.insert((until, id.clone()));
        self.values.insert(id, (until, value));
    }

    fn remove(&mut self, id: &str) -> Option<(Instant, T)> {
        let (until, value) = self.values.remove(id)?;
        self.ages.remove(&(until, id.to_owned()));
        Some((until, value))
    }

    /// Drops what is over, and makes room for one more.
    fn tidy(&mut self, now: Instant) {
        while let Some((until, _)) = self.ages.first()
            && (*until <= now || self.ages.len() >= MOST)
        {
            if let Some((_, id)) = self.ages.pop_first() {
                self.values.remove(&id);
            }
        }
    }
}

impl<T> Shelf<T> {
    pub(crate) fn new(cookie: &str, secure: bool, lifetime: Duration) -> Self {
        Self {
            // Browsers take a cookie of such a name from this host only and over https: no other
            // one below the same domain can plant it (RFC 6265bis §4.1.3.2).
            cookie: if secure {
                format!("__Host-{cookie}")
            } else {
                cookie.to_owned()
            },
            secure,
            lifetime,
            kept: Mutex::new(Kept {
                values: HashMap::new(),
                ages: BTreeSet::new(),
            }),
        }
    }

    /// Keeps a value for this browser, in place of what was there. The cookie is a new one, so
    /// that nobody can plant one and wait until somebody logs in under it.
    pub(crate) fn put(&self, jar: CookieJar, value: T) -> CookieJar {
        let (jar, _) = self.take(jar);
        let id = CsrfToken::new_random_len(32).into_secret();
        let now = Instant::now();
        let mut kept = self.kept();
        kept.tidy(now);
        kept.insert(id.clone(), now + self.lifetime, value);
        jar.add(self.cookie(id))
    }

    /// The browser's value, which is gone with this.
    pub(crate) fn take(&self, jar: CookieJar) -> (CookieJar, Option<T>) {
        let Some(cookie) = jar.get(&self.cookie) else {
            return (jar, None);
        };
        let value = self.kept().remove(cookie.value());
        let value = value.filter(|(until, _)| *until > Instant::now());
        let jar = jar.remove(self.cookie(String::new()));
        (jar, value.map(|(_, value)| value))
    }

    /// What `read` makes of the browser's value.
    pub(crate) fn read<R>(&self, jar: &CookieJar, read: impl FnOnce(&T) -> R) -> Option<R> {
        let kept = self.kept();
        let (until, value) = kept.values.get(jar.get(&self.cookie)?.value())?;
        (*until > Instant::now()).then(|| read(value))
    }

    /// Drops the values of all browsers that `is_over` is true for.
    pub(crate) fn drop_where(&self, is_over: impl Fn(&T) -> bool) {
        let mut kept = self.kept();
        let Kept { values, ages } = &mut *kept;
        values.retain(|_, (_, value)| !is_over(value));
        ages.retain(|(_, id)| values.contains_key(id));
    }

    fn cookie(&self, id: String) -> Cookie<'static> {
        // Lax: it comes along when the provider sends the browser back, and not when another
        // site posts a form.
        Cookie::build((self.cookie.clone(), id))
            .path("/")
            .http_only(true)
            .same_site(SameSite::Lax)
            .secure(self.secure)
            .build()
    }

    fn kept(&self) -> MutexGuard<'_, Kept<T>> {
        // A panic leaves at worst the age of a value that is gone, which goes in its time.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
