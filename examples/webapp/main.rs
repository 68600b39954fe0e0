//! A web app whose users log in and out at Ory: it registers itself, logs users in with
//! `openidconnect`, and logs them out here, at the provider, and when the provider says so.
//!
//! `cargo run --example webapp`, and open the address that it prints. Settings:
//!
//! - `ORY_URL`: the server's base URL; `http://127.0.0.1:4444` if absent, a local Hydra's
//! - `ORY_ISSUER`: its issuer, where that is not the same
//! - `ORY_PUBLIC_ISSUER`, in place of it: the issuer, where browsers reach the provider by it and
//!   the app by `ORY_URL`, as in Docker Compose. Then `ORY_URL` may be plain `http`, which is for a
//!   network that nobody else listens to
//! - `ORY_STORE`: a folder for the registration; without it the app registers at every start,
//!   and deletes its registration when it ends by Ctrl-C
//! - `LISTEN`: where to listen; `127.0.0.1:3000` if absent. Port 0 is any free one
//! - `APP_URL`: what browsers and the provider reach the app by, where that is not `http://` and
//!   the address: behind a proxy, say

#![allow(clippy::print_stdout)]

mod login;
mod logout;
mod pages;
mod sessions;

use axum::Router;
use axum::extract::rejection::QueryRejection;
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, HeaderValue, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::middleware::map_response;
use axum::response::{Html, Redirect, Response};
use axum::routing::{get, post};
use axum_extra::extract::CookieJar;
use login::{Callback, Login, LoginError, Pending};
use ory_oidc::{
    Client, ClientMetadata, FileStore, IdToken, LogoutState, MemoryReplayGuard, MemoryStore,
    Registration, Subject,
};
use sessions::Shelf;
use std::env;
use std::error::Error;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

const HOUR: Duration = Duration::from_secs(60 * 60);
/// How long a user may take at the provider.
const AWAY: Duration = Duration::from_secs(10 * 60);

/// Somebody who is logged in.
struct User {
    name: String,
    sub: String,
    /// The session at the provider.
    sid: Option<String>,
    /// Tells the provider whom to log out.
    id_token: IdToken,
}

struct App {
    ory: Client,
    registration: Registration,
    /// The app's own address.
    url: String,
    sessions: Shelf<User>,
    /// Browsers that are at the provider to log in.
    logins: Shelf<Pending>,
    /// Browsers that are at the provider to log out.
    logouts: Shelf<LogoutState>,
    /// The logout tokens that were used: each counts once.
    replays: MemoryReplayGuard,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let setting = |name, default: &str| env::var(name).unwrap_or_else(|_| default.to_owned());

    let listen = setting("LISTEN", "127.0.0.1:3000");
    let (host, _) = listen.rsplit_once(':').ok_or("LISTEN is host:port")?;
    let listener = TcpListener::bind(&listen).await?;
    let port = listener.local_addr()?.port();
    let url = setting("APP_URL", &format!("http://{host}:{port}"));
    let url = url.trim_end_matches('/').to_owned();

    let mut ory = Client::builder(setting("ORY_URL", "http://127.0.0.1:4444"))
        .user_agent("ory-oidc-webapp/0.1");
    if let Ok(issuer) = env::var("ORY_PUBLIC_ISSUER") {
        ory = ory.public_issuer(issuer).allow_insecure_http();
    } else if let Ok(issuer) = env::var("ORY_ISSUER") {
        ory = ory.issuer(issuer);
    }
    let ory = ory.build()?;

    let wanted = ClientMetadata::new([format!("{url}/callback")])
        .client_name("A web app")
        .scope(["openid", "profile"])
        .post_logout_redirect_uris([format!("{url}/bye")])
        .backchannel_logout_uri(format!("{url}/backchannel-logout"))
        .backchannel_logout_session_required(true);
    let store = env::var_os("ORY_STORE");
    let keeper = match &store {
        Some(folder) => ory.keeper(FileStore::open(folder)?, "webapp"),
        None => ory.keeper(MemoryStore::new(), "webapp"),
    };
    let registration = keeper.ensure_registered(&wanted).await?.into_registration();

