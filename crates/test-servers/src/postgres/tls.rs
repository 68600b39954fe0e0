//! TLS of a running server.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::time::Instant;

use sqlx::Executor;
use tokio::time::sleep;

use super::{POLL_INTERVAL, Postgres, START_TIMEOUT, owner};

impl Postgres {
    /// Turns TLS on, with a certificate and its private key in PEM, or replaces them.
    pub async fn use_tls(&self, certificate: &str, key: &str) {
        let paths = ["data/tls.crt", "data/tls.key"].map(|name| self.process().path(name));
        for (path, pem) in paths.iter().zip([certificate, key]) {
            fs::write(path, pem).expect("a file can be written");
            // PostgreSQL refuses a key that others can read.
            fs::set_permissions(path, fs::Permissions::from_mode(0o600))
                .expect("the mode can be set");
            owner::instead_of_root(&[path]);
        }
        let before = self.loaded_at().await;
        let mut connection = self.connect("postgres").await;
        for statement in [
            "ALTER SYSTEM SET ssl = on",
            "ALTER SYSTEM SET ssl_cert_file = 'tls.crt'",
            "ALTER SYSTEM SET ssl_key_file = 'tls.key'",
            "SELECT pg_reload_conf()",
        ] {
            let done = connection.execute(statement).await;
            done.expect("the server accepts its settings");
        }
        let deadline = Instant::now() + START_TIMEOUT;
        while self.loaded_at().await == before {
            assert!(Instant::now() < deadline, "PostgreSQL does not reload");
            sleep(POLL_INTERVAL).await;
        }
    }

    /// Returns when a new connection last loaded the settings, and whether it can use TLS.
    async fn loaded_at(&self) -> (String, String) {
        let mut connection = self.connect("postgres").await;
        let query = "SELECT pg_conf_load_time()::text, current_setting('ssl')";
        sqlx::query_as(query)
            .fetch_one(&mut connection)
            .await
            .expect("PostgreSQL tells its settings")
    }
}
