//! The Hydra server.

use std::fs;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use reqwest::header::LOCATION;
use serde_json::Value;
use tokio::time::sleep;

use crate::pause::Paused;
use crate::postgres::Postgres;
use crate::process::{Watched, free_port, new_folder};

use super::admin::Admin;
use super::browser::Browser;
use super::config;
use super::database::{Database, DatabaseOptions};
use super::http;
use super::login::LogIn;
use super::login_app::{LoginApp, User};
use super::program;

const START_TIMEOUT: Duration = Duration::from_mins(2);
/// For a port that another program has and does not answer on.
const PROBE_TIMEOUT: Duration = Duration::from_secs(1);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A Hydra of its own, on loopback ports. It ends when this is dropped or this process ends, and its
/// files are removed.
///
/// A `static` is never dropped, but is fine: the end of the process counts.
#[derive(Debug)]
pub struct Hydra {
    public_url: String,
    issuer: String,
    error_page: String,
    admin: Admin,
    login_app: LoginApp,
    database: Database,
    process: Mutex<Watched>,
}

/// The options of a [`Hydra`].
pub struct HydraBuilder<'a> {
    postgres: Option<&'a Postgres>,
    registration: bool,
    pairwise_subjects: bool,
    keys: bool,
    options: DatabaseOptions,
    config: Box<dyn Fn(&str) -> Value + Send + Sync + 'a>,
}

impl std::fmt::Debug for HydraBuilder<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HydraBuilder").finish_non_exhaustive()
    }
}

impl<'a> HydraBuilder<'a> {
    /// Uses a new database of this server (default: a SQLite file).
    #[must_use]
    pub fn postgres(mut self, postgres: &'a Postgres) -> Self {
        self.postgres = Some(postgres);
        self
    }

    /// Whether clients may register themselves (default: `true`, unlike Hydra's own default).
    #[must_use]
    pub fn registration(mut self, enabled: bool) -> Self {
        self.registration = enabled;
        self
    }

    /// Whether clients may ask for pairwise subjects (default: `false`).
    #[must_use]
    pub fn pairwise_subjects(mut self, enabled: bool) -> Self {
        self.pairwise_subjects = enabled;
        self
    }

    /// Whether Hydra generates its keys before [`start`](Self::start) returns (default: `true`).
    ///
    /// That takes one to ten seconds, which a test of registration alone can save.
    #[must_use]
    pub fn keys(mut self, generate: bool) -> Self {
        self.keys = generate;
        self
    }

    /// Whether PostgreSQL isolates Hydra's transactions completely (default: `false`), as `CockroachDB`
    /// does. See [`Database::conflict`].
    #[must_use]
    pub fn serializable(mut self, serializable: bool) -> Self {
        self.options.serializable = serializable;
        self
    }

    /// Sets how long each query waits for a locked SQLite file (default: 5 seconds).
    #[must_use]
    pub fn sqlite_busy_timeout(mut self, timeout: Duration) -> Self {
        self.options.sqlite_busy_timeout = timeout;
        self
    }

    /// Adds members to Hydra's configuration. The argument is the public URL.
    ///
    /// ```
    /// # use serde_json::json;
    /// # let builder = ory_oidc_test_servers::Hydra::builder();
    /// builder.config(|url| json!({"webfinger": {"oidc_discovery": {
    ///     "client_registration_url": format!("{url}/elsewhere"),
    /// }}}));
    /// ```
    #[must_use]
    pub fn config(mut self, config: impl Fn(&str) -> Value + Send + Sync + 'a) -> Self {
        self.config = Box::new(config);
        self
    }

    /// Starts Hydra, on an empty database, and waits until it answers.
    pub async fn start(self) -> Hydra {
        // Another program may take a free port first.
        for _ in 0..5 {
            if let Some(hydra) = self.on_ports(free_port(), free_port()).await {
                return hydra;
            }
        }
        panic!("every free port was taken before Hydra listened on it");
    }

    /// Starts Hydra. Returns [`None`] if one of the ports is taken.
    async fn on_ports(&self, public_port: u16, admin_port: u16) -> Option<Hydra> {
        let program = program::path().await;
        let folder = new_folder("hydra");
        let public_url = format!("http://127.0.0.1:{public_port}");
        let admin = Admin::new(&format!("http://127.0.0.1:{admin_port}"));
        let login_app = LoginApp::start();
        login_app.serve(admin.clone());
        let database = match self.postgres {
            Some(postgres) => Database::postgres(postgres.url(&postgres.create_database().await)),
            None => Database::sqlite(folder.join("hydra.sqlite")),
        };
        let addresses = config::Addresses {
            public_port,
            admin_port,
            public_url: &public_url,
            login: login_app.url("/login"),
            consent: login_app.url("/consent"),
            logout: login_app.url("/logout"),
            error: login_app.url("/error"),
            logged_out: login_app.url("/logged-out"),
        };
        let dsn = database.dsn(self.options);
        let mut config = config::standard(&dsn, self.registration, &addresses);
        if self.pairwise_subjects {
            config::merge(&mut config, config::pairwise_subjects());
        }
        config::merge(&mut config, (self.config)(&public_url));
        fs::write(folder.join("hydra.json"), config.to_string()).expect("a file can be written");
        let configured = |url: &Value| url.as_str().expect("a URL is a string").to_owned();
        let hydra = Hydra {
            issuer: configured(&config["urls"]["self"]["issuer"]),
            error_page: configured(&config["urls"]["error"]),
            public_url,
            admin,
            login_app,
            database,
            process: Mutex::new(Watched::start(
                folder,
                include_str!("watch.sh"),
                &[program.as_os_str()],
                None,
            )),
        };
        if !hydra.wait_until_ready().await {
            return None;
        }
        if self.keys {
            hydra.generate_keys().await;
        }
        Some(hydra)
    }
}

