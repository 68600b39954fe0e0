//! The encrypted cookies of browsers that are at the provider.

use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::IntoResponse as _;
use axum_extra::extract::PrivateCookieJar;
use ory_oidc_webapp::pending::{NotPending, PendingCookies};
use std::collections::BTreeMap;
use std::time::Duration;

const MINUTES: Duration = Duration::from_secs(600);

/// The cookies of a browser.
#[derive(Clone, Default)]
struct Browser(BTreeMap<String, String>);

impl Browser {
    fn headers(&self) -> HeaderMap {
        let pairs = self.0.iter().map(|(name, value)| format!("{name}={value}"));
        let cookies = pairs.collect::<Vec<_>>().join("; ");
        let cookies = HeaderValue::try_from(cookies).expect("cookies are a valid header");
        HeaderMap::from_iter([(COOKIE, cookies)])
    }

    /// Takes in the cookies of a response, and returns their lines.
    fn receive(&mut self, jar: PrivateCookieJar) -> Vec<String> {
        let response = jar.into_response();
        let lines = response.headers().get_all(SET_COOKIE).into_iter();
        let lines: Vec<_> = lines
            .map(|line| line.to_str().expect("a cookie is ASCII").to_owned())
            .collect();
        for line in &lines {
            let (pair, attributes) = line.split_once(';').expect("it has attributes");
            let (name, value) = pair.split_once('=').expect("it has a value");
            if attributes.contains("Max-Age=0") {
                self.0.remove(name);
            } else {
                self.0.insert(name.to_owned(), value.to_owned());
            }
        }
        lines
    }

    fn start(&mut self, cookies: &PendingCookies, id: &str) -> Vec<String> {
        let jar = cookies.insert(&self.headers(), id, &format!("value of {id}"));
        self.receive(jar.expect("a text is JSON"))
    }

    fn finish(&mut self, cookies: &PendingCookies, id: &str) -> Result<String, NotPending> {
        let (jar, returned) = cookies.take(&self.headers(), id);
        self.receive(jar);
        Ok(returned?.value)
    }
}

fn logins() -> PendingCookies {
    PendingCookies::new("login", false, MINUTES)
}

#[test]
fn value_comes_back_once_and_its_cookie_is_removed() {
    let logins = logins();
    let mut browser = Browser::default();
    browser.start(&logins, "one");
    let copy = browser.clone();
    assert_eq!(browser.finish(&logins, "one"), Ok("value of one".into()));
    assert!(browser.0.is_empty());
    assert_eq!(browser.finish(&logins, "one"), Err(NotPending::Unknown));
    for mut replay in [copy.clone(), copy] {
        assert_eq!(replay.finish(&logins, "one"), Err(NotPending::Used));
        assert!(replay.0.is_empty(), "a cookie that was used is removed");
    }
}

#[test]
fn tabs_do_not_disturb_each_other() {
    let logins = logins();
    let mut browser = Browser::default();
    for id in ["one", "two", "three"] {
        browser.start(&logins, id);
    }
    for id in ["two", "three", "one"] {
        assert_eq!(browser.finish(&logins, id), Ok(format!("value of {id}")));
    }
}

#[test]
fn tabs_that_start_at_the_same_moment_do_not_disturb_each_other() {
    let logins = logins();
    let mut browser = Browser::default();
    let nothing = browser.headers();
    for id in ["one", "two"] {
        let jar = logins.insert(&nothing, id, &id).expect("a text is JSON");
        browser.receive(jar);
    }
    assert_eq!(browser.finish(&logins, "one"), Ok("one".into()));
    assert_eq!(browser.finish(&logins, "two"), Ok("two".into()));
}

#[test]
fn sixth_cookie_replaces_the_oldest() {
    let logins = logins();
    let mut browser = Browser::default();
    let ids = ["f", "e", "d", "c", "b", "a"];
    for id in ids {
        browser.start(&logins, id);
        std::thread::sleep(Duration::from_millis(2));
    }
    assert_eq!(browser.0.len(), 5);
    assert!(!logins.has_room(&browser.headers()));
    assert_eq!(browser.finish(&logins, "f"), Err(NotPending::Unknown));
    for id in &ids[1..] {
        assert_eq!(browser.finish(&logins, id), Ok(format!("value of {id}")));
    }
}

