//! What the example `webapp` keeps for browsers. Its pages are tested in a real one.

// What users copy is what is tested.
#[path = "../../examples/webapp/sessions.rs"]
mod sessions;

use axum::http::header::SET_COOKIE;
use axum::response::IntoResponse as _;
use axum_extra::extract::CookieJar;
use sessions::Shelf;
use std::time::Duration;

const HOUR: Duration = Duration::from_secs(60 * 60);

/// The cookie that a response sets.
fn set_cookie(jar: CookieJar) -> String {
    let response = jar.into_response();
    let mut cookies = response.headers().get_all(SET_COOKIE).iter();
    let cookie = cookies.next().expect("it sets one");
    assert_eq!(cookies.next(), None);
    cookie.to_str().expect("it is ASCII").to_owned()
}

/// What the browser sends back of it.
fn sent_back(cookie: &str) -> CookieJar {
    let mut headers = axum::http::HeaderMap::new();
    let (pair, _) = cookie.split_once(';').expect("it has attributes");
    headers.insert("cookie", pair.parse().expect("it is a header"));
    CookieJar::from_headers(&headers)
}

#[test]
fn over_https_no_other_host_can_plant_a_cookie() {
    let shelf = Shelf::new("login", true, HOUR);
    let kept = set_cookie(shelf.put(CookieJar::new(), 7));
    let (jar, value) = shelf.take(sent_back(&kept));
    assert_eq!(value, Some(7));
    // Without the attributes, browsers take no cookie of such a name, not even to remove it.
    let removed = set_cookie(jar);
    for cookie in [&kept, &removed] {
        assert!(cookie.starts_with("__Host-login="), "{cookie}");
        let attributes: Vec<_> = cookie.split("; ").collect();
        assert!(attributes.contains(&"Secure"), "{cookie}");
        assert!(attributes.contains(&"Path=/"), "{cookie}");
        assert!(!cookie.contains("Domain"), "{cookie}");
    }
    assert!(removed.contains("Max-Age=0"), "{removed}");
    // A planted one of the bare name is nobody's.
    let planted = sent_back(&kept.replacen("__Host-", "", 1));
    assert_eq!(shelf.take(planted).1, None);
}

#[test]
fn over_http_a_cookie_has_its_bare_name() {
    let shelf = Shelf::new("login", false, HOUR);
    let kept = set_cookie(shelf.put(CookieJar::new(), 7));
    assert!(kept.starts_with("login="), "{kept}");
    assert!(!kept.contains("Secure"), "{kept}");
    assert_eq!(shelf.read(&sent_back(&kept), |value| *value), Some(7));
}

#[test]
fn a_value_is_taken_once_and_replaced_by_the_next() {
    let shelf = Shelf::new("login", false, HOUR);
    let first = shelf.put(CookieJar::new(), 1);
    let second = shelf.put(first.clone(), 2);
    assert_eq!(shelf.read(&first, |value| *value), None);
    assert_eq!(shelf.take(second.clone()).1, Some(2));
    assert_eq!(shelf.take(second).1, None);
}

#[test]
fn what_is_over_is_gone_and_the_rest_stays() {
    let shelf = Shelf::new("session", false, HOUR);
    let [one, other] = [1, 2].map(|value| shelf.put(CookieJar::new(), value));
    shelf.drop_where(|value| *value == 1);
    assert_eq!(shelf.read(&one, |value| *value), None);
    assert_eq!(shelf.read(&other, |value| *value), Some(2));
    let short = Shelf::new("session", false, Duration::ZERO);
    let jar = short.put(CookieJar::new(), 1);
    assert_eq!(short.read(&jar, |value| *value), None);
    assert_eq!(short.take(jar).1, None);
}

#[test]
fn a_flood_costs_the_oldest_values_and_not_the_memory() {
    const MOST: usize = 10_000;
    let shelf = Shelf::new("login", false, HOUR);
    let jars: Vec<_> = (0..=MOST).map(|n| shelf.put(CookieJar::new(), n)).collect();
    let kept = jars.iter().filter_map(|jar| shelf.read(jar, |n| *n));
    assert_eq!(kept.collect::<Vec<_>>(), (1..=MOST).collect::<Vec<_>>());
    // One that is taken makes room for another.
    assert_eq!(shelf.take(jars[5].clone()).1, Some(5));
    let _ = shelf.put(CookieJar::new(), 0);
    assert_eq!(shelf.read(&jars[1], |n| *n), Some(1));
}
