//! A connection that returns to the pool only if it is in a known state.

use sqlx::pool::PoolConnection;
use sqlx::{PgConnection, PgPool, Postgres};

/// A connection that is closed when it is dropped, and so when the caller stops waiting. Otherwise a
/// connection in the middle of a response would occupy a place in the pool.
pub(crate) struct Checkout(Option<PoolConnection<Postgres>>);

impl Checkout {
    pub(crate) async fn take(pool: &PgPool) -> Result<Self, sqlx::Error> {
        Ok(Self(Some(pool.acquire().await?)))
    }

    pub(crate) fn connection(&mut self) -> &mut PgConnection {
        self.0
            .as_mut()
            .expect("only `give_back` takes it, by value")
    }

    /// Returns the connection to the pool.
    pub(crate) fn give_back(mut self) {
        drop(self.0.take());
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        if let Some(connection) = self.0.take() {
            drop(connection.detach());
        }
    }
}
