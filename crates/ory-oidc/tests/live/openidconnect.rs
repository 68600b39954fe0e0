//! The `openidconnect` crate logs users in with what this one discovered and registered.

use crate::browser::Browser;
use crate::contract::Target as _;
use crate::login::{Callback, LoggedIn, Login, LoginError};
use crate::provider::Provider;
use ory_oidc::logout::EndSessionOutcome;
use ory_oidc::{Client, ClientMetadata, Registration, Subject};
use reqwest::redirect::Policy;
use serde_json::json;
use url::Url;

const CALLBACK: &str = "https://app.example/callback";
const BYE: &str = "https://app.example/bye";

struct World {
    provider: Provider,
    ory: Client,
    http: reqwest::Client,
}

impl World {
    async fn start() -> Self {
        let provider = Provider::start().await;
        let ory = Client::new(provider.issuer()).expect("a client");
        let http = reqwest::Client::builder().redirect(Policy::none()).build();
        Self {
            provider,
            ory,
            http: http.expect("an HTTP client"),
        }
    }

    async fn register(&self, token_endpoint_auth_method: &str) -> Registration {
        let wanted = ClientMetadata::new([CALLBACK])
            .scope(["openid", "email"])
            .post_logout_redirect_uris([BYE])
            .backchannel_logout_uri("https://app.example/backchannel-logout")
            .backchannel_logout_session_required(true)
            .token_endpoint_auth_method(token_endpoint_auth_method);
        self.ory.register(&wanted).await.expect("a registration")
    }

    async fn log_in(
        &self,
        registration: &Registration,
        tamper: impl FnOnce(&mut Url),
    ) -> Result<LoggedIn, LoginError> {
        let login = Login::new(&self.ory, registration, CALLBACK).await?;
        let (url, pending) = login.start(&["email"]);
        let mut browser = Browser::new(&self.http);
        let mut back = browser.follow_to(url, CALLBACK).await;
        tamper(&mut back);
        let callback = callback_of(&back);
        login.finish(pending, callback).await
    }
}

/// The callback as a web framework reads it.
fn callback_of(url: &Url) -> Callback {
    let query = axum::extract::Query::try_from_uri(&url.as_str().parse().expect("a URI"));
    query.expect("a callback").0
}

fn replace(url: &mut Url, name: &str, value: Option<&str>) {
    let others: Vec<_> = url
        .query_pairs()
        .filter(|(known, _)| known != name)
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    url.query_pairs_mut()
        .clear()
        .extend_pairs(others)
        .extend_pairs(value.map(|value| (name, value)));
}

#[tokio::test]
#[ignore = "needs Node and oidc-provider: `make test` installs it and runs this"]
async fn openidconnect_logs_in_with_every_way_to_authenticate() {
    let world = World::start().await;
    for method in ["client_secret_basic", "client_secret_post", "none"] {
        let registration = world.register(method).await;
        assert_eq!(registration.client_secret().is_some(), method != "none");

        let user = world.log_in(&registration, |_| {}).await.expect("a user");
        assert_eq!(user.sub, "user-1");
        assert!(user.sid.is_some(), "back-channel logout will name it");

        let subject = Subject::Expect(&user.sub);
        let userinfo = world.ory.userinfo(&user.access_token, subject);
        let userinfo = userinfo.relying_party(&registration).await;
        let userinfo = userinfo.expect("the same user");
        assert_eq!(userinfo.email(), Some("user-1@example.com"));

        let request = world.ory.end_session(&user.id_token);
        let request = request.post_logout_redirect_uri(BYE).state("xyz");
        let outcome = request.send().await.expect("an answer");
        assert!(matches!(outcome, EndSessionOutcome::Page(_)), "{outcome:?}");

        let deleted = world.ory.delete_registration(&registration).await;
        deleted.expect("it is gone");
    }
}

#[tokio::test]
#[ignore = "needs Node and oidc-provider: `make test` installs it and runs this"]
async fn an_answer_to_another_log_in_is_not_acted_on() {
    let world = World::start().await;
    let registration = world.register("client_secret_basic").await;
    for (name, value) in [
        ("state", Some("another")),
        ("state", None),
        ("iss", Some("https://evil.example")),
        ("iss", None),
    ] {
        let result = world.log_in(&registration, |url| replace(url, name, value));
        let error = result.await.err().expect("a refusal");
        assert!(matches!(error, LoginError::NotOurs), "{name}: {error}");
    }
    let another_code = |url: &mut Url| replace(url, "code", Some("another"));
    let error = world.log_in(&registration, another_code).await.err();
    assert!(matches!(error, Some(LoginError::Failed(_))));
    let refused = |url: &mut Url| replace(url, "error", Some("access_denied"));
    let error = world.log_in(&registration, refused).await.err();
    assert!(matches!(error, Some(LoginError::Refused(code)) if code == "access_denied"));
}

#[tokio::test]
#[ignore = "needs Node and oidc-provider: `make test` installs it and runs this"]
async fn log_ins_go_on_when_the_provider_changes_its_keys() {
    let world = World::start().await;
    let registration = world.register("client_secret_basic").await;
    world.log_in(&registration, |_| {}).await.expect("a user");
    let drop_old = json!({"drop_old": true});
    world.provider.control("/rotate-keys", drop_old).await;
    world.log_in(&registration, |_| {}).await.expect("a user");
}
