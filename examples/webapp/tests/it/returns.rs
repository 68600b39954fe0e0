//! The browser's return from a login: delayed, repeated, altered, or sent by another site.

use crate::gate::Gate;
use crate::world::World;
use ory_oidc_webapp::http;
use reqwest::StatusCode;
use serde_json::json;

const NOT_OURS: &str = "not the response to a login that your browser started";
const LOGGED_OUT: &str = "logged out at the provider while you logged in";

#[tokio::test]
async fn logins_in_several_tabs_all_succeed() {
    let world = World::start().await;
    let mut browser = world.browser();
    let mut callbacks = Vec::new();
    for _ in 0..3 {
        callbacks.push(world.callback_url(&mut browser).await);
    }
    for callback in callbacks.into_iter().rev() {
        let page = browser.get(callback.as_str()).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
        world.assert_logged_in(&mut browser, true).await;
    }
    let names: Vec<_> = browser.cookies.keys().collect();
    let pending = names.iter().filter(|name| name.starts_with("login-"));
    assert_eq!(pending.count(), 0, "{names:?}");
}

#[tokio::test]
async fn many_logins_of_others_do_not_end_a_login() {
    let world = World::start().await;
    let mut browser = world.browser();
    let callback = world.callback_url(&mut browser).await;
    let count = std::env::var("LOGINS").map_or(100, |count| count.parse().expect("a number"));
    for _ in 0..count {
        let page = world.browser().get(&world.url("/login")).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER);
        let forged = world.url("/callback?code=c&state=s");
        let page = world.browser().get(&forged).await;
        page.assert_problem(400, NOT_OURS);
    }
    let page = browser.get(callback.as_str()).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    world.log_in(&mut world.browser()).await;
}

#[tokio::test]
async fn links_of_other_sites_start_logins_and_end_none() {
    let world = World::start().await;
    let mut browser = world.browser();
    let callback = world.callback_url(&mut browser).await;
    let login = world.url("/login");
    let home = world.url("/");
    for n in 1..10 {
        for site in ["cross-site", "same-site"] {
            let page = browser.follow_link(&login, site).await;
            let location = page.location.expect("a redirect");
            let is_home = location.as_str() == home;
            assert_eq!(is_home, n > 2, "{n}: {location}");
        }
    }
    // The user can still start a login, here or with a bookmark.
    for site in ["same-origin", "none"] {
        let mut browser = browser.clone();
        let page = browser.follow_link(&login, site).await;
        let location = page.location.expect("a redirect");
        assert!(
            location.as_str().starts_with(world.mock.url()),
            "{location}"
        );
    }
    let page = browser.get(callback.as_str()).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    world.assert_logged_in(&mut browser, true).await;
}

#[tokio::test]
async fn forged_return_leaves_the_login_pending() {
    let world = World::start().await;
    let long = format!("?state={}", "x".repeat(4000));
    for query in [
        "",
        "?state=x",
        "?code=c",
        "?state=",
        "?state=a&state=b",
        "?error=access_denied",
        "?error=access_denied&state=x",
        "?state=x&code=c&iss=https%3A%2F%2Fevil.example",
        "?state=%3B%20Path%3D%2F%0D%0A",
        long.as_str(),
    ] {
        let mut browser = world.browser();
        let callback = world.callback_url(&mut browser).await;
        let before = browser.cookies.clone();
        let page = browser.get(&world.url(&format!("/callback{query}"))).await;
        page.assert_problem(400, NOT_OURS);
        assert_eq!(browser.cookies, before, "{query}");
        let page = browser.get(callback.as_str()).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{query}: {}", page.body);
    }
}

