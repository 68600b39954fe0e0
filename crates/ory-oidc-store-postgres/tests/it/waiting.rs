//! A statement that waits because somebody else holds the row.

use std::time::Duration;

use ory_oidc_store_postgres::sqlx::PgConnection;

use crate::database::{Database, execute, number};

/// Holds all rows until the connection rolls back or goes.
pub(crate) async fn hold_the_rows(database: &Database) -> PgConnection {
    let mut holder = database.connection().await;
    execute(
        &mut holder,
        "BEGIN; SELECT * FROM ory_oidc_registrations FOR UPDATE",
    )
    .await;
    holder
}

/// The server's process for the one connection that waits.
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
