//! The migrations, from the scripts in `migrations`.

use std::time::Duration;

use sqlx::PgPool;
use sqlx::SqlSafeStr;
use sqlx::migrate::{MigrateError, Migration, MigrationType, Migrator};

use crate::checkout::Checkout;

/// The table of applied migrations. `_sqlx_migrations` belongs to the app.
const TABLE: &str = "ory_oidc_migrations";

/// The scripts in their order. They do not depend on the crate's features, as the processes of a
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

/// The time that all migrations may take together. Processes that start at the same time wait for
/// the first one.
pub(crate) const TIMEOUT: Duration = Duration::from_mins(1);

fn migrator() -> Migrator {
    let scripts = SCRIPTS.into_iter().map(|(version, name, script)| {
        let script = script.into_sql_str();
        Migration::new(version, name.into(), MigrationType::Simple, script, false)
    });
    let mut migrator = Migrator::with_migrations(scripts.collect());
    migrator.dangerous_set_table_name(TABLE);
    // Scripts only add things, so an older release can start beside a newer one.
    migrator.set_ignore_missing(true);
    migrator
}

/// Applies the migrations that are missing, under an advisory lock.
pub(crate) async fn run(pool: &PgPool) -> Result<(), MigrateError> {
    // Never returned to the pool: after a failure it could still hold the lock.
    let mut checkout = Checkout::take(pool).await?;
    let connection = checkout.connection();
    // Waiting for the lock is a statement, too.
    let statement_timeout = format!("SET statement_timeout = {}", TIMEOUT.as_millis());
    sqlx::raw_sql(sqlx::AssertSqlSafe(statement_timeout))
        .execute(&mut *connection)
        .await?;
    migrator().run_direct(None, connection, false).await
}