#[tokio::test]
async fn return_in_another_browser_is_refused_and_the_login_goes_on() {
    let world = World::start().await;
    let mut attacker = world.browser();
    let callback = world.callback_url(&mut attacker).await;
    let with_a_login = {
        let mut browser = world.browser();
        browser.get(&world.url("/login")).await;
        browser
    };
    let with_a_session = {
        let mut browser = world.browser();
        world.log_in(&mut browser).await;
        browser
    };
    for (mut victim, has_session) in [
        (world.browser(), false),
        (with_a_login, false),
        (with_a_session, true),
    ] {
        let page = victim.get(callback.as_str()).await;
        page.assert_problem(400, NOT_OURS);
        world.assert_logged_in(&mut victim, has_session).await;
    }
    let page = attacker.get(callback.as_str()).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn return_with_an_altered_cookie_is_refused() {
    let world = World::start().await;
    for alter in [
        |value: &str| value.chars().rev().collect::<String>(),
        |value: &str| value[4..].to_owned(),
        |value: &str| format!("{value}AAAA"),
        |_: &str| "e30%3D".to_owned(),
    ] {
        let mut browser = world.browser();
        let callback = world.callback_url(&mut browser).await;
        for (name, value) in &mut browser.cookies {
            if name.starts_with("login-") {
                *value = alter(value);
            }
        }
        let page = browser.get(callback.as_str()).await;
        page.assert_problem(400, NOT_OURS);
        world.assert_logged_in(&mut browser, false).await;
    }
}

#[tokio::test]
async fn repeated_return_is_refused_without_another_token_request() {
    let world = World::start().await;
    let mut browser = world.browser();
    let callback = world.callback_url(&mut browser).await;
    let copy = browser.clone();
    let page = browser.get(callback.as_str()).await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    // The same browser: it has no longer a cookie for it. It is still logged in.
    let page = browser.get(callback.as_str()).await;
    page.assert_problem(400, NOT_OURS);
    world.assert_logged_in(&mut browser, true).await;
    // Copies of the cookie, with the code, with another one, and with an error.
    let state = callback.query_pairs().find(|(name, _)| name == "state");
    let state = state
        .expect("the provider returns the state")
        .1
        .into_owned();
    for url in [
        callback.to_string(),
        world.url(&format!("/callback?code=another&state={state}")),
        world.url(&format!("/callback?error=access_denied&state={state}")),
    ] {
        let mut replay = copy.clone();
        let page = replay.get(&url).await;
        page.assert_problem(400, "opened the same address twice");
        world.assert_logged_in(&mut replay, false).await;
    }
    assert_eq!(world.mock.requests_to("POST", "/oauth2/token").len(), 1);
}

#[tokio::test]
async fn logout_at_the_provider_before_a_delayed_return_prevents_the_session() {
    let world = World::start().await;
    // By session; by user, in all of the user's sessions; by both.
    for form in ["sid", "sub", "both"] {
        let mut browser = world.browser();
        world.log_in(&mut browser).await;
        let sid = world.sid(&mut browser).await;
        let callback = world.callback_url(&mut browser).await;
        let claims = match form {
            "sid" => json!({"sid": sid}),
            "sub" => json!({"sub": "user-1", "sid": null}),
            _ => json!({"sub": "user-1", "sid": sid}),
        };
        world.report_logout("user-1", claims).await;
        world.assert_logged_in(&mut browser, false).await;
        let page = browser.get(callback.as_str()).await;
        page.assert_problem(403, LOGGED_OUT);
        world.assert_logged_in(&mut browser, false).await;
        // The next login works.
        world.log_in(&mut browser).await;
    }
}

#[tokio::test]
async fn logout_of_another_session_or_user_does_not_prevent_the_session() {
    let world = World::start().await;
    for claims in [
        json!({"sid": "another"}),
        json!({"sub": "another", "sid": null}),
        json!({"sub": "user-1", "sid": "another"}),
    ] {
        let mut browser = world.browser();
        let callback = world.callback_url(&mut browser).await;
        world.report_logout("user-1", claims).await;
        let page = browser.get(callback.as_str()).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
    }
}

#[tokio::test]
async fn logout_at_the_provider_while_the_return_waits_prevents_the_session() {
    let http = http::client("ory-oidc-webapp-test").expect("TLS is available");
    for path in ["/oauth2/token", "/userinfo"] {
        for by_user in [true, false] {
            let mut gate = None;
            let behind = World::start_behind(|mock| {
                let (started, url) = Gate::start(&http, mock.url(), path);
                gate = Some(started);
                url
            });
            let world = behind.await;
            let gate = gate.expect("the gate was started");
            let mut browser = world.browser();
            let mut claims = json!({"sub": "user-1", "sid": null});
            if !by_user {
                // A second login in one browser is in the same session at the provider.
                gate.open();
                world.log_in(&mut browser).await;
                gate.arrived().await;
                claims = json!({"sid": world.sid(&mut browser).await});
            }
            let callback = world.callback_url(&mut browser).await;
            let mut waiting = browser.clone();
            let page = tokio::spawn(async move {
                let page = waiting.get(callback.as_str()).await;
                (waiting, page)
            });
            gate.arrived().await;
            world.report_logout("user-1", claims).await;
            gate.open();
            let (mut waiting, page) = page.await.expect("the browser does not panic");
            page.assert_problem(403, LOGGED_OUT);
            world.assert_logged_in(&mut waiting, false).await;
            // The earlier session of the browser ended, too.
            world.assert_logged_in(&mut browser, false).await;
        }
    }
}

#[tokio::test]
async fn refusal_of_the_provider_is_explained() {
    let world = World::start().await;
    for (error, words) in [
        ("access_denied", "Perhaps you canceled"),
        ("login_required", "tell the people who run this app"),
        ("<script>", "tell the people who run this app"),
    ] {
        let mut browser = world.browser();
        let login = browser.get(&world.url("/login")).await;
        let login = login.location.expect("the app redirects");
        let state = login.query_pairs().find(|(name, _)| name == "state");
        let state = state.expect("the app sends a state").1.into_owned();
        let query = [("error", error), ("state", state.as_str())];
        let url = reqwest::Url::parse_with_params(&world.url("/callback"), query);
        let page = browser.get(url.expect("the URL is valid").as_str()).await;
        page.assert_problem(403, words);
        assert!(page.body.contains("href=\"/login\""), "{}", page.body);
        assert!(!page.body.contains("<script>"), "{}", page.body);
    }
}

#[tokio::test]
async fn unavailable_provider_is_explained() {
    use ory_oidc_mock::Fault;

    let world = World::start().await;
    for (path, method) in [("/oauth2/token", "POST"), ("/userinfo", "GET")] {
        for fault in [
            Fault::answer(503),
            Fault::drop_connection(),
            Fault::answer(200).body("<p>hi"),
        ] {
            let mut browser = world.browser();
            let callback = world.callback_url(&mut browser).await;
            world.mock.fail_next(fault.on(method, path));
            let page = browser.get(callback.as_str()).await;
            page.assert_problem(502, "Please try again in a minute");
            world.assert_logged_in(&mut browser, false).await;
            world.mock.clear_faults();
        }
    }
}
