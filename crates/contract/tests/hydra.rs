//! The contract suite on the Ory Hydra that `ORY_OIDC_TEST_URL` names. Tokens come from a code
//! flow in which the admin API, at `ORY_OIDC_TEST_ADMIN_URL`, accepts login and consent.

use crate::browser::Browser;
use crate::contract::Target;
use ory_oidc::{AccessToken, Client, ClientMetadata, IdToken, Registration};
use serde_json::{Value, json};
use std::env;
use url::Url;

struct Hydra {
    url: String,
    issuer: String,
    admin: String,
    http: reqwest::Client,
}

impl Hydra {
    fn from_env() -> Self {
        let url = env::var("ORY_OIDC_TEST_URL").expect("ORY_OIDC_TEST_URL names a server");
        let url = url.trim_end_matches('/').to_owned();
        let issuer = env::var("ORY_OIDC_TEST_ISSUER").unwrap_or_else(|_| url.clone());
        let admin = env::var("ORY_OIDC_TEST_ADMIN_URL").expect("ORY_OIDC_TEST_ADMIN_URL, too");
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .build();
        Self {
            url,
            issuer,
            admin,
            http: http.expect("an HTTP client"),
        }
    }

    /// The reply of the token endpoint to a whole code flow.
    async fn tokens(&self, client: &Registration, claims: &Value) -> Value {
        let redirect_uri = client
            .granted()
            .redirect_uris
            .as_ref()
            .expect("a redirect URI")[0]
            .as_str();
        let mut browser = Browser::new(&self.http);
        let start = Url::parse_with_params(
            &format!("{}/oauth2/auth", self.url),
            [
                ("client_id", client.client_id()),
                ("response_type", "code"),
                ("scope", "openid email"),
                ("redirect_uri", redirect_uri),
                ("state", "a-state-of-some-length"),
            ],
        );
        let login = browser.follow(start.expect("a URL")).await;
        let accepted = json!({"subject": claims["sub"]});
        let next = self.accept("login", &login, accepted).await;
        let consent = browser.follow(next).await;
        let mut extra = claims.clone();
        extra.as_object_mut().expect("an object").remove("sub");
        let accepted = json!({"grant_scope": ["openid", "email"], "session": {"id_token": extra}});
        let next = self.accept("consent", &consent, accepted).await;
        let callback = browser.follow(next).await;
        let secret = client
            .client_secret()
            .expect("a confidential client")
            .expose();
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "authorization_code")
            .append_pair("code", &parameter(&callback, "code"))
            .append_pair("redirect_uri", redirect_uri)
            .append_pair("client_id", client.client_id())
            .append_pair("client_secret", secret)
            .finish();
        let request = self
            .http
            .post(format!("{}/oauth2/token", self.url))
            .body(body);
        let request = request.header("Content-Type", "application/x-www-form-urlencoded");
        request
            .send()
            .await
            .expect("an answer")
            .json()
            .await
            .expect("tokens")
    }

    async fn accept(&self, step: &str, page: &Url, body: Value) -> Url {
        let challenge = parameter(page, &format!("{step}_challenge"));
        let url = format!("{}/admin/oauth2/auth/requests/{step}/accept", self.admin);
        let url = Url::parse_with_params(&url, [(format!("{step}_challenge"), challenge)]);
        let request = self.http.put(url.expect("a URL")).json(&body);
        let answer: Value = request
            .send()
            .await
            .expect("an answer")
            .json()
            .await
            .expect("JSON");
        Url::parse(answer["redirect_to"].as_str().expect("where to go next")).expect("a URL")
    }
}

fn parameter(url: &Url, name: &str) -> String {
    let found = url.query_pairs().find(|(known, _)| known == name);
    found
        .unwrap_or_else(|| panic!("{} has no {name}", url.path()))
        .1
        .into_owned()
}

impl Target for Hydra {
    fn url(&self) -> &str {
        &self.url
    }

    fn issuer(&self) -> &str {
        &self.issuer
    }

    async fn access_token(&self, client: Option<&Registration>, claims: Value) -> AccessToken {
        let own;
        let client = if let Some(client) = client {
            client
        } else {
            let wanted = ClientMetadata::new(["https://app.example/callback"])
                .scope(["openid", "email"])
                .token_endpoint_auth_method("client_secret_post");
            let ory = Client::new(&self.url).expect("a client");
            own = ory.register(&wanted).await.expect("a registration");
            &own
        };
        let tokens = self.tokens(client, &claims).await;
        AccessToken::new(tokens["access_token"].as_str().expect("an access token"))
    }

    async fn id_token(&self, client: &Registration, subject: &str) -> IdToken {
        let tokens = self.tokens(client, &json!({"sub": subject})).await;
        IdToken::new(tokens["id_token"].as_str().expect("an ID token"))
    }

    async fn logout_token(&self, _: &Registration, _: &str) -> Option<String> {
        None
    }

    async fn rotate_keys(&self) {
        let url = format!("{}/admin/keys/hydra.openid.id-token", self.admin);
        let new = json!({"alg": "RS256", "use": "sig", "kid": ""});
        let answer = self.http.post(url).json(&new).send().await;
        assert!(answer.expect("an answer").status().is_success());
    }
}

crate::contract!(
    std::future::ready(Hydra::from_env()),
    ignore = "needs an Ory Hydra: `make test-hydra` starts one"
);
