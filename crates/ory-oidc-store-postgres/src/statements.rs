//! The statements on registrations. Each is a transaction of its own, so the database compares
//! and swaps.

use ory_oidc_keeper::store::{Content, ListQuery, StoreKey};
use sqlx::postgres::PgRow;
use sqlx::{FromRow, PgPool};

use crate::retry::{Query, fetch_optional};

/// The maximum length of a content, in bytes. A larger one is not fetched.
pub(crate) const MAX_CONTENT_LENGTH: usize = 16 << 20;
/// The maximum length of a page of names.
const MAX_PAGE_LENGTH: usize = 1000;

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
    "SELECT version, octet_length(content), CASE WHEN octet_length(content) <= $3 THEN content END \
     FROM ory_oidc_registrations WHERE key_hash = ",
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

/// In the order of the primary key, so that a page costs what it holds. No hash comes before an empty
/// one.
const LIST: &str = with_key!(
    "SELECT coalesce(array_agg(name ORDER BY key_hash), '{}') FROM ( \
     SELECT name, key_hash FROM ory_oidc_registrations \
     WHERE issuer = $1 AND starts_with(name, $3) AND key_hash > coalesce(",
    ", '') ORDER BY key_hash LIMIT $4) page"
);

pub(crate) type Result<T> = std::result::Result<T, sqlx::Error>;

/// A row: its version, and the length of its content, which is left out if it is too long.
pub(crate) type Row = (i64, i32, Option<String>);

/// Returns a row, or [`None`] if the store has none.
pub(crate) async fn load(pool: &PgPool, key: &StoreKey) -> Result<Option<Row>> {
    let limit = i32::try_from(MAX_CONTENT_LENGTH).unwrap_or(i32::MAX);
    fetch_optional(pool, || with(LOAD, key).bind(limit)).await
}

/// Returns a page of names.
pub(crate) async fn list(pool: &PgPool, query: &ListQuery) -> Result<Vec<String>> {
    let limit = i64::try_from(query.limit.min(MAX_PAGE_LENGTH)).unwrap_or(i64::MAX);
    let names: Option<(Vec<String>,)> = fetch_optional(pool, || {
        sqlx::query_as(LIST)
            .bind(&query.issuer)
            .bind(query.after.as_deref())
            .bind(&query.prefix)
            .bind(limit)
    })
    .await?;
    Ok(names.map(|(names,)| names).unwrap_or_default())
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
