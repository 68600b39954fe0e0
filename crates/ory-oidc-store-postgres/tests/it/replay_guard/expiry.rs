//! Expired rows, which some calls delete.

use std::time::Duration;

use super::{is_first, token};
use crate::database::{Database, execute, number};

const EXPIRED: &str = "SELECT count(*) FROM ory_oidc_used_tokens WHERE remember_until <= now()";

impl Database {
    /// Inserts expired rows.
    async fn insert_expired(&self, rows: u32) {
        let insert = format!(
            "INSERT INTO ory_oidc_used_tokens SELECT sha256(n::text::bytea), now() - n * interval '1 s' \
             FROM generate_series(1, {rows}) n"
        );
        execute(&mut self.connection().await, &insert).await;
    }

    async fn expired(&self) -> i64 {
        number(&mut self.connection().await, EXPIRED).await
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_call_deletes_at_most_a_hundred_expired_rows_and_the_next_call_goes_on() {
    let database = Database::new().await;
    // Its clean-up runs before any row has expired.
    let live = database.guard().await;
    for jti in ["a", "b", "c"] {
        assert!(is_first(&live, &token(jti)).await);
    }
    database.insert_expired(250).await;

    let guard = database.guard().await;
    for (call, left) in [150, 50, 0].into_iter().enumerate() {
        assert!(is_first(&guard, &token(&call.to_string())).await);
        assert_eq!(database.expired().await, left);
    }
    assert_eq!(database.uses().await, 6);
    for jti in ["a", "b", "c", "0", "1", "2"] {
        assert!(!is_first(&guard, &token(jti)).await);
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn all_clones_together_delete_expired_rows_once_a_minute() {
    let database = Database::new().await;
    let guard = database.guard().await;
    assert!(is_first(&guard, &token("1")).await);
    database.insert_expired(5).await;
    for jti in ["2", "3"] {
        assert!(is_first(&guard.clone(), &token(jti)).await);
        assert_eq!(database.expired().await, 5);
    }

    tokio::time::pause();
    tokio::time::advance(Duration::from_mins(1)).await;
    tokio::time::resume();
    assert!(is_first(&guard.clone(), &token("4")).await);
    assert_eq!(database.expired().await, 0);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn an_expired_row_that_is_locked_is_skipped() {
    let database = Database::new().await;
    let guard = database.guard().await;
    database.insert_expired(3).await;
    let mut holder = database.connection().await;
    let hold =
        "BEGIN; SELECT * FROM ory_oidc_used_tokens ORDER BY remember_until LIMIT 1 FOR UPDATE";
    execute(&mut holder, hold).await;
    assert!(is_first(&guard, &token("1")).await);
    assert_eq!(database.expired().await, 1);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_clean_up_that_fails_or_hangs_does_not_affect_the_answer() {
    for trouble in ["RAISE EXCEPTION 'not today'", "PERFORM pg_sleep(60)"] {
        let database = Database::new().await;
        let guard = database.guard().await.with_timeout(Duration::from_secs(8));
        database.insert_expired(1).await;
        let trigger = format!(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql \
                AS $$ BEGIN {trouble}; RETURN OLD; END $$; \
            CREATE TRIGGER refuse BEFORE DELETE ON ory_oidc_used_tokens \
                FOR EACH ROW EXECUTE FUNCTION refuse()"
        );
        execute(&mut database.connection().await, &trigger).await;
        assert!(is_first(&guard, &token("1")).await, "{trouble}");
        assert!(!is_first(&guard, &token("1")).await, "{trouble}");
        assert_eq!(database.expired().await, 1, "{trouble}");
    }
}
