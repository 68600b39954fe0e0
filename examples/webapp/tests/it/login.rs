//! Logs users in with the crate `openidconnect` at a certified provider.

use crate::redirects::Browser;
use ory_oidc::logout::EndSessionOutcome;
use ory_oidc::{Client, ClientMetadata, Registration, Subject};
use ory_oidc_contract::Target as _;
use ory_oidc_contract::provider::Provider;
use ory_oidc_webapp::http;
use ory_oidc_webapp::login::{Callback, LoggedIn, Login, LoginError};
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
        let http = http::client("ory-oidc-webapp-test").expect("TLS is available");
        let ory = Client::builder(provider.issuer()).http_client(http.clone());
        Self {
            provider,
            ory: ory.build().expect("the issuer is a loopback URL"),
            http,
        }
    }

    async fn register(&self, token_endpoint_auth_method: &str) -> Registration {
        let wanted = ClientMetadata::new([CALLBACK])
            .scope(["openid", "email"])
            .post_logout_redirect_uris([BYE])
            .backchannel_logout_uri("https://app.example/backchannel-logout")
            .backchannel_logout_session_required(true)
            .token_endpoint_auth_method(token_endpoint_auth_method);
        let registration = self.ory.register(&wanted).await;
        registration.expect("the provider registers clients")
    }

    async fn log_in(
        &self,
        registration: &Registration,
        tamper: impl FnOnce(&mut Url),
    ) -> Result<LoggedIn, LoginError> {
        let login = Login::new(&self.ory, &self.http, registration, CALLBACK).await?;
        let (url, pending) = login.start(&["email"]);
        let mut browser = Browser::new(&self.http);
        let mut returned = browser.follow_to(url, CALLBACK).await;
        tamper(&mut returned);
        login.finish(pending, callback_of(&returned)).await
    }
}

/// Reads the callback as axum does.
fn callback_of(url: &Url) -> Callback {
    let uri = url.as_str().parse().expect("a URL is a URI");
    let query = axum::extract::Query::try_from_uri(&uri);
    query.expect("the query is a callback").0
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
#[ignore = "needs Node and oidc-provider: `make test` installs it and runs this test"]
async fn login_works_with_every_authentication_method() {
    let world = World::start().await;
    for method in ["client_secret_basic", "client_secret_post", "none"] {
        let registration = world.register(method).await;
        assert_eq!(registration.client_secret().is_some(), method != "none");

        let user = world
            .log_in(&registration, |_| {})
            .await
            .expect("the login succeeds");
        assert_eq!(user.sub, "user-1");
        assert!(user.sid.is_some(), "back-channel logout needs the sid");

        let subject = Subject::Expect(&user.sub);
        let userinfo = world.ory.userinfo(&user.access_token, subject);
        let userinfo = userinfo.relying_party(&registration).await;
        let userinfo = userinfo.expect("the access token is for the same user");
        assert_eq!(userinfo.email(), Some("user-1@example.com"));

        let request = world.ory.end_session(&user.id_token);
        let request = request.post_logout_redirect_uri(BYE).state("xyz");
        let outcome = world.ory.logout_probe(&request).await;
        let outcome = outcome.expect("the provider answers");
        assert!(matches!(outcome, EndSessionOutcome::Page(_)), "{outcome:?}");

        let deleted = world.ory.delete_registration(&registration).await;
        deleted.expect("the registration is deleted");
    }
}

#[tokio::test]
#[ignore = "needs Node and oidc-provider: `make test` installs it and runs this test"]
async fn a_response_to_another_login_is_refused() {
    let world = World::start().await;
    let registration = world.register("client_secret_basic").await;
    for (name, value) in [
        ("state", Some("another")),
        ("state", None),
        ("iss", Some("https://evil.example")),
        ("iss", None),
    ] {
        let result = world.log_in(&registration, |url| replace(url, name, value));
        let error = result.await.expect_err("the login fails");
        assert!(
            matches!(error, LoginError::ResponseMismatch),
            "{name}: {error}"
        );
    }
    let another_code = |url: &mut Url| replace(url, "code", Some("another"));
    let error = world.log_in(&registration, another_code).await.err();
    assert!(matches!(error, Some(LoginError::Failed(_))));
    let refused = |url: &mut Url| replace(url, "error", Some("access_denied"));
    let error = world.log_in(&registration, refused).await.err();
    assert!(matches!(error, Some(LoginError::Refused(code)) if code == "access_denied"));
}

#[tokio::test]
#[ignore = "needs Node and oidc-provider: `make test` installs it and runs this test"]
async fn login_works_after_the_provider_changed_its_keys() {
    let world = World::start().await;
    let registration = world.register("client_secret_basic").await;
    let user = world.log_in(&registration, |_| {}).await;
    user.expect("the login succeeds with the old keys");
    let drop_old = json!({"drop_old": true});
    world.provider.control("/rotate-keys", drop_old).await;
    let user = world.log_in(&registration, |_| {}).await;
    user.expect("the login succeeds with the new keys");
}
