//! The web app on a free port, at the mock server.

use crate::redirects::{Browser, Page};
use ory_oidc::Client;
use ory_oidc_mock::OryMock;
use ory_oidc_webapp::http;
use ory_oidc_webapp::registration::client_metadata;
use ory_oidc_webapp::routes::router;
use ory_oidc_webapp::state::App;
use reqwest::StatusCode;
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use tokio::net::TcpListener;
use url::Url;

pub(crate) struct World {
    pub(crate) mock: OryMock,
    /// The URL of the web app.
    pub(crate) app: String,
    pub(crate) client_id: String,
    pub(crate) http: reqwest::Client,
}

impl World {
    /// Starts the mock server, which logs in `user-1` at once, and the web app.
    pub(crate) async fn start() -> Self {
        Self::start_behind(|mock| mock.url().to_owned()).await
    }

    /// Starts the web app with another URL for its own requests to the mock server.
    pub(crate) async fn start_behind(internal: impl FnOnce(&OryMock) -> String) -> Self {
        let mock = OryMock::start().await;
        mock.log_in_as(json!({"sub": "user-1", "name": "<b>User</b> One"}));
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("loopback has a free port");
        let address = listener.local_addr().expect("the listener has an address");
        let app = format!("http://{address}");
        let http = http::client("ory-oidc-webapp-test").expect("TLS is available");
        let ory = Client::builder(internal(&mock)).http_client(http.clone());
        let ory = ory.public_issuer(mock.issuer()).allow_insecure_http(true);
        let ory = ory.build().expect("the URLs are valid");
        let registration = ory.register(&client_metadata(&app)).await;
        let registration = registration.expect("the mock server registers clients");
        let client_id = registration.client_id().to_owned();
        let routes = router(App::new(ory, http.clone(), registration, app.clone()));
        tokio::spawn(async move { axum::serve(listener, routes).await });
        Self {
            mock,
            app,
            client_id,
            http,
        }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.app)
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser::new(&self.http)
    }

    /// Starts a login, and logs in at the provider. Returns the URL that the provider redirects to.
    pub(crate) async fn callback_url(&self, browser: &mut Browser) -> Url {
        let login = Url::parse(&self.url("/login")).expect("the app has a URL");
        browser.follow_to(login, &self.url("/callback")).await
    }

    pub(crate) async fn log_in(&self, browser: &mut Browser) {
        let callback = self.callback_url(browser).await;
        let page = browser.get(callback.as_str()).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.body);
        self.assert_logged_in(browser, true).await;
    }

    pub(crate) async fn assert_logged_in(&self, browser: &mut Browser, expected: bool) {
        let page = browser.get(&self.app).await;
        assert_eq!(page.status, StatusCode::OK);
        assert_eq!(page.body.contains("id=\"sub\""), expected);
        assert_eq!(page.body.contains("You are not logged in"), !expected);
    }

    /// Returns the id of the user's session at the provider.
    pub(crate) async fn sid(&self, browser: &mut Browser) -> String {
        let page = browser.get(&self.url("/session")).await;
        let (_, sid) = page
            .body
            .split_once("id=\"sid\">")
            .expect("it shows the sid");
        sid.split_once('<').expect("the element ends").0.to_owned()
    }

    /// Reports a logout through the back channel.
    pub(crate) async fn report_logout(&self, subject: &str, claims: Value) {
        let token = self
            .mock
            .issue_logout_token_with(&self.client_id, subject, claims);
        let response = self
            .http
            .post(self.url("/backchannel-logout"))
            .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
            .body(format!("logout_token={token}"))
            .send()
            .await
            .expect("the app answers");
        assert_eq!(response.status(), StatusCode::OK);
    }
}

impl Page {
    /// Asserts that it is an error page with these words, and a link to go on.
    pub(crate) fn assert_problem(&self, status: u16, words: &str) {
        assert_eq!(self.status.as_u16(), status, "{}", self.body);
        assert!(self.body.contains(words), "{words}: {}", self.body);
        assert!(self.body.contains("href=\"/\""), "{}", self.body);
    }
}
