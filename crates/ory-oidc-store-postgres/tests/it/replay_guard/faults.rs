//! Failures are errors, and never a first use.

use std::error::Error as _;
use std::time::{Duration, SystemTime};

use ory_oidc::token::{ReplayGuard, ReplayGuardError, TokenUse};
use ory_oidc_store_postgres::sqlx::PgPool;
use ory_oidc_store_postgres::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use ory_oidc_store_postgres::{DatabaseError, PostgresReplayGuard};

use super::{ISSUER, is_first, token};
use crate::database::{Database, execute, shown};
use crate::proxy::Proxy;
use crate::waiting::until_one_waits_for_a_lock;

/// The number of places at which an exchange is cut.
const PARTS: usize = 30;

#[tokio::test]
async fn the_error_for_an_unreachable_server_does_not_show_the_password() {
    let nowhere = "postgres://app:zebra@nowhere.invalid/app";
    let error = PostgresReplayGuard::connect(nowhere).await.unwrap_err();
    assert!(error.to_string().contains("nowhere.invalid"), "{error}");
    assert!(!shown(&error).contains("zebra"), "{error:?}");

    let closed: PgConnectOptions = "postgres://app:zebra@127.0.0.1:1/app".parse().unwrap();
    let pool = PgPoolOptions::new().acquire_timeout(Duration::from_millis(300));
    let guard = PostgresReplayGuard::from_pool(pool.connect_lazy_with(closed));
    for _ in 0..2 {
        let error = guard.first_use(&token("1")).await.unwrap_err();
        let source = source(&error).to_string();
        assert!(source.contains("ory_oidc_used_tokens"), "{source}");
        assert!(!shown(&error).contains("zebra"), "{error:?}");
    }
    assert!(!format!("{guard:?} {guard:#?}").contains("zebra"));
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn the_error_for_a_wrong_password_does_not_show_it() {
    let url = Database::new().await.url().replace("zebra", "other-zebra");
    let error = PostgresReplayGuard::connect(&url).await.unwrap_err();
    assert_eq!(error.sqlstate(), Some("28P01"));
    assert!(!shown(&error).contains("zebra"), "{error:?}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_missing_table_is_named_in_the_error() {
    let database = Database::new().await;
    let guard = PostgresReplayGuard::connect(&database.url()).await.unwrap();
    let error = guard.first_use(&token("1")).await.unwrap_err();
    let shown = shown(&error);
    assert!(
        shown.contains("\"ory_oidc_used_tokens\" does not exist"),
        "{shown}"
    );
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_time_out_of_the_range_of_the_database_is_an_error() {
    let database = Database::new().await;
    let guard = database.guard().await;
    let until = SystemTime::now() + Duration::from_secs(u64::MAX >> 2);
    let far = TokenUse::new(ISSUER, "1", until);
    for _ in 0..2 {
        let error = guard.first_use(&far).await.unwrap_err();
        assert!(shown(&error).contains("SQLSTATE 22008"), "{error:?}");
    }
    assert!(is_first(&guard, &token("1")).await);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_use_that_fails_at_commit_is_an_error_and_not_recorded() {
    let database = Database::new().await;
    let guard = database.guard().await;
    let at_commit = "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql \
            AS $$ BEGIN RAISE EXCEPTION 'not today'; END $$; \
        CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON ory_oidc_used_tokens \
            DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION refuse()";
    let mut connection = database.connection().await;
    execute(&mut connection, at_commit).await;
    let error = guard.first_use(&token("1")).await.unwrap_err();
    assert!(shown(&error).contains("not today"), "{error:?}");
    execute(&mut connection, "DROP FUNCTION refuse CASCADE").await;
    assert!(is_first(&guard, &token("1")).await);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_session_that_the_server_ends_records_nothing_and_leaves_a_working_guard() {
    let database = Database::new().await;
    let guard = database.guard().await;
    let mut holder = database.connection().await;
    let lock = "BEGIN; LOCK TABLE ory_oidc_used_tokens IN SHARE MODE";
    // After the first clean-up, so that the statement that waits is the one that records the use.
    assert!(is_first(&guard, &token("0")).await);
    execute(&mut holder, lock).await;
    let asking = guard.clone();
    let asking = tokio::spawn(async move { asking.first_use(&token("1")).await });
    let process = until_one_waits_for_a_lock(&database).await;
    let end = format!("SELECT pg_terminate_backend({process})");
    execute(&mut holder, &end).await;

    let error = asking.await.unwrap().unwrap_err();
    assert!(shown(&error).contains("SQLSTATE 57P01"), "{error:?}");
    execute(&mut holder, "ROLLBACK").await;
    assert!(is_first(&guard, &token("1")).await);
}

/// Returns the database's error, which is the source of each error of the guard.
#[track_caller]
fn source(error: &ReplayGuardError) -> &DatabaseError {
    let source = error.source().expect("a source");
    source.downcast_ref().expect("an error of the database")
}

/// A guard through a proxy, on one connection.
struct Rig {
    proxy: Proxy,
    pool: PgPool,
    through: PostgresReplayGuard,
    direct: PostgresReplayGuard,
}

impl Rig {
    async fn new() -> Self {
        let database = Database::new().await;
        let direct = database.guard().await;
        let proxy = Proxy::start().await;
        let pool = database.narrow_pool(proxy.port).await;
        let through = PostgresReplayGuard::from_pool(pool.clone());
        Self {
            proxy,
            pool,
            through,
            direct,
        }
    }

    /// Reconnects if necessary, and waits until the connection is back in the pool.
    async fn warm_up(&self) {
        self.through.first_use(&token("warm")).await.unwrap();
        while self.pool.num_idle() == 0 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_connection_cut_at_any_byte_lets_a_token_be_used_at_most_once() {
    let rig = Rig::new().await;
    let flows = [&rig.proxy.to_server, &rig.proxy.to_client];
    // The first exchange prepares the statement, and deletes expired rows.
    rig.warm_up().await;
    rig.warm_up().await;
    let start = flows.map(|flow| flow.passed());
    assert!(is_first(&rig.through, &token("measured")).await);
    let whole = [0, 1].map(|way| flows[way].passed() - start[way]);
    rig.warm_up().await;

    let (mut used, mut unused) = (0, 0);
    for (way, (flow, whole)) in flows.into_iter().zip(whole).enumerate() {
        let mut told = 0;
        for part in 0..=PARTS {
            let token = token(&format!("{way} {part}"));
            rig.warm_up().await;
            flow.cut_after(whole * part / PARTS);
            let outcome = rig.through.first_use(&token).await;
            flow.heal();
            if outcome.is_err() {
                rig.proxy.until_none_is_open().await;
            }
            let again = is_first(&rig.direct, &token).await;
            match outcome {
                Ok(first) => {
                    assert!(first && !again, "{way} {part}");
                    told += 1;
                }
                Err(error) => {
                    let _ = source(&error);
                    *if again { &mut unused } else { &mut used } += 1;
                }
            }
        }
        assert!(0 < told && told <= PARTS, "{told} of {PARTS} were told");
    }
    // Some were cut before the use was recorded, and some after.
    assert!(used > 0 && unused > 0, "{used}, {unused}");
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_server_that_stops_responding_blocks_neither_the_caller_nor_the_pool() {
    let rig = Rig::new().await;
    let hasty = rig.through.clone().with_timeout(Duration::from_millis(300));
    for round in 0..3 {
        let token = token(&round.to_string());
        rig.warm_up().await;
        rig.proxy.set_silent(true);
        let error = hasty.first_use(&token).await.unwrap_err();
        assert!(
            shown(&error).contains("no response within 300ms"),
            "{error:?}"
        );
        rig.proxy.set_silent(false);
        assert!(is_first(&rig.through, &token).await);
    }
}
