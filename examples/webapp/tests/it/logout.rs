//! Logouts, at the user's request and by other sites.

use crate::world::World;
use reqwest::StatusCode;

#[tokio::test]
async fn only_a_page_of_the_app_can_log_a_user_out() {
    let world = World::start().await;
    let app = world.app.clone();
    for (headers, is_ours) in [
        (vec![("sec-fetch-site", "same-site")], false),
        (vec![("sec-fetch-site", "cross-site")], false),
        (
            vec![("sec-fetch-site", "same-site"), ("origin", &app)],
            false,
        ),
        (vec![("sec-fetch-site", "SAME-ORIGIN")], false),
        (vec![("sec-fetch-site", "")], false),
        (vec![("origin", "http://127.0.0.1:1")], false),
        (vec![("origin", "https://evil.example")], false),
        (vec![("origin", "null")], false),
        (vec![("sec-fetch-site", "same-origin")], true),
        (vec![("origin", &app)], true),
    ] {
        let mut browser = world.browser();
        world.log_in(&mut browser).await;
        let page = browser.post(&world.url("/logout"), &headers).await;
        if is_ours {
            assert_eq!(page.status, StatusCode::SEE_OTHER, "{headers:?}");
        } else {
            page.assert_problem(403, "Another app tried to log you out");
        }
        world.assert_logged_in(&mut browser, !is_ours).await;
    }
    for method in ["/logout", "/logout?"] {
        let mut browser = world.browser();
        world.log_in(&mut browser).await;
        let page = browser.get(&world.url(method)).await;
        assert_eq!(page.status, StatusCode::METHOD_NOT_ALLOWED);
        world.assert_logged_in(&mut browser, true).await;
    }
}

#[tokio::test]
async fn return_from_a_logout_counts_once_and_only_with_its_state() {
    let world = World::start().await;
    let mut browser = world.browser();
    world.log_in(&mut browser).await;
    let page = browser.post(&world.url("/logout"), &[]).await;
    let logout = page.location.expect("the app redirects");
    let state = logout.query_pairs().find(|(name, _)| name == "state");
    let state = state.expect("the app sends a state").1.into_owned();
    let bye = world.url(&format!("/bye?state={state}"));
    for forged in [
        "/bye",
        "/bye?state=x",
        "/bye?error=x",
        "/bye?state=a&state=b",
    ] {
        let page = browser.get(&world.url(forged)).await;
        page.assert_problem(
            400,
            "not the response to a logout that your browser started",
        );
    }
    let page = world.browser().get(&bye).await;
    page.assert_problem(
        400,
        "not the response to a logout that your browser started",
    );
    let page = browser.get(&bye).await;
    assert_eq!(page.status, StatusCode::OK);
    assert!(page.body.contains("Goodbye"), "{}", page.body);
    let page = browser.get(&bye).await;
    page.assert_problem(
        400,
        "not the response to a logout that your browser started",
    );
}

#[tokio::test]
async fn pages_about_a_user_are_not_cached_and_load_nothing_from_elsewhere() {
    let world = World::start().await;
    let mut browser = world.browser();
    world.log_in(&mut browser).await;
    let cookie = format!("session={}", browser.cookies["session"]);
    for path in ["/", "/session", "/callback", "/missing"] {
        let request = world.http.get(world.url(path)).header("cookie", &cookie);
        let response = request.send().await.expect("the app answers");
        let header = |name: &str| response.headers()[name].to_str().expect("ASCII").to_owned();
        assert_eq!(header("cache-control"), "no-store", "{path}");
        assert_eq!(header("referrer-policy"), "no-referrer", "{path}");
        let policy = header("content-security-policy");
        assert!(policy.starts_with("default-src 'none';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        let body = response.text().await.expect("the body arrives");
        assert!(!body.contains("<b>User</b>"), "{body}");
    }
    let page = world.browser().get(&world.url("/session")).await;
    assert_eq!(page.location.map(String::from), Some(world.url("/")));
}
