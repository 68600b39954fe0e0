//! The tables, made from the scripts in `migrations`.

use std::time::Duration;

use sqlx::PgPool;
use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

use crate::lease::Lease;

/// Where it is written down which scripts ran: not in `_sqlx_migrations`, which is the app's.
const TABLE: &str = "ory_oidc_migrations";

/// In the order in which they run. The tables do not depend on the crate's features: the processes of a
/// fleet may differ in them.
const SCRIPTS: [(i64, &str, &str); 2] = [
    (
        1,
        "registrations",
        include_str!("../migrations/0001_registrations.sql"),
    ),
    (
        2,
        "used tokens",
        include_str!("../migrations/0002_used_tokens.sql"),
    ),
];

/// How long all of it may take. Others that start at the same time wait for the first.
pub(crate) const LIMIT: Duration = Duration::from_mins(1);

fn migrator() -> Migrator {
    let scripts = SCRIPTS.into_iter().map(|(version, name, script)| {
        let script = script.into_sql_str();
        Migration::new(version, name.into(), MigrationType::Simple, script, false)
    });
    let mut migrator = Migrator::with_migrations(scripts.collect());
    migrator.dangerous_set_table_name(TABLE);
    // Scripts only ever add, so in a fleet that is half updated the older half may start too.
    migrator.set_ignore_missing(true);
    migrator
}

/// Runs what has not run yet, under an advisory lock.
pub(crate) async fn run(pool: &PgPool) -> Result<(), MigrateError> {
    // Never given back to the pool: were something to fail, the lock would stay with it.
    let mut lease = Lease::take(pool).await?;
    let connection = lease.connection();
    // The wait for the lock is a statement too.
    let patience = format!("SET statement_timeout = {}", LIMIT.as_millis());
    sqlx::raw_sql(sqlx::AssertSqlSafe(patience))
        .execute(&mut *connection)
        .await?;
    migrator().run_direct(None, connection, false).await
}
