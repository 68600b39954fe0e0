//! A real Ory Hydra as a target, on SQLite or PostgreSQL.

use crate::target::{Target, jwt_strategy};
use ory_oidc::registration::ClientSecret;
use ory_oidc::{AccessToken, Client, ClientMetadata, IdToken, Registration};
use ory_oidc_test_servers::hydra::{HydraBuilder, LoggedIn, LogoutReceiver, User};
use ory_oidc_test_servers::{Hydra, Postgres};
use serde_json::Value;
use tokio::sync::{Mutex, MutexGuard, OnceCell};
use url::Url;

/// The Hydra that the tests of one program share, and a back-channel logout endpoint for one test.
#[derive(Debug)]
pub struct OnHydra {
    hydra: &'static Hydra,
    receiver: Mutex<LogoutReceiver>,
    receiver_url: String,
    _alone: Option<MutexGuard<'static, ()>>,
}

fn builder<'a>() -> HydraBuilder<'a> {
    Hydra::builder().pairwise_subjects(true)
}

async fn start_on_postgres() -> Hydra {
    builder().postgres(Postgres::shared().await).start().await
}

impl OnHydra {
    fn new(hydra: &'static Hydra, alone: Option<MutexGuard<'static, ()>>) -> Self {
        let receiver = LogoutReceiver::start();
        Self {
            hydra,
            receiver_url: receiver.url(),
            receiver: Mutex::new(receiver),
            _alone: alone,
        }
    }

    /// Returns the Hydra on SQLite. Tests use it one at a time: parallel log-ins lock each other out
    /// of the file.
    pub async fn on_sqlite() -> Self {
        static SHARED: OnceCell<Hydra> = OnceCell::const_new();
        static ALONE: Mutex<()> = Mutex::const_new(());
        let alone = Some(ALONE.lock().await);
        let hydra = SHARED.get_or_init(|| builder().start()).await;
        Self::new(hydra, alone)
    }

    /// Returns another Hydra on PostgreSQL, for tests that change its keys. They use it one at a time.
    pub async fn alone_on_postgres() -> Self {
        static SHARED: OnceCell<Hydra> = OnceCell::const_new();
        static ALONE: Mutex<()> = Mutex::const_new(());
        let alone = Some(ALONE.lock().await);
        Self::new(SHARED.get_or_init(start_on_postgres).await, alone)
    }

    /// Returns the Hydra on PostgreSQL.
    pub async fn on_postgres() -> Self {
        static SHARED: OnceCell<Hydra> = OnceCell::const_new();
        Self::new(SHARED.get_or_init(start_on_postgres).await, None)
    }

    /// Returns the server.
    #[must_use]
    pub fn server(&self) -> &'static Hydra {
        self.hydra
    }

    /// Returns a client of this server, with its own caches.
    #[must_use]
    pub fn client(&self) -> Client {
        crate::target::client(self)
    }

    /// Logs a user in, with the scopes `openid` and `email` if the client has them.
    pub async fn log_in(&self, client: &Registration, user: User) -> LoggedIn {
        let granted = client.granted().scope.clone().unwrap_or_default();
        let scope = ["openid", "email"]
            .into_iter()
            .filter(|value| granted.split(' ').any(|known| known == *value));
        let scope = scope.collect::<Vec<_>>().join(" ");
        let secret = client.client_secret().map(ClientSecret::expose);
        let login = self.hydra.log_in(client.client_id(), secret).user(user);
        login.scope(&scope).tokens().await
    }

    /// Logs out in the browser of a log-in. Returns the logout token that the client is sent.
    pub async fn log_out(&self, tokens: &LoggedIn) -> String {
        let hint = tokens.id_token.as_deref().expect("the scope has openid");
        let logout = format!("{}/oauth2/sessions/logout", self.url());
        let logout = Url::parse_with_params(&logout, [("id_token_hint", hint)]);
        let logout = logout.expect("the URL is valid");
        tokens.browser.open(logout.as_str()).await;
        self.receiver.lock().await.next().await
    }
}

impl Target for OnHydra {
    fn url(&self) -> &str {
        self.hydra.public_url()
    }

    fn issuer(&self) -> &str {
        self.hydra.issuer()
    }

    fn backchannel_logout_uri(&self) -> String {
        self.receiver_url.clone()
    }

    async fn access_token(&self, client: Option<&Registration>, claims: Value) -> AccessToken {
        let own;
        let client = if let Some(client) = client {
            client
        } else {
            let wanted =
                ClientMetadata::new(["https://app.example/callback"]).scope(["openid", "email"]);
            let ory = Client::new(self.url()).expect("loopback is permitted");
            own = ory.register(&wanted).await.expect("the metadata are valid");
            &own
        };
        let Value::Object(mut claims) = claims else {
            panic!("claims are an object")
        };
        let subject = claims.remove("sub").expect("the claims have a subject");
        let user = User::new(subject.as_str().expect("the subject is a text")).claims(claims);
        AccessToken::new(self.log_in(client, user).await.access_token)
    }

    async fn jwt_access_token(
        &self,
        client: &Registration,
        scopes: &[&str],
        subject: &str,
    ) -> Option<AccessToken> {
        let id = client.client_id();
        self.hydra.admin().patch_client(id, &jwt_strategy()).await;
        let secret = client.client_secret().map(ClientSecret::expose);
        let login = self.hydra.log_in(id, secret).user(User::new(subject));
        let tokens = login.scope(&scopes.join(" ")).tokens().await;
        Some(AccessToken::new(tokens.access_token))
    }

    async fn id_token(&self, client: &Registration, subject: &str) -> IdToken {
        let tokens = self.log_in(client, User::new(subject)).await;
        IdToken::new(tokens.id_token.expect("the scope has openid"))
    }

    async fn logout_token(&self, client: &Registration, subject: &str) -> Option<String> {
        let tokens = self.log_in(client, User::new(subject)).await;
        Some(self.log_out(&tokens).await)
    }

    async fn rotate_keys(&self) {
        self.hydra.admin().rotate_keys().await;
    }
}
