//! The limit on the rate of requests.

use std::time::Duration;

use ory_oidc_mock::OryMock;

#[tokio::test]
async fn requests_over_the_limit_are_refused_with_the_headers_of_ory_network() {
    let ory = OryMock::builder()
        .rate_limit(2, Duration::from_secs(3600))
        .start()
        .await;
    let url = format!("{}/.well-known/openid-configuration", ory.url());
    let mut answers = Vec::new();
    for _ in 0..3 {
        let response = reqwest::get(&url).await.expect("the mock server answers");
        let header = |name: &str| response.headers()[name].to_str().expect("text").to_owned();
        assert_eq!(header("x-ratelimit-limit"), "2");
        assert_eq!(header("x-ratelimit-reset"), "3600");
        answers.push((response.status().as_u16(), header("x-ratelimit-remaining")));
    }
    let expected = [(200, "1"), (200, "0"), (429, "0")];
    assert_eq!(
        answers,
        expected.map(|(status, left)| (status, left.to_owned()))
    );
    // A refused request is recorded, too, and changes nothing.
    let register = reqwest::Client::new().post(format!("{}/oauth2/register", ory.url()));
    let response = register.body("{}").send().await.expect("an answer");
    assert_eq!(response.status(), 429);
    assert_eq!(ory.registered_clients().len(), 0);
    assert_eq!(ory.requests().len(), 4);
}

#[tokio::test]
async fn there_is_no_limit_by_default() {
    let ory = OryMock::start().await;
    let url = format!("{}/.well-known/openid-configuration", ory.url());
    let response = reqwest::get(url).await.expect("an answer");
    assert!(!response.headers().contains_key("x-ratelimit-limit"));
}