#[test]
fn unreadable_cookies_are_dropped_first_and_those_of_others_are_left() {
    let logins = logins();
    let mut browser = Browser::default();
    for name in ["login-1", "login-2", "login-3", "login-4"] {
        browser.0.insert(name.to_owned(), "junk".to_owned());
    }
    for name in ["session", "logout-1", "loginname"] {
        browser.0.insert(name.to_owned(), "other".to_owned());
    }
    browser.start(&logins, "one");
    assert_eq!(browser.0.len(), 8);
    assert!(logins.has_room(&browser.headers()), "junk makes room");
    browser.start(&logins, "two");
    let mut names: Vec<_> = browser.0.keys().map(String::as_str).collect();
    names.sort_unstable();
    let kept = names.iter().filter(|name| name.starts_with("login-"));
    assert_eq!(kept.count(), 5, "{names:?}");
    for name in ["session", "logout-1", "loginname", "login-one", "login-two"] {
        assert!(names.contains(&name), "{names:?}");
    }
}

#[test]
fn cookie_that_was_not_made_for_this_login_is_unknown() {
    let logins = logins();
    let mut browser = Browser::default();
    browser.start(&logins, "one");
    let value = browser.0["login-one"].clone();
    let cut = value[..value.len() - 4].to_owned();
    let altered = value.replacen(
        &value[20..21],
        if &value[20..21] == "A" { "B" } else { "A" },
        1,
    );
    for (name, value) in [
        ("login-one", altered),
        ("login-one", cut),
        ("login-one", String::new()),
        ("login-one", r#"{"at":0,"value":"forged"}"#.to_owned()),
        // A valid value under another name.
        ("login-two", value.clone()),
    ] {
        let mut forged = Browser::default();
        forged.0.insert(name.to_owned(), value.clone());
        let id = name.trim_start_matches("login-");
        let result = forged.finish(&logins, id);
        assert_eq!(result, Err(NotPending::Unknown), "{name}={value}");
    }
    // The cookies of another process, of another kind, and of another browser.
    for other in [
        self::logins(),
        PendingCookies::new("logout", false, MINUTES),
    ] {
        let result = browser.clone().finish(&other, "one");
        assert_eq!(result, Err(NotPending::Unknown));
    }
    let mut elsewhere = Browser::default();
    elsewhere.start(&logins, "two");
    assert_eq!(elsewhere.finish(&logins, "one"), Err(NotPending::Unknown));
    // None of this used up the login.
    assert_eq!(browser.finish(&logins, "one"), Ok("value of one".into()));
}

#[test]
fn cookie_beyond_its_lifetime_is_refused_even_if_the_browser_keeps_it() {
    for lifetime in [Duration::ZERO, Duration::from_millis(1)] {
        let logins = PendingCookies::new("login", false, lifetime);
        let mut browser = Browser::default();
        let jar = logins.insert(&browser.headers(), "one", &"value");
        let response = jar.expect("a text is JSON").into_response();
        let line = response.headers()[SET_COOKIE].to_str();
        let line = line.expect("a cookie is ASCII");
        let (name, rest) = line.split_once('=').expect("it has a value");
        let (value, _) = rest.split_once(';').expect("it has attributes");
        browser.0.insert(name.to_owned(), value.to_owned());
        std::thread::sleep(Duration::from_millis(2));
        assert_eq!(browser.finish(&logins, "one"), Err(NotPending::Expired));
    }
}

#[test]
fn any_number_of_logins_leaves_room_for_others() {
    let logins = logins();
    let mut user = Browser::default();
    user.start(&logins, "mine");
    for n in 0..10_001 {
        let mut other = Browser::default();
        let id = n.to_string();
        other.start(&logins, &id);
        // The returns of others do no harm either.
        if n % 10 == 0 {
            assert!(other.finish(&logins, &id).is_ok());
        }
    }
    assert_eq!(user.finish(&logins, "mine"), Ok("value of mine".into()));
}

#[test]
fn cookie_shows_nothing_and_only_this_host_can_set_it_over_https() {
    for (secure, prefix) in [(true, "__Host-"), (false, "")] {
        let logins = PendingCookies::new("login", secure, MINUTES);
        let mut browser = Browser::default();
        let set = browser.start(&logins, "one").remove(0);
        assert!(set.starts_with(&format!("{prefix}login-one=")), "{set}");
        assert!(!set.contains("value"), "{set}");
        let (jar, returned) = logins.take::<String>(&browser.headers(), "one");
        assert!(returned.is_ok());
        let removed = browser.receive(jar).remove(0);
        for (line, max_age) in [(&set, "Max-Age=600"), (&removed, "Max-Age=0")] {
            let attributes: Vec<_> = line.split("; ").skip(1).collect();
            for expected in ["HttpOnly", "SameSite=Lax", "Path=/", max_age] {
                assert!(attributes.contains(&expected), "{line}");
            }
            assert_eq!(attributes.contains(&"Secure"), secure, "{line}");
            assert!(!line.contains("Domain"), "{line}");
        }
    }
}
