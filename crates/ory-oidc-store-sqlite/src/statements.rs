//! The statements on registrations. Each is a transaction of its own, so the database compares and
//! swaps. There are no others: after a full disk, SQLite ends a transaction that `sqlx` still counts,
//! and the connection begins no more.
//!
//! A statement that changes a row is run to its end by `fetch_all`. SQLite commits there, and
//! `fetch_optional` ignores an error of the commit.

use ory_oidc_keeper::store::{Content, ListQuery, StoreKey};
use sqlx::SqlitePool;

/// The maximum length of a content, in bytes. A larger one is not fetched.
pub(crate) const MAX_CONTENT_LENGTH: usize = 16 << 20;
/// The maximum length of a page of names.
const MAX_PAGE_LENGTH: usize = 1000;

const LOAD: &str = "SELECT version, length(content), \
    CASE WHEN length(content) <= ? THEN content END \
    FROM ory_oidc_registrations WHERE issuer = ? AND name = ?";

const INSERT: &str = "INSERT INTO ory_oidc_registrations (issuer, name, content) VALUES (?, ?, ?) \
    ON CONFLICT DO NOTHING RETURNING version";

/// Replaces the row by a new one, which gets a version that no row had before.
const UPDATE: &str = "INSERT OR REPLACE INTO ory_oidc_registrations (issuer, name, content) \
    SELECT issuer, name, ? FROM ory_oidc_registrations \
    WHERE issuer = ? AND name = ? AND version = ? RETURNING version";

const DELETE: &str = "DELETE FROM ory_oidc_registrations \
    WHERE issuer = ? AND name = ? AND version = ? RETURNING version";

/// In SQLite, `substr` of an empty name is null.
const LIST: &str = "SELECT name FROM ory_oidc_registrations \
    WHERE issuer = ?1 AND name >= ?2 AND coalesce(substr(name, 1, length(?2)), x'') = ?2 \
    AND (?3 IS NULL OR name > ?3) ORDER BY name LIMIT ?4";

pub(crate) type Result<T> = std::result::Result<T, sqlx::Error>;

/// A row: its version, and the length of its content, which is left out if it is too long.
pub(crate) type Row = (i64, i64, Option<Vec<u8>>);

/// Returns a row, or [`None`] if the store has none.
pub(crate) async fn load(pool: &SqlitePool, key: &StoreKey) -> Result<Option<Row>> {
    let limit = i64::try_from(MAX_CONTENT_LENGTH).unwrap_or(i64::MAX);
    let row = sqlx::query_as(LOAD)
        .bind(limit)
        .bind(key.issuer().as_bytes())
        .bind(key.name().as_bytes());
    row.fetch_optional(pool).await
}

/// Returns the version of the new row; [`None`] when a row exists.
pub(crate) async fn insert(
    pool: &SqlitePool,
    key: &StoreKey,
    content: &Content,
) -> Result<Option<i64>> {
    let inserted = sqlx::query_scalar(INSERT)
        .bind(key.issuer().as_bytes())
        .bind(key.name().as_bytes())
        .bind(content.expose().as_bytes());
    Ok(inserted.fetch_all(pool).await?.pop())
}

/// Returns the new version of the row; [`None`] when it does not have the expected version.
pub(crate) async fn update(
    pool: &SqlitePool,
    key: &StoreKey,
    expected: i64,
    content: &Content,
) -> Result<Option<i64>> {
    let updated = sqlx::query_scalar(UPDATE)
        .bind(content.expose().as_bytes())
        .bind(key.issuer().as_bytes())
        .bind(key.name().as_bytes())
        .bind(expected);
    Ok(updated.fetch_all(pool).await?.pop())
}

/// Returns the version of the deleted row; [`None`] when it does not have the expected version.
pub(crate) async fn delete(
    pool: &SqlitePool,
    key: &StoreKey,
    expected: i64,
) -> Result<Option<i64>> {
    let deleted = sqlx::query_scalar(DELETE)
        .bind(key.issuer().as_bytes())
        .bind(key.name().as_bytes())
        .bind(expected);
    Ok(deleted.fetch_all(pool).await?.pop())
}

/// Returns a page of names.
pub(crate) async fn list(pool: &SqlitePool, query: &ListQuery) -> Result<Vec<Vec<u8>>> {
    let limit = i64::try_from(query.limit.min(MAX_PAGE_LENGTH)).unwrap_or(i64::MAX);
    let (prefix, after) = (
        query.prefix.as_bytes(),
        query.after.as_deref().map(str::as_bytes),
    );
    let names = sqlx::query_scalar(LIST)
        .bind(query.issuer.as_bytes())
        .bind(prefix)
        .bind(after)
        .bind(limit);
    names.fetch_all(pool).await
}
