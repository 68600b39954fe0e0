//! Locks that make statements wait.

use std::time::Duration;

use ory_oidc_store_postgres::sqlx::PgConnection;

use crate::database::{Database, execute, number};

/// Locks all rows until the connection rolls back or closes.
pub(crate) async fn lock_the_rows(database: &Database) -> PgConnection {
    let mut holder = database.connection().await;
    execute(
        &mut holder,
        "BEGIN; SELECT * FROM ory_oidc_registrations FOR UPDATE",
    )
    .await;
    holder
}

/// Waits until a connection waits for a lock, and returns its server process.
pub(crate) async fn until_one_waits_for_a_lock(database: &Database) -> i64 {
    const WAITING: &str = "SELECT coalesce(max(pid), 0)::bigint FROM pg_stat_activity \
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let mut connection = database.connection().await;
    loop {
        match number(&mut connection, WAITING).await {
            0 => tokio::time::sleep(Duration::from_millis(10)).await,
            process => return process,
        }
    }
}

/// Locks the table of registrations until the connection rolls back or closes.
pub(crate) async fn lock_the_table(database: &Database) -> PgConnection {
    let mut holder = database.connection().await;
    let lock = "BEGIN; LOCK TABLE ory_oidc_registrations IN ACCESS EXCLUSIVE MODE";
    execute(&mut holder, lock).await;
    holder
}

/// Waits until this many connections wait for a lock.
pub(crate) async fn until_waiting_for_a_lock(database: &Database, expected: i64) {
    const WAITING: &str = "SELECT count(*) FROM pg_stat_activity \
        WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let mut connection = database.connection().await;
    while number(&mut connection, WAITING).await != expected {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Waits until no other connection to the database is open.
pub(crate) async fn until_connections_are_closed(database: &Database) {
    const OTHERS: &str = "SELECT count(*) FROM pg_stat_activity \
        WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let mut connection = database.connection().await;
    while number(&mut connection, OTHERS).await > 0 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}
