//! Rows that are past, which some calls remove.

use std::time::Duration;

use super::{is_first, token};
use crate::database::{Database, execute, number};

const PAST: &str = "SELECT count(*) FROM ory_oidc_used_tokens WHERE remember_until <= now()";

impl Database {
    /// Uses of a time gone by.
    async fn with_past(&self, rows: u32) {
        let insert = format!(
            "INSERT INTO ory_oidc_used_tokens SELECT sha256(n::text::bytea), now() - n * interval '1 s' \
             FROM generate_series(1, {rows}) n"
        );
        execute(&mut self.connection().await, &insert).await;
    }

    async fn past(&self) -> i64 {
        number(&mut self.connection().await, PAST).await
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_call_removes_a_hundred_past_rows_at_most_and_the_next_goes_on() {
    let database = Database::new().await;
    // It looks before there is anything past.
    let live = database.guard().await;
    for jti in ["a", "b", "c"] {
        assert!(is_first(&live, &token(jti)).await);
    }
    database.with_past(250).await;

    let guard = database.guard().await;
    for (call, left) in [150, 50, 0].into_iter().enumerate() {
        assert!(is_first(&guard, &token(&call.to_string())).await);
        assert_eq!(database.past().await, left);
    }
    assert_eq!(database.uses().await, 6);
    for jti in ["a", "b", "c", "0", "1", "2"] {
        assert!(!is_first(&guard, &token(jti)).await);
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn past_rows_are_looked_for_once_a_minute_by_all_clones_together() {
    let database = Database::new().await;
    let guard = database.guard().await;
    assert!(is_first(&guard, &token("1")).await);
    database.with_past(5).await;
    for jti in ["2", "3"] {
        assert!(is_first(&guard.clone(), &token(jti)).await);
        assert_eq!(database.past().await, 5);
    }

    tokio::time::pause();
    tokio::time::advance(Duration::from_mins(1)).await;
    tokio::time::resume();
    assert!(is_first(&guard.clone(), &token("4")).await);
    assert_eq!(database.past().await, 0);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_past_row_that_somebody_else_is_at_is_left_to_them() {
    let database = Database::new().await;
    let guard = database.guard().await;
    database.with_past(3).await;
    let mut holder = database.connection().await;
    let hold =
        "BEGIN; SELECT * FROM ory_oidc_used_tokens ORDER BY remember_until LIMIT 1 FOR UPDATE";
    execute(&mut holder, hold).await;
    assert!(is_first(&guard, &token("1")).await);
    assert_eq!(database.past().await, 1);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn where_past_rows_cannot_be_removed_the_answer_is_right_and_in_time() {
    for trouble in ["RAISE EXCEPTION 'not today'", "PERFORM pg_sleep(60)"] {
        let database = Database::new().await;
        let guard = database.guard().await.time_limit(Duration::from_secs(8));
        database.with_past(1).await;
        let trigger = format!(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql \
                AS $$ BEGIN {trouble}; RETURN OLD; END $$; \
            CREATE TRIGGER refuse BEFORE DELETE ON ory_oidc_used_tokens \
                FOR EACH ROW EXECUTE FUNCTION refuse()"
        );
        execute(&mut database.connection().await, &trigger).await;
        assert!(is_first(&guard, &token("1")).await, "{trouble}");
        assert!(!is_first(&guard, &token("1")).await, "{trouble}");
        assert_eq!(database.past().await, 1, "{trouble}");
    }
}
