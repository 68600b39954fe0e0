//! The sessions of users.

use axum::http::header::SET_COOKIE;
use axum::response::IntoResponse as _;
use axum_extra::extract::CookieJar;
use ory_oidc_webapp::sessions::SessionStore;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// Returns the cookie that a response sets.
fn set_cookie(jar: CookieJar) -> String {
    let response = jar.into_response();
    let mut cookies = response.headers().get_all(SET_COOKIE).iter();
    let cookie = cookies.next().expect("the response sets a cookie");
    assert_eq!(cookies.next(), None);
    cookie.to_str().expect("a cookie is ASCII").to_owned()
}

/// Returns the cookies that the browser sends afterwards.
fn sent_back(cookie: &str) -> CookieJar {
    let mut headers = axum::http::HeaderMap::new();
    let (pair, _) = cookie.split_once(';').expect("the cookie has attributes");
    headers.insert("cookie", pair.parse().expect("a cookie is a valid header"));
    CookieJar::from_headers(&headers)
}

#[test]
fn over_https_another_host_cannot_set_the_cookie() {
    let store = SessionStore::new("session", true, HOUR);
    let set = set_cookie(store.insert(CookieJar::new(), "user", 7));
    let (jar, value) = store.take(sent_back(&set));
    assert_eq!(value, Some(7));
    // Browsers ignore a cookie with this prefix if an attribute is missing, even when it removes one.
    let removed = set_cookie(jar);
    for cookie in [&set, &removed] {
        assert!(cookie.starts_with("__Host-session="), "{cookie}");
        let attributes: Vec<_> = cookie.split("; ").collect();
        assert!(attributes.contains(&"Secure"), "{cookie}");
        assert!(attributes.contains(&"Path=/"), "{cookie}");
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
    assert!(removed.contains("Max-Age=0"), "{removed}");
    // Another host can set a cookie without the prefix. It has no effect.
    let set = set_cookie(store.insert(CookieJar::new(), "user", 8));
    let planted = sent_back(&set.replacen("__Host-", "", 1));
    assert_eq!(store.take(planted).1, None);
    assert_eq!(store.take(sent_back(&set)).1, Some(8));
}

#[test]
fn over_http_the_cookie_has_no_prefix() {
    let store = SessionStore::new("session", false, HOUR);
    let set = set_cookie(store.insert(CookieJar::new(), "user", 7));
    assert!(set.starts_with("session="), "{set}");
    assert!(!set.contains("Secure"), "{set}");
    assert_eq!(store.read(&sent_back(&set), |value| *value), Some(7));
}

#[test]
fn a_session_ends_once_and_is_replaced_by_the_next() {
    let store = SessionStore::new("session", false, HOUR);
    let first = store.insert(CookieJar::new(), "user", 1);
    let second = store.insert(first.clone(), "user", 2);
    assert_eq!(store.read(&first, |value| *value), None);
    assert_eq!(store.take(second.clone()).1, Some(2));
    assert_eq!(store.take(second).1, None);
}

#[test]
fn ended_and_expired_sessions_are_gone_and_the_others_remain() {
    let store = SessionStore::new("session", false, HOUR);
    let [one, other] = [1, 2].map(|value| store.insert(CookieJar::new(), "user", value));
    store.remove_where(|value| *value == 1);
    assert_eq!(store.read(&one, |value| *value), None);
    assert_eq!(store.read(&other, |value| *value), Some(2));
    let short = SessionStore::new("session", false, Duration::ZERO);
    let jar = short.insert(CookieJar::new(), "user", 1);
    assert_eq!(short.read(&jar, |value| *value), None);
    assert_eq!(short.take(jar).1, None);
}

#[test]
fn beyond_the_limit_the_oldest_sessions_end() {
    const MAX_SESSIONS: usize = 10_000;
    let store = SessionStore::new("session", false, HOUR);
    let jars: Vec<_> = (0..=MAX_SESSIONS)
        .map(|n| store.insert(CookieJar::new(), &n.to_string(), n))
        .collect();
    let kept = jars.iter().filter_map(|jar| store.read(jar, |n| *n));
    assert_eq!(
        kept.collect::<Vec<_>>(),
        (1..=MAX_SESSIONS).collect::<Vec<_>>()
    );
    // Ending a session makes room for another one.
    assert_eq!(store.take(jars[5].clone()).1, Some(5));
    let _ = store.insert(CookieJar::new(), "another", 0);
    assert_eq!(store.read(&jars[1], |n| *n), Some(1));
}

#[test]
fn a_user_with_many_sessions_ends_only_their_own() {
    const MAX_SESSIONS_OF_A_USER: usize = 20;
    let store = SessionStore::new("session", false, HOUR);
    let victim = store.insert(CookieJar::new(), "victim", 0);
    let jars: Vec<_> = (1..=10_001)
        .map(|n| store.insert(CookieJar::new(), "attacker", n))
        .collect();
    assert_eq!(store.read(&victim, |n| *n), Some(0));
    let kept = jars.iter().filter_map(|jar| store.read(jar, |n| *n));
    let kept: Vec<_> = kept.collect();
    assert_eq!(kept.len(), MAX_SESSIONS_OF_A_USER);
    assert_eq!(kept.first(), Some(&(10_002 - MAX_SESSIONS_OF_A_USER)));
}
