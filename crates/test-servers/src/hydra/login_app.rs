//! The login, consent and logout pages that Hydra redirects browsers to.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use axum::Router;
use axum::extract::{Query, State};
use axum::response::{Html, Redirect};
use axum::routing::get;
use serde_json::{Map, Value, json};

use super::admin::Admin;
use super::page_server::PageServer;

/// How long a login session and a consent are remembered, in seconds.
const REMEMBER_FOR: u32 = 3600;

/// A user, and what the consent page tells clients about the user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    subject: String,
    claims: Map<String, Value>,
    remember: bool,
}

impl User {
    /// Creates the user that nobody has described, with a name.
    fn unknown(subject: &str) -> Self {
        Self::new(subject).claim("name", format!("Name of {subject}"))
    }

    /// Creates a user with claims of every kind, as the OpenID provider of the tests has them.
    #[must_use]
    pub fn with_many_claims(subject: &str) -> Self {
        Self::unknown(subject)
            .claim("given_name", "Zoë")
            .claim("family_name", "Example")
            .claim("preferred_username", subject)
            .claim("updated_at", 1_700_000_000)
            .claim("email", format!("{subject}@example.com"))
            .claim("email_verified", true)
            .claim("address", json!({"country": "NL", "locality": "Amsterdam"}))
            .claim("groups", json!(["a", "b"]))
    }

    /// Creates a user without claims, whose login sessions are remembered.
    pub fn new(subject: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            claims: Map::new(),
            remember: true,
        }
    }

    /// Adds a claim for the ID token and userinfo.
    #[must_use]
    pub fn claim(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.claims.insert(name.into(), value.into());
        self
    }

    /// Adds claims for the ID token and userinfo.
    #[must_use]
    pub fn claims(mut self, claims: Map<String, Value>) -> Self {
        self.claims.extend(claims);
        self
    }

    /// Whether Hydra remembers the login session and the consent (default: `true`).
    ///
    /// Hydra logs a user out without a logout page if it does not remember the session.
    #[must_use]
    pub fn remember(mut self, remember: bool) -> Self {
        self.remember = remember;
        self
    }
}

/// Pages without forms: each accepts the request and redirects back to Hydra, or to another server with
/// Hydra's admin API.
#[derive(Debug)]
pub struct LoginApp {
    server: PageServer,
    pages: Pages,
}

/// The users by the `login_hint` that selects them.
#[derive(Debug, Clone, Default)]
struct Users(Arc<Mutex<HashMap<String, User>>>);

#[derive(Debug, Clone, Default)]
struct Pages {
    users: Users,
    /// Set when the server has started, which needs the addresses of the pages first.
    admin: Arc<OnceLock<Admin>>,
}

impl Pages {
    fn admin(&self) -> &Admin {
        self.admin.get().expect("the server has started")
    }
}

impl LoginApp {
    /// Starts the pages. They answer when [`serve`](Self::serve) has been called.
    #[must_use]
    pub fn start() -> Self {
        let pages = Pages::default();
        let router = Router::new()
            .route("/login", get(login))
            .route("/consent", get(consent))
            .route("/logout", get(logout))
            .route("/logged-out", get(async || page("Logged out")))
            .route("/error", get(async || page("Hydra reports an error")))
            .with_state(pages.clone());
        Self {
            server: PageServer::start(router),
            pages,
        }
    }

    /// Sets the server whose requests the pages accept.
    pub fn serve(&self, admin: Admin) {
        let served = self.pages.admin.set(admin);
        served.expect("the pages serve one server");
    }

    /// Returns the URL of a page: `/login`, `/consent`, `/logout`, `/logged-out` or `/error`.
    #[must_use]
    pub fn url(&self, page: &str) -> String {
        self.server.url(page)
    }

    /// Sets the user that an authorization request with this `login_hint` logs in.
    pub fn set_user(&self, login_hint: &str, user: User) {
        self.pages.users.set(login_hint, user);
    }
}

impl Users {
    fn set(&self, login_hint: &str, user: User) {
        let mut users = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        users.insert(login_hint.to_owned(), user);
    }

    /// Returns the user of a login or consent request: the one set for its `login_hint`, else one whose
    /// subject is the `login_hint`, else `user-1`. A session that Hydra remembers may have another one.
    fn of(&self, request: &Value) -> User {
        let hint = request["oidc_context"]["login_hint"].as_str();
        let hint = hint.filter(|hint| !hint.is_empty()).unwrap_or("user-1");
        let users = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let user = users.get(hint).cloned();
        let user = user.unwrap_or_else(|| User::unknown(hint));
        match request["subject"].as_str() {
            Some(subject) if !subject.is_empty() && subject != user.subject => {
                User::unknown(subject)
            }
            _ => user,
        }
    }
}

fn page(title: &str) -> Html<String> {
    Html(format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>{title}</title>\
         <link rel=\"icon\" href=\"data:,\"></head><body><h1>{title}</h1></body></html>"
    ))
}

type Parameters = Query<HashMap<String, String>>;

async fn login(State(pages): State<Pages>, Query(parameters): Parameters) -> Redirect {
    let challenge = &parameters["login_challenge"];
    let admin = pages.admin();
    let request = admin.login_request(challenge).await;
    let accepted = if request["skip"] == true {
        json!({"subject": request["subject"]})
    } else {
        let user = pages.users.of(&request);
        json!({
            "subject": user.subject, "remember": user.remember, "remember_for": REMEMBER_FOR,
        })
    };
    Redirect::to(&admin.accept_login(challenge, &accepted).await)
}

async fn consent(State(pages): State<Pages>, Query(parameters): Parameters) -> Redirect {
    let challenge = &parameters["consent_challenge"];
    let admin = pages.admin();
    let request = admin.consent_request(challenge).await;
    let user = pages.users.of(&request);
    let accepted = json!({
        "grant_scope": request["requested_scope"],
        "grant_access_token_audience": request["requested_access_token_audience"],
        "remember": user.remember, "remember_for": REMEMBER_FOR,
        "session": {"id_token": user.claims},
    });
    Redirect::to(&admin.accept_consent(challenge, &accepted).await)
}

async fn logout(State(pages): State<Pages>, Query(parameters): Parameters) -> Redirect {
    let challenge = &parameters["logout_challenge"];
    Redirect::to(&pages.admin().accept_logout(challenge).await)
}
