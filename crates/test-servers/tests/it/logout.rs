//! Logging out.

use ory_oidc_test_servers::Hydra;
use ory_oidc_test_servers::hydra::{LoggedIn, LogoutReceiver, User};
use serde_json::{Value, json};

use crate::support::{claims, id, registered, secret, shared_hydra};

const BYE: &str = "https://app.example/bye";

async fn logged_in(hydra: &Hydra, user: User, more: Value) -> LoggedIn {
    let client = registered(hydra, "openid", &more).await;
    hydra
        .log_in(id(&client), secret(&client))
        .user(user)
        .tokens()
        .await
}

fn logout_url(hydra: &Hydra, tokens: &LoggedIn) -> String {
    let logout = format!("{}/oauth2/sessions/logout", hydra.public_url());
    let hint = tokens.id_token.as_deref().unwrap();
    let parameters = [
        ("id_token_hint", hint),
        ("post_logout_redirect_uri", BYE),
        ("state", "st"),
    ];
    let url = url::Url::parse_with_params(&logout, parameters);
    url.unwrap().into()
}

#[tokio::test]
#[ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"]
async fn a_logout_calls_the_back_channel_and_returns_to_the_app() {
    let hydra = shared_hydra().await;
    let mut receiver = LogoutReceiver::start();
    let more = json!({
        "post_logout_redirect_uris": [BYE], "backchannel_logout_uri": receiver.url(),
        "backchannel_logout_session_required": true,
    });
    let tokens = logged_in(hydra, User::new("zoe"), more).await;
    let page = tokens.browser.open(&logout_url(hydra, &tokens)).await;
    assert_eq!(page.url.as_str(), format!("{BYE}?state=st"));
    let logout_token = claims(&receiver.next().await);
    let id_token = claims(tokens.id_token.as_deref().unwrap());
    assert_eq!(logout_token["sid"], id_token["sid"]);
    assert_eq!(logout_token["iss"], hydra.issuer());
}

/// The status and the address of the first response, whose redirect is not followed.
async fn first_redirect(hydra: &Hydra, tokens: &LoggedIn) -> String {
    let http = reqwest::Client::builder()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(std::time::Duration::from_secs(30))
        .no_proxy()
        .build();
    let request = http.unwrap().get(logout_url(hydra, tokens)).send();
    let response = request.await.unwrap();
    let location = response.headers()["location"].to_str().unwrap();
    location.to_owned()
}

#[tokio::test]
#[ignore = "needs Ory Hydra and PostgreSQL: `make test` installs them and runs this"]
async fn a_logout_needs_a_challenge_if_the_session_is_remembered() {
    let hydra = shared_hydra().await;
    let more = || json!({"post_logout_redirect_uris": [BYE]});
    let remembered = logged_in(hydra, User::new("zoe"), more()).await;
    let next = first_redirect(hydra, &remembered).await;
    assert!(next.contains("/logout?logout_challenge="), "{next}");

    let forgotten = User::new("bob").remember(false);
    let forgotten = logged_in(hydra, forgotten, more()).await;
    let next = first_redirect(hydra, &forgotten).await;
    assert_eq!(next, format!("{BYE}?state=st"));
}
