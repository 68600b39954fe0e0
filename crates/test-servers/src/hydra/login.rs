//! A log-in by the authorization code flow.

use std::sync::atomic::{AtomicU32, Ordering};

use serde_json::Value;
use url::{Url, form_urlencoded};

use super::admin::Admin;
use super::browser::{Browser, Page};
use super::http;
use super::login_app::{LoginApp, User};

/// A log-in through Hydra's pages, and what to ask for.
#[derive(Debug)]
#[must_use = "`tokens()` starts the log-in"]
pub struct LogIn<'a> {
    public_url: &'a str,
    admin: &'a Admin,
    login_app: &'a LoginApp,
    client_id: &'a str,
    client_secret: Option<Secret<'a>>,
    user: User,
    scope: &'a str,
    browser: Option<Browser>,
}

/// A secret that `Debug` does not show.
struct Secret<'a>(&'a str);

impl std::fmt::Debug for Secret<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

impl<'a> LogIn<'a> {
    pub(super) fn new(
        public_url: &'a str,
        admin: &'a Admin,
        login_app: &'a LoginApp,
        client_id: &'a str,
        client_secret: Option<&'a str>,
    ) -> Self {
        Self {
            public_url,
            admin,
            login_app,
            client_id,
            client_secret: client_secret.map(Secret),
            user: User::new("user-1"),
            scope: "openid",
            browser: None,
        }
    }

    /// Sets the user (default: `user-1` without claims).
    pub fn user(mut self, user: User) -> Self {
        self.user = user;
        self
    }

    /// Sets the scope, with spaces between its values (default: `openid`). The client must have
    /// registered each of them.
    pub fn scope(mut self, scope: &'a str) -> Self {
        self.scope = scope;
        self
    }

    /// Uses a browser with its cookies (default: a new browser).
    pub fn browser(mut self, browser: Browser) -> Self {
        self.browser = Some(browser);
        self
    }

    /// Logs in and returns the tokens. The client authenticates by the method that it registered.
    pub async fn tokens(self) -> LoggedIn {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        // Also the `state`, which Hydra wants to have at least 8 characters.
        let login_hint = format!("log-in-{:04}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.login_app.set_user(&login_hint, self.user);
        let secret = self.client_secret.map(|secret| secret.0);
        let client = Client::read(self.admin, self.client_id, secret).await;
        let browser = self
            .browser
            .unwrap_or_else(|| Browser::new(&[self.public_url, &self.login_app.url("/")]));
        log_in(self.public_url, &client, self.scope, &login_hint, browser).await
    }
}

/// A client with the members that a log-in needs.
struct Client<'a> {
    id: &'a str,
    secret: Option<&'a str>,
    authentication: String,
    redirect_uri: String,
}

impl<'a> Client<'a> {
    /// Reads from Hydra what the client registered.
    async fn read(admin: &Admin, id: &'a str, secret: Option<&'a str>) -> Self {
        let client = admin.client(id).await;
        let client = client.unwrap_or_else(|| panic!("Hydra has no client {id}"));
        let redirect_uri = client["redirect_uris"][0].as_str();
        let authentication = client["token_endpoint_auth_method"].as_str();
        Self {
            id,
            secret,
            authentication: authentication.unwrap_or("client_secret_basic").to_owned(),
            redirect_uri: redirect_uri
                .expect("a client that logs in has a redirect URI")
                .to_owned(),
        }
    }
}

/// The tokens of a log-in, and the browser that is logged in.
pub struct LoggedIn {
    /// The access token.
    pub access_token: String,
    /// The ID token, unless the scope lacks `openid`.
    pub id_token: Option<String>,
    /// The refresh token, if the scope has `offline_access`.
    pub refresh_token: Option<String>,
    /// The browser, with Hydra's cookies.
    pub browser: Browser,
}

/// Leaves out the tokens.
impl std::fmt::Debug for LoggedIn {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LoggedIn").finish_non_exhaustive()
    }
}

/// Opens the authorization endpoint and exchanges the code for tokens.
async fn log_in(
    public_url: &str,
    client: &Client<'_>,
    scope: &str,
    login_hint: &str,
    browser: Browser,
) -> LoggedIn {
    let start = Url::parse_with_params(
        &format!("{public_url}/oauth2/auth"),
        [
            ("client_id", client.id),
            ("response_type", "code"),
            ("scope", scope),
            ("redirect_uri", &client.redirect_uri),
            ("state", login_hint),
            ("nonce", login_hint),
            ("login_hint", login_hint),
        ],
    );
    let page = browser.open(start.expect("a URL").as_str()).await;
    let code = code(&page, &client.redirect_uri);
    let tokens = exchange(public_url, client, &code).await;
    let text = |name: &str| tokens[name].as_str().map(str::to_owned);
    LoggedIn {
        access_token: text("access_token").expect("a token response has an access token"),
        id_token: text("id_token"),
        refresh_token: text("refresh_token"),
        browser,
    }
}

fn code(page: &Page, redirect_uri: &str) -> String {
    let error = || {
        let error = page.parameter("error").unwrap_or_default();
        let description = page.parameter("error_description").unwrap_or_default();
        format!("{page:?} {error} {description}")
    };
    let back = page.url.as_str().starts_with(redirect_uri);
    assert!(back, "the log-in did not return to its client: {}", error());
    let code = page.parameter("code");
    code.unwrap_or_else(|| panic!("the log-in was refused: {}", error()))
}

async fn exchange(public_url: &str, client: &Client<'_>, code: &str) -> Value {
    let mut form = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", &client.redirect_uri),
    ];
    let mut request = http::client().post(format!("{public_url}/oauth2/token"));
    match client.authentication.as_str() {
        "none" => form.push(("client_id", client.id)),
        "client_secret_post" => {
            form.push(("client_id", client.id));
            form.push(("client_secret", secret(client)));
        }
        "client_secret_basic" => {
            request = request.basic_auth(encoded(client.id), Some(encoded(secret(client))));
        }
        other => panic!("log-ins of a client with {other} are not supported"),
    }
    let response = request.form(&form).send().await;
    let response = response.expect("the token endpoint answers");
    let status = response.status();
    let reply: Value = response.json().await.expect("a token response is in JSON");
    assert!(
        status.is_success(),
        "the token endpoint answered {status}: {} {}",
        reply["error"],
        reply["error_description"]
    );
    reply
}

fn secret<'a>(client: &Client<'a>) -> &'a str {
    client.secret.expect("a confidential client has a secret")
}

/// Encodes an id or a secret for Basic authentication (RFC 6749, section 2.3.1).
fn encoded(value: &str) -> String {
    form_urlencoded::byte_serialize(value.as_bytes()).collect()
}