    let secure = url.starts_with("https:");
    let app = App {
        ory,
        registration,
        sessions: Shelf::new("session", secure, 8 * HOUR),
        logins: Shelf::new("login", secure, AWAY),
        logouts: Shelf::new("logout", secure, AWAY),
        replays: MemoryReplayGuard::new(),
        url,
    };
    println!("The app is at {}", app.url);
    axum::serve(listener, routes(app))
        .with_graceful_shutdown(async {
            // Without signals it serves until it is killed.
            if tokio::signal::ctrl_c().await.is_err() {
                std::future::pending::<()>().await;
            }
        })
        .await?;
    if store.is_none() {
        keeper.retire().await?;
    }
    Ok(())
}

fn routes(app: App) -> Router {
    Router::new()
        .route("/", get(index))
        .route("/login", get(log_in))
        .route("/callback", get(callback))
        .route("/logout", post(logout::log_out))
        .route("/bye", get(logout::bye))
        .route("/backchannel-logout", post(logout::back_channel))
        .layer(DefaultBodyLimit::max(64 * 1024))
        .layer(map_response(with_headers))
        .with_state(Arc::new(app))
}

/// Pages about a user belong in no cache (for back-channel logout: §2.8), and addresses with a
/// code in no `Referer`.
async fn with_headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    for (name, value) in [
        (CACHE_CONTROL, "no-store"),
        (REFERRER_POLICY, "no-referrer"),
        (X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (
            CONTENT_SECURITY_POLICY,
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'",
        ),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

/// `/`: who am I?
async fn index(State(app): State<Arc<App>>, jar: CookieJar) -> Html<String> {
    let user = |user: &User| pages::user(&user.name, &user.sub);
    app.sessions
        .read(&jar, user)
        .unwrap_or_else(pages::stranger)
}

/// `/login`: sends the browser to the provider.
async fn log_in(
    State(app): State<Arc<App>>,
    jar: CookieJar,
) -> Result<(CookieJar, Redirect), Response> {
    let login = app.login().await.map_err(|error| refusal(&error))?;
    let (url, pending) = login.start(&["profile"]);
    Ok((app.logins.put(jar, pending), Redirect::to(url.as_str())))
}

/// `/callback`: the browser is back, with a code or an error.
async fn callback(
    State(app): State<Arc<App>>,
    jar: CookieJar,
    query: Result<Query<Callback>, QueryRejection>,
) -> Result<(CookieJar, Redirect), Response> {
    let (jar, pending) = app.logins.take(jar);
    let (Some(pending), Ok(Query(query))) = (pending, query) else {
        return Err(refusal(&LoginError::NotOurs));
    };
    let user = app.user(pending, query).await;
    let user = user.map_err(|error| refusal(&error))?;
    Ok((app.sessions.put(jar, user), Redirect::to("/")))
}

impl App {
    async fn login(&self) -> Result<Login, LoginError> {
        Login::new(
            &self.ory,
            &self.registration,
            &format!("{}/callback", self.url),
        )
        .await
    }

    async fn user(&self, pending: Pending, callback: Callback) -> Result<User, LoginError> {
        let logged_in = self.login().await?.finish(pending, callback).await?;
        let subject = Subject::Expect(&logged_in.sub);
        let userinfo = self
            .ory
            .userinfo(&logged_in.access_token, subject)
            .relying_party(&self.registration)
            .await;
        let userinfo = userinfo.map_err(|error| LoginError::Failed(error.into()))?;
        Ok(User {
            name: userinfo
                .name()
                .unwrap_or("somebody without a name")
                .to_owned(),
            sub: logged_in.sub,
            sid: logged_in.sid,
            id_token: logged_in.id_token,
        })
    }
}

/// The user reads what to do about it; the log has the rest.
fn refusal(error: &LoginError) -> Response {
    eprintln!("{error}");
    match error {
        LoginError::NotOurs => pages::problem(
            StatusCode::BAD_REQUEST,
            "This is no answer to a log-in that your browser began here, or it came too late. Please start again.",
        ),
        LoginError::Refused(_) => {
            pages::problem(StatusCode::FORBIDDEN, "The provider did not let you in.")
        }
        LoginError::Failed(_) => pages::problem(
            StatusCode::BAD_GATEWAY,
            "The provider could not be asked, or its answer did not hold. Please try later.",
        ),
    }
}