impl Hydra {
    /// Returns the options, to set before [`start`](HydraBuilder::start).
    #[must_use]
    pub fn builder<'a>() -> HydraBuilder<'a> {
        HydraBuilder {
            postgres: None,
            registration: true,
            pairwise_subjects: false,
            keys: true,
            options: DatabaseOptions::default(),
            config: Box::new(|_| Value::Object(serde_json::Map::new())),
        }
    }

    /// Returns the base URL of the public API, without a slash at its end.
    #[must_use]
    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    /// Returns the issuer.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns a client of the admin API.
    #[must_use]
    pub fn admin(&self) -> &Admin {
        &self.admin
    }

    /// Returns the database.
    #[must_use]
    pub fn database(&self) -> &Database {
        &self.database
    }

    /// Returns the URL of the login page.
    #[must_use]
    pub fn login_page(&self) -> String {
        self.login_app.url("/login")
    }

    /// Stops the process with SIGSTOP. Connections are accepted and not answered.
    pub async fn pause(&self) -> Paused {
        let mut paused = Paused::new();
        let process = self.process().read("pid").trim().parse();
        paused
            .pause(process.expect("the file names the process"))
            .await;
        paused
    }

    /// Returns a browser without cookies.
    #[must_use]
    pub fn browser(&self) -> Browser {
        Browser::new(&[&self.public_url, &self.login_app.url("/")])
    }

    /// Sets the user that an authorization request with this `login_hint` logs in.
    ///
    /// An unknown `login_hint` logs in a user with that subject and the name `Name of …`, and no
    /// `login_hint` the user `user-1`.
    pub fn set_user(&self, login_hint: &str, user: User) {
        self.login_app.set_user(login_hint, user);
    }

    /// Logs a user in at a registered client. [`LogIn::tokens`] starts.
    pub fn log_in<'a>(&'a self, client_id: &'a str, client_secret: Option<&'a str>) -> LogIn<'a> {
        LogIn::new(
            &self.public_url,
            &self.admin,
            &self.login_app,
            client_id,
            client_secret,
        )
    }

    /// Waits until Hydra answers. Returns `false` if a port is taken.
    async fn wait_until_ready(&self) -> bool {
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            let ended = !self.process().read("ended").is_empty();
            let log = || self.process().read("log");
            if ended && log().contains("address already in use") {
                return false;
            }
            assert!(!ended, "Hydra does not start:\n{}", last_lines(&log()));
            assert!(
                Instant::now() < deadline,
                "Hydra is not ready in time:\n{}",
                last_lines(&log())
            );
            if self.is_ready().await {
                return true;
            }
            sleep(POLL_INTERVAL).await;
        }
    }

    /// Whether this Hydra answers on both ports.
    async fn is_ready(&self) -> bool {
        let health = http::client().get(format!("{}/health/ready", self.admin.url()));
        if health.timeout(PROBE_TIMEOUT).send().await.is_err() {
            return false;
        }
        // Another Hydra on the port does not count: it redirects to the error page of another login app.
        let refused = http::client().get(format!("{}/oauth2/auth", self.public_url));
        let Ok(refused) = refused.timeout(PROBE_TIMEOUT).send().await else {
            return false;
        };
        let page = refused.headers().get(LOCATION);
        page.is_some_and(|page| page.as_bytes().starts_with(self.error_page.as_bytes()))
    }

    /// Makes Hydra generate its keys, which it does in the first request that needs them.
    async fn generate_keys(&self) {
        let deadline = Instant::now() + START_TIMEOUT;
        loop {
            let keys = http::client().get(format!("{}/.well-known/jwks.json", self.public_url));
            let keys = keys.timeout(START_TIMEOUT).send().await;
            if keys.is_ok_and(|keys| keys.status().is_success()) {
                return;
            }
            // Hydra drops a connection after 10 seconds, but has the keys then.
            assert!(Instant::now() < deadline, "Hydra generates no keys");
            sleep(POLL_INTERVAL).await;
        }
    }

    fn process(&self) -> MutexGuard<'_, Watched> {
        // Cleaning up matters even after a panic.
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn last_lines(log: &str) -> String {
    let lines: Vec<&str> = log.lines().rev().take(30).collect();
    lines.into_iter().rev().collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[tokio::test]
    #[ignore = "needs Ory Hydra: `make test` builds it and runs this"]
    async fn a_taken_port_is_reported() {
        let holder = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
        let taken = holder.local_addr().expect("its address").port();
        let builder = Hydra::builder().keys(false);
        assert!(builder.on_ports(taken, free_port()).await.is_none());
        assert!(builder.on_ports(free_port(), taken).await.is_none());
    }

    #[tokio::test]
    #[ignore = "needs Ory Hydra: `make test` builds it and runs this"]
    async fn another_hydra_on_the_port_does_not_count() {
        let other = Hydra::builder().keys(false).start().await;
        let port = |url: &str| url.rsplit_once(':').and_then(|(_, port)| port.parse().ok());
        let public = port(other.public_url()).expect("the URL has a port");
        let admin = port(other.admin().url()).expect("the URL has a port");
        let builder = Hydra::builder().keys(false);
        assert!(builder.on_ports(public, free_port()).await.is_none());
        assert!(builder.on_ports(free_port(), admin).await.is_none());
    }
}
