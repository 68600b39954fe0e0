//! A PostgreSQL server.
//!
//! The programs are those of the machine (PostgreSQL 11 or later), else those of the npm package in
//! `postgres/`. `POSTGRES_BIN` names another folder of `initdb` and `postgres`.

mod npm;
mod owner;
mod programs;
mod tls;

use std::ffi::OsStr;
use std::fs;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use sqlx::postgres::{PgConnectOptions, PgConnection, PgSslMode};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Executor};
use tokio::sync::OnceCell;
use tokio::time::sleep;
use url::Url;

use crate::pause::Paused;
use crate::process::{Watched, free_port, new_folder};

/// The password of the user `postgres`. It has characters that a URL must escape.
pub const PASSWORD: &str = "zebra/of@the?tests";

const START_TIMEOUT: Duration = Duration::from_mins(2);
const POLL_INTERVAL: Duration = Duration::from_millis(20);

/// A PostgreSQL server of its own, on a loopback port. It ends when this is dropped or this process
/// ends, and its data are removed.
#[derive(Debug)]
pub struct Postgres {
    port: u16,
    process: Mutex<Watched>,
}

impl Postgres {
    /// Starts a server.
    pub async fn start() -> Self {
        // Another program may take the free port first.
        for _ in 0..5 {
            if let Some(server) = Self::on_port(free_port()).await {
                return server;
            }
        }
        panic!("every free port was taken before PostgreSQL listened on it");
    }

    /// Returns the server that the tests of this process share, and starts it in the first call.
    pub async fn shared() -> &'static Self {
        static SHARED: OnceCell<Postgres> = OnceCell::const_new();
        SHARED.get_or_init(Self::start).await
    }

    /// Starts a server. Returns [`None`] if the port is taken.
    async fn on_port(port: u16) -> Option<Self> {
        let programs = programs::find();
        let folder = new_folder("postgres");
        let password = folder.join("password");
        fs::write(&password, PASSWORD).expect("a file can be written");
        let user = owner::instead_of_root(&[&folder, &password]);
        let programs = npm::completed(programs, &folder, user);
        let port_argument = port.to_string();
        let arguments = [programs.as_os_str(), OsStr::new(&port_argument)];
        let script = include_str!("watch.sh");
        let server = Self {
            port,
            process: Mutex::new(Watched::start(folder, script, &arguments, user)),
        };
        let deadline = Instant::now() + START_TIMEOUT;
        while !server.is_ready() {
            let log = server.process().read("log");
            if log.contains("could not create any TCP/IP sockets") {
                return None;
            }
            let failed =
                server.process().has_ended() || log.contains("FATAL:") || Instant::now() > deadline;
            assert!(!failed, "PostgreSQL does not start:\n{log}");
            sleep(POLL_INTERVAL).await;
        }
        Some(server)
    }

    /// Returns the port on 127.0.0.1.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Returns the URL of a database, with the password.
    #[must_use]
    pub fn url(&self, database: &str) -> String {
        let url = format!("postgres://postgres@127.0.0.1:{}/{database}", self.port);
        let mut url = Url::parse(&url).expect("a database name needs no escapes");
        url.set_password(Some(PASSWORD))
            .expect("a URL with a host can have a password");
        url.set_query(Some("sslmode=disable"));
        url.into()
    }

    /// Creates an empty database and returns its name.
    pub async fn create_database(&self) -> String {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let name = format!("test_{}", COUNT.fetch_add(1, Ordering::Relaxed));
        self.execute("postgres", format!("CREATE DATABASE {name}"))
            .await;
        name
    }

    /// Executes statements in a database, as its superuser.
    pub async fn execute(&self, database: &str, statements: String) {
        let mut connection = self.connect(database).await;
        let statements = sqlx::raw_sql(AssertSqlSafe(statements));
        let executed = connection.execute(statements).await;
        executed.expect("the statements are valid");
        let _ = connection.close().await;
    }

    /// Stops every process of the server with SIGSTOP. Connections stay open and are not answered.
    pub async fn pause(&self) -> Paused {
        let mut connection = self.connect("postgres").await;
        let mut paused = Paused::new();
        // First the process that starts the others.
        let postmaster = self.process().read("data/postmaster.pid");
        let postmaster = postmaster.lines().next().and_then(|pid| pid.parse().ok());
        let postmaster = postmaster.expect("postmaster.pid starts with the process id");
        paused.pause(postmaster).await;
        let others: Vec<i32> = sqlx::query_scalar("SELECT pid FROM pg_stat_activity")
            .fetch_all(&mut connection)
            .await
            .expect("PostgreSQL lists its processes");
        for process in others {
            paused.pause(process).await;
        }
        paused
    }

    /// Ends the server at once, as a crash does. Connections are refused until
    /// [`restart`](Self::restart).
    pub async fn kill(&self) {
        self.process().order("kill");
        let deadline = Instant::now() + START_TIMEOUT;
        while !self.process().read("data/postmaster.pid").is_empty() {
            assert!(Instant::now() < deadline, "PostgreSQL does not end");
            sleep(POLL_INTERVAL).await;
        }
    }

    /// Starts the server again after [`kill`](Self::kill), on the same port and with the same data.
    pub async fn restart(&self) {
        self.process().order("start");
        let deadline = Instant::now() + START_TIMEOUT;
        while !self.is_ready() {
            let failed = Instant::now() > deadline;
            let log = || self.process().read("log");
            assert!(!failed, "PostgreSQL does not start again:\n{}", log());
            sleep(POLL_INTERVAL).await;
        }
    }

    async fn connect(&self, database: &str) -> PgConnection {
        let options = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(self.port)
            .username("postgres")
            .password(PASSWORD)
            .database(database)
            .ssl_mode(PgSslMode::Disable);
        options
            .connect()
            .await
            .expect("PostgreSQL accepts connections")
    }

    /// Whether this server accepts connections. Another server on the port does not count.
    fn is_ready(&self) -> bool {
        let status = self.process().read("data/postmaster.pid");
        // The eighth line is written last.
        let status = status.lines().nth(7).map(str::trim);
        status == Some("ready")
    }

    fn process(&self) -> MutexGuard<'_, Watched> {
        // Cleaning up matters even after a panic.
        self.process.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;

    #[tokio::test]
    #[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
    async fn a_taken_port_is_reported() {
        let holder = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
        let taken = holder.local_addr().expect("its address").port();
        assert!(Postgres::on_port(taken).await.is_none());
    }
}
