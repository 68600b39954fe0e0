//! The stores.

use crate::gateway::Rules;
use crate::program::ory_oidc;
use ory_oidc_mock::OryMock;
use ory_oidc_test_servers::Postgres;
use serde_json::json;
use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};

const REGISTER: [&str; 4] = [
    "register",
    "web",
    "--redirect-uri",
    "https://app.example/callback",
];

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_postgresql_store_is_shared_and_its_password_is_not_shown() {
    let ory = OryMock::start().await;
    let server = Postgres::shared().await;
    let database = server.url(&server.create_database().await);
    let run = |arguments: &[&str]| {
        let program = ory_oidc(arguments.iter().copied()).server(ory.url());
        program.variable("ORY_OIDC_STORE", &database)
    };
    let registered = run(&REGISTER).json(0);
    assert_eq!(run(&["show"]).json(0), json!({"names": ["web"]}));
    let shown = run(&["show", "web"]).json(0);
    assert_eq!(shown["registration"], registered["registration"]);
    assert_eq!(run(&["delete", "web"]).json(0)["outcome"], "deleted");

    let wrong = database.replace("zebra", "zebra-wrong");
    let failed = ory_oidc(["show"])
        .server(ory.url())
        .variable("ORY_OIDC_STORE", &wrong)
        .run();
    assert!(!failed.stderr.contains("zebra"), "{failed:?}");
    assert!(failed.failed(1).contains("cannot connect to the store"));
    let help = run(&["show", "--help"]).run().ok();
    assert!(
        !help.contains("zebra"),
        "the help does not show the variable: {help}"
    );
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn a_postgresql_user_who_may_not_create_tables_may_use_them() {
    let ory = OryMock::start().await;
    let server = Postgres::shared().await;
    let database = server.create_database().await;
    let run = |user: &str, arguments: &[&str]| {
        let store = server.url(&database);
        let store = store.replace("//postgres:", &format!("//{user}:"));
        let program = ory_oidc(arguments.iter().copied()).server(ory.url());
        program.variable("ORY_OIDC_STORE", &store)
    };
    let failed = run("postgres", &["show"]).run().failed(2);
    assert!(failed.contains("no registrations"), "{failed}");
    run("postgres", &REGISTER).run().ok();

    let user = format!("app_{database}");
    let statements = format!(
        "CREATE ROLE {user} LOGIN PASSWORD 'zebra/of@the?tests'; REVOKE CREATE ON SCHEMA public FROM PUBLIC; \
         GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {user}; \
         GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {user}"
    );
    server.execute(&database, statements).await;
    assert_eq!(run(&user, &["show"]).json(0), json!({"names": ["web"]}));
    run(&user, &["rotate", "web"]).run().ok();
    run(&user, &["delete", "web"]).run().ok();
    run(&user, &REGISTER).run().ok();
}

#[test]
fn a_sqlite_store_is_a_file() {
    let ory = OryMock::start_blocking();
    let folder = tempfile::tempdir().expect("a folder");
    let run = |arguments: &[&str]| {
        let program = ory_oidc(arguments.iter().copied()).server(ory.url());
        program.store("sqlite:ory.sqlite").folder(folder.path())
    };
    let failed = run(&["show"]).run().failed(2);
    assert!(failed.contains("there is no store"), "{failed}");
    run(&REGISTER).run().ok();
    assert_eq!(run(&["show"]).json(0), json!({"names": ["web"]}));
    assert_eq!(run(&["delete", "web"]).json(0)["outcome"], "deleted");
    assert!(folder.path().join("ory.sqlite").is_file());
}

#[test]
fn a_store_that_cannot_be_used_is_explained() {
    let ory = OryMock::start_blocking();
    let folder = tempfile::tempdir().expect("a folder");
    let missing = folder.path().join("missing");
    let failed = ory_oidc(["show"])
        .server(ory.url())
        .store(&missing)
        .run()
        .failed(2);
    assert!(failed.contains("there is no store"), "{failed}");
    assert!(!missing.exists(), "looking creates nothing");
    for place in [
        "mysql://db/app",
        "POSTGRES://user:zebra@db/app",
        "postgres:user:zebra@db/app",
        "host=db user=app password=zebra",
    ] {
        let refused = ory_oidc(REGISTER).server(ory.url()).folder(folder.path());
        let failed = refused.store(place).run().failed(2);
        assert!(failed.contains("postgres://"), "{failed}");
        assert!(!failed.contains("zebra"), "{failed}");
    }
    for place in ["sqlite::memory:", "sqlite:file:ory.sqlite?mode=memory"] {
        let refused = ory_oidc(REGISTER).server(ory.url()).folder(folder.path());
        let failed = refused.store(place).json(1);
        let causes = failed["error"]["causes"].to_string();
        assert!(causes.contains("path of a file"), "{causes}");
    }
    let files = fs::read_dir(folder.path()).expect("a folder");
    assert_eq!(files.count(), 0, "nothing was created");
    let failed = ory_oidc(REGISTER).server(ory.url()).run().failed(2);
    assert!(failed.contains("--store"), "{failed}");
    assert!(ory.requests().is_empty(), "nothing was sent");
}

#[cfg(unix)]
#[test]
fn a_folder_that_others_can_read_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;

    let ory = OryMock::start_blocking();
    let folder = tempfile::tempdir().expect("a folder");
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("it is ours");
    let failed = ory_oidc(REGISTER)
        .server(ory.url())
        .store(folder.path())
        .json(1);
    assert_eq!(failed["error"]["kind"], "store_unsafe");
    assert!(ory.registered_clients().is_empty());
}

#[test]
fn credentials_that_the_store_does_not_take_are_rescued() {
    let ory = OryMock::start_blocking();
    let folder = tempfile::tempdir().expect("a folder");
    let store = folder.path().join("store");
    // The store goes away with the second response: after the read, and before the update is saved.
    let responses = AtomicUsize::new(0);
    let (from, to) = (store.clone(), folder.path().join("away"));
    let rules = Rules::new(ory.url()).change("/oauth2/register/", move |_| {
        if responses.fetch_add(1, Ordering::Relaxed) == 1 {
            fs::rename(&from, &to).expect("the store can be moved");
        }
    });
    let gateway = rules.start();
    let run = |arguments: &[&str], store: &Path| {
        let program = ory_oidc(arguments.iter().copied()).server(&gateway.url());
        program.store(store).folder(folder.path())
    };
    run(&REGISTER, &store).run().ok();
    let failed = run(&["rotate", "web"], &store).json(6);
    assert_eq!(failed["error"]["kind"], "not_saved", "{failed:#}");

    let files = fs::read_dir(folder.path()).expect("a folder").flatten();
    let rescued = files.map(|file| file.path());
    let rescued: Vec<_> = rescued.filter(|path| path.extension().is_some()).collect();
    let [rescued] = rescued.as_slice() else {
        panic!("{rescued:?}");
    };
    let rescued = rescued.to_str().expect("the path is text");
    let fix = failed["error"]["fix"].as_str().expect("a text");
    assert!(fix.contains(rescued), "{fix}");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = fs::metadata(rescued)
            .expect("it exists")
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let other = folder.path().join("other");
    run(&["adopt", "web", "--file", rescued], &other).run().ok();
    run(&["rotate", "web"], &other).run().ok();
}
