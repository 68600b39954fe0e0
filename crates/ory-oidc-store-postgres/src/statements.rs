//! The four statements on registrations, and how any statement runs. Each is a transaction of its own, so the database does the swap.

use ory_oidc::{Content, StoreKey};
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::QueryAs;
use sqlx::{FromRow, PgPool, Postgres};

use crate::failure::is_undone;
use crate::lease::Lease;

/// How often a statement runs that the database undid because of others at the same time.
const ATTEMPTS: usize = 5;

macro_rules! with_key {
    ($before:literal, $after:literal) => {
        concat!(
            $before,
            "sha256(sha256(convert_to($1, 'UTF8')) || sha256(convert_to($2, 'UTF8')))",
            $after
        )
    };
}

const LOAD: &str = with_key!(
    "SELECT version, content FROM ory_oidc_registrations WHERE key_hash = ",
    ""
);

const INSERT: &str = with_key!(
    "INSERT INTO ory_oidc_registrations (key_hash, issuer, name, content) VALUES (",
    ", $1, $2, $3) ON CONFLICT DO NOTHING RETURNING version"
);

const UPDATE: &str = with_key!(
    "UPDATE ory_oidc_registrations SET version = DEFAULT, content = $3, updated_at = now() \
     WHERE key_hash = ",
    " AND version = $4 RETURNING version"
);

const DELETE: &str = with_key!(
    "DELETE FROM ory_oidc_registrations WHERE key_hash = ",
    " AND version = $3 RETURNING version"
);

pub(crate) type Result<T> = std::result::Result<T, sqlx::Error>;

/// The version and the content; [`None`] when there is no such row.
pub(crate) async fn load(pool: &PgPool, key: &StoreKey) -> Result<Option<(i64, String)>> {
    run(pool, || with(LOAD, key)).await
}

/// The version of the new row; [`None`] when there is a row already.
pub(crate) async fn insert(
    pool: &PgPool,
    key: &StoreKey,
    content: &Content,
) -> Result<Option<i64>> {
    run(pool, || with(INSERT, key).bind(content.expose()))
        .await
        .map(version)
}

/// The version of the row from now on; [`None`] when it has not the expected one.
pub(crate) async fn update(
    pool: &PgPool,
    key: &StoreKey,
    expected: i64,
    content: &Content,
) -> Result<Option<i64>> {
    run(pool, || {
        with(UPDATE, key).bind(content.expose()).bind(expected)
    })
    .await
    .map(version)
}

/// The version that the row had; [`None`] when it has not the expected one.
pub(crate) async fn delete(pool: &PgPool, key: &StoreKey, expected: i64) -> Result<Option<i64>> {
    run(pool, || with(DELETE, key).bind(expected))
        .await
        .map(version)
}

pub(crate) type Query<'q, Row> = QueryAs<'q, Postgres, Row, PgArguments>;

fn with<'q, Row>(sql: &'static str, key: &'q StoreKey) -> Query<'q, Row>
where
    Row: for<'r> FromRow<'r, PgRow>,
{
    sqlx::query_as(sql).bind(key.issuer()).bind(key.name())
}

fn version(row: Option<(i64,)>) -> Option<i64> {
    row.map(|(version,)| version)
}

/// Runs a statement, again if the database undid it: stricter isolation levels than the usual one
/// do so even when two statements were not about the same key.
pub(crate) async fn run<'q, Row>(
    pool: &PgPool,
    query: impl Fn() -> Query<'q, Row>,
) -> Result<Option<Row>>
where
    Row: for<'r> FromRow<'r, PgRow> + Send + Unpin,
{
    let mut attempt = 1;
    loop {
        let mut lease = Lease::take(pool).await?;
        let outcome = query().fetch_optional(lease.connection()).await;
        match outcome {
            Err(error) if is_undone(&error) && attempt < ATTEMPTS => lease.give_back(),
            // The server itself spoke, so the connection is at a known point.
            Ok(_) | Err(sqlx::Error::Database(_)) => {
                lease.give_back();
                return outcome;
            }
            Err(_) => return outcome,
        }
        attempt += 1;
    }
}
