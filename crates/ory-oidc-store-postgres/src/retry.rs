//! Statements that run again when the database rolled them back because of concurrent ones.

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::QueryAs;
use sqlx::{FromRow, PgPool, Postgres};

use crate::checkout::Checkout;

const MAX_ATTEMPTS: usize = 5;

pub(crate) type Query<'q, Row> = QueryAs<'q, Postgres, Row, PgArguments>;

/// Runs a statement that returns at most one row. Isolation levels stricter than the default roll a
/// statement back even if a concurrent one had another key.
pub(crate) async fn fetch_optional<'q, Row>(
    pool: &PgPool,
    query: impl Fn() -> Query<'q, Row>,
) -> Result<Option<Row>, sqlx::Error>
where
    Row: for<'r> FromRow<'r, PgRow> + Send + Unpin,
{
    let mut attempt = 1;
    loop {
        let mut checkout = Checkout::take(pool).await?;
        let outcome = query().fetch_optional(checkout.connection()).await;
        match outcome {
            Err(error) if was_rolled_back(&error) && attempt < MAX_ATTEMPTS => {
                checkout.give_back();
            }
            // The server answered, so the connection is in a known state.
            Ok(_) | Err(sqlx::Error::Database(_)) => {
                checkout.give_back();
                return outcome;
            }
            Err(_) => return outcome,
        }
        attempt += 1;
    }
}

/// Whether the server certainly rolled the statement back because of a concurrent one:
/// `serialization_failure` or `deadlock_detected`.
pub(crate) fn was_rolled_back(error: &sqlx::Error) -> bool {
    let code = error
        .as_database_error()
        .and_then(sqlx::error::DatabaseError::code);
    matches!(code.as_deref(), Some("40001" | "40P01"))
}
