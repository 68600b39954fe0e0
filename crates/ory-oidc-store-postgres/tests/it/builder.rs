//! The connections that a builder configures.

use ory_oidc_store_postgres::PostgresStore;

use crate::database::{Database, execute, load, number};
use crate::waiting::{lock_the_table, until_connections_are_closed, until_waiting_for_a_lock};

const OPEN: &str = "SELECT count(*) FROM pg_stat_activity \
    WHERE datname = current_database() AND pid <> pg_backend_pid()";

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn the_builder_limits_the_connections() {
    let database = Database::new().await;
    drop(database.store().await);
    until_connections_are_closed(&database).await;
    for (limit, expected) in [(1, 1), (3, 3)] {
        let builder = PostgresStore::builder(database.url()).max_connections(limit);
        let store = builder.connect().await.unwrap();
        let mut holder = lock_the_table(&database).await;
        let loads = (0..10).map(|_| {
            let store = store.clone();
            tokio::spawn(async move { load(&store, "app").await })
        });
        let loads: Vec<_> = loads.collect();
        until_waiting_for_a_lock(&database, expected).await;
        // The connection that asks is excluded; the one that holds the lock is not.
        let open = number(&mut database.connection().await, OPEN).await;
        assert_eq!(open - 1, expected);
        execute(&mut holder, "ROLLBACK").await;
        for load in loads {
            assert_eq!(load.await.unwrap(), None);
        }
        drop((store, holder));
        until_connections_are_closed(&database).await;
    }
}

#[test]
fn debug_does_not_show_the_url() {
    let builder = PostgresStore::builder("postgres://app:zebra@db.example/app");
    let shown = format!("{builder:?} {builder:#?}");
    assert!(!shown.contains("zebra"), "{shown}");
    assert!(shown.contains("max_connections"), "{shown}");
}
