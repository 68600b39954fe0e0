//! The four statements on registrations. Each is a transaction of its own, so the database compares
//! and swaps.

use ory_oidc_keeper::store::{Content, StoreKey};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgPool};

use crate::retry::{Query, fetch_optional};

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

/// Returns the version and the content; [`None`] when there is no row.
pub(crate) async fn load(pool: &PgPool, key: &StoreKey) -> Result<Option<(i64, String)>> {
    fetch_optional(pool, || with(LOAD, key)).await
}

/// Returns the version of the new row; [`None`] when a row exists.
pub(crate) async fn insert(
    pool: &PgPool,
    key: &StoreKey,
    content: &Content,
) -> Result<Option<i64>> {
    fetch_optional(pool, || with(INSERT, key).bind(content.expose()))
        .await
        .map(version)
}

/// Returns the new version of the row; [`None`] when it does not have the expected version.
pub(crate) async fn update(
    pool: &PgPool,
    key: &StoreKey,
    expected: i64,
    content: &Content,
) -> Result<Option<i64>> {
    fetch_optional(pool, || {
        with(UPDATE, key).bind(content.expose()).bind(expected)
    })
    .await
    .map(version)
}

/// Returns the version of the deleted row; [`None`] when it does not have the expected version.
pub(crate) async fn delete(pool: &PgPool, key: &StoreKey, expected: i64) -> Result<Option<i64>> {
    fetch_optional(pool, || with(DELETE, key).bind(expected))
        .await
        .map(version)
}

fn with<'q, Row>(sql: &'static str, key: &'q StoreKey) -> Query<'q, Row>
where
    Row: for<'r> FromRow<'r, PgRow>,
{
    sqlx::query_as(sql).bind(key.issuer()).bind(key.name())
}

fn version(row: Option<(i64,)>) -> Option<i64> {
    row.map(|(version,)| version)
}
