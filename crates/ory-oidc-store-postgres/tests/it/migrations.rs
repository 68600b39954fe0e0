//! The creation of the tables.

use ory_oidc_keeper::store::RegistrationStore;
use ory_oidc_store_postgres::PostgresStore;
use ory_oidc_store_postgres::sqlx::migrate::{Migration, MigrationType, Migrator};
use ory_oidc_store_postgres::sqlx::{self, SqlSafeStr};

use crate::database::{Database, content, execute, key, loaded, number, saved, shown};

const APPLIED: &str = "SELECT count(*) FROM ory_oidc_migrations";
const SCRIPTS: i64 = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn eight_processes_that_start_at_once_create_the_tables_once() {
    let database = Database::new().await;
    let mut stores = Vec::new();
    for _ in 0..8 {
        stores.push(PostgresStore::connect(&database.url()).await.unwrap());
    }
    let tasks: Vec<_> = stores
        .into_iter()
        .map(|store| tokio::spawn(async move { store.migrate().await }))
        .collect();
    for task in tasks {
        task.await.unwrap().unwrap();
    }
    assert_eq!(
        number(&mut database.connection().await, APPLIED).await,
        SCRIPTS
    );
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn migrating_again_changes_nothing() {
    let database = Database::new().await;
    let store = database.store().await;
    let version = saved(&store, &key("app"), None, "1").await;
    store.migrate().await.unwrap();
    store.migrate().await.unwrap();
    assert_eq!(
        number(&mut database.connection().await, APPLIED).await,
        SCRIPTS
    );
    assert_eq!(loaded(&store, &key("app")).await.version, version);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn the_migrations_and_tables_of_the_app_are_left_unchanged() {
    const STATE: &str = "SELECT hashtext(string_agg(m::text, ',') || \
        (SELECT string_agg(t::text, ',') FROM things t))::bigint FROM _sqlx_migrations m";
    let database = Database::new().await;
    let pool = database.pool().await;
    let sql = "CREATE TABLE things (name text); INSERT INTO things VALUES ('kept')".into_sql_str();
    let things = Migration::new(1, "things".into(), MigrationType::Simple, sql, false);
    let app = Migrator::with_migrations(vec![things]);
    app.run(&pool).await.unwrap();
    let mut connection = database.connection().await;
    let before = number(&mut connection, STATE).await;

    let store = PostgresStore::from_pool(pool.clone());
    store.migrate().await.unwrap();
    saved(&store, &key("app"), None, "1").await;

    assert_eq!(number(&mut connection, STATE).await, before);
    app.run(&pool).await.unwrap();
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_failed_migration_can_be_repeated_by_any_process() {
    let database = Database::new().await;
    let mut connection = database.connection().await;
    execute(
        &mut connection,
        "CREATE TABLE ory_oidc_registrations (of_the_app text)",
    )
    .await;
    let store = PostgresStore::connect(&database.url()).await.unwrap();
    let error = store.migrate().await.unwrap_err();
    assert!(shown(&error).contains("SQLSTATE 42P07"), "{error:?}");

    execute(&mut connection, "DROP TABLE ory_oidc_registrations").await;
    let other = PostgresStore::connect(&database.url()).await.unwrap();
    other.migrate().await.unwrap();
    store.migrate().await.unwrap();
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_database_of_the_first_release_is_updated_and_keeps_its_rows() {
    let database = Database::new().await;
    let sql = include_str!("../../migrations/0001_registrations.sql").into_sql_str();
    let simple = MigrationType::Simple;
    let first = Migration::new(1, "registrations".into(), simple, sql, false);
    let mut first = Migrator::with_migrations(vec![first]);
    first.dangerous_set_table_name("ory_oidc_migrations");
    first.run(&database.pool().await).await.unwrap();
    let mut connection = database.connection().await;
    assert_eq!(number(&mut connection, APPLIED).await, 1);

    let store = PostgresStore::connect(&database.url()).await.unwrap();
    let app = saved(&store, &key("app"), None, "1").await;
    let other = saved(&store, &key("other"), None, "2").await;
    store.migrate().await.unwrap();

    assert_eq!(number(&mut connection, APPLIED).await, SCRIPTS);
    for (name, version, text) in [("app", app, "1"), ("other", other, "2")] {
        let entry = loaded(&store, &key(name)).await;
        assert_eq!((entry.version, entry.content), (version, content(text)));
    }
    let used = "SELECT count(*) FROM ory_oidc_used_tokens";
    assert_eq!(number(&mut connection, used).await, 0);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn an_older_release_can_start_beside_a_newer_one() {
    let database = Database::new().await;
    let store = database.store().await;
    let newer = "INSERT INTO ory_oidc_migrations (version, description, success, checksum, \
        execution_time) VALUES (1000, 'of a newer release', true, '', 0)";
    execute(&mut database.connection().await, newer).await;
    store.migrate().await.unwrap();
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn the_tables_are_created_in_the_schema_of_the_search_path() {
    let database = Database::new().await;
    execute(&mut database.connection().await, "CREATE SCHEMA identity").await;
    let url = format!("{}&options[search_path]=identity", database.url());
    let store = PostgresStore::connect(&url).await.unwrap();
    store.migrate().await.unwrap();
    store.save(&key("app"), None, &content("1")).await.unwrap();
    let schemas: Vec<String> = sqlx::query_scalar(
        "SELECT table_schema::text FROM information_schema.tables WHERE table_name LIKE 'ory%'",
    )
    .fetch_all(&mut database.connection().await)
    .await
    .unwrap();
    assert_eq!(schemas, ["identity"; 3]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_missing_table_is_named_in_the_error() {
    let database = Database::new().await;
    let store = PostgresStore::connect(&database.url()).await.unwrap();
    let error = store.load(&key("app")).await.unwrap_err();
    let shown = shown(&error);
    assert!(
        shown.contains("\"ory_oidc_registrations\" does not exist"),
        "{shown}"
    );
}
