//! An app with a client for each tenant, in several processes.
//!
//! The processes are this test binary, with a task in their environment. `ORY_OIDC_TENANTS` sets the
//! number of tenants, for example 10000.

use std::collections::BTreeSet;
use std::env;
use std::error::Error as _;
use std::process::Stdio;
use std::time::{Duration, Instant};

use ory_oidc::{Client, ClientMetadata};
use ory_oidc_keeper::Keepers;
use ory_oidc_mock::OryMock;
use ory_oidc_store_postgres::PostgresStore;
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, Command};

use crate::database::Database;

const PROCESSES: usize = 4;
const TENANTS: usize = 400;
/// What the server allows in a second.
const RATE_LIMIT: u32 = 100;

const COUNT: &str = "ORY_OIDC_TENANTS";
const SERVER: &str = "ORY_OIDC_TEST_TENANTS_SERVER";
const DATABASE: &str = "ORY_OIDC_TEST_TENANTS_DATABASE";
const RUN: &str = "ORY_OIDC_TEST_TENANTS_RUN";
/// The leases of the registrations and of the run, in seconds.
const LEASE: &str = "ORY_OIDC_TEST_TENANTS_LEASE";

fn tenant_count() -> usize {
    let count = env::var(COUNT).ok();
    count.map_or(TENANTS, |count| count.parse().unwrap())
}

fn tenants() -> impl Iterator<Item = (String, ClientMetadata)> {
    (0..tenant_count()).map(|number| {
        let name = format!("tenant-{number}");
        let callback = format!("https://{name}.app.example/callback");
        let metadata = ClientMetadata::new([callback]).client_name(&name);
        (name, metadata)
    })
}

/// What the processes of a run report, summed up.
#[derive(Debug, Default)]
struct Totals {
    registered: usize,
    found: usize,
    elsewhere: usize,
    failed: usize,
    refused: usize,
}

impl Totals {
    fn add(&mut self, report: &str) {
        let numbers = report.split(' ').map(|number| number.parse().unwrap());
        let [registered, found, elsewhere, failed, refused] =
            numbers.collect::<Vec<usize>>().try_into().unwrap();
        self.registered += registered;
        self.found += found;
        self.elsewhere += elsewhere;
        self.failed += failed;
        self.refused += refused;
    }
}

fn start(ory: &OryMock, database: &Database, name: &str, lease: u64) -> Vec<Child> {
    let start = |_| {
        Command::new(env::current_exe().unwrap())
            .args(["--exact", "tenants::runs_a_process_of_another_test"])
            .args(["--nocapture", "--include-ignored"])
            .env(SERVER, ory.url())
            .env(DATABASE, database.url())
            .env(RUN, name)
            .env(LEASE, lease.to_string())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap()
    };
    (0..PROCESSES).map(start).collect()
}

/// Runs the processes, and returns what they report.
async fn run(ory: &OryMock, database: &Database, name: &str) -> Totals {
    let processes = start(ory, database, name, 60);
    let mut totals = Totals::default();
    for process in processes {
        totals.add(&report(process).await);
    }
    totals
}

async fn report(mut process: Child) -> String {
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let mut report = None;
    while let Some(line) = lines.next_line().await.unwrap() {
        if let Some((_, numbers)) = line.split_once("done: ") {
            report = Some(numbers.to_owned());
        } else if line.starts_with("tenant-") {
            eprintln!("{line}");
        }
    }
    assert!(process.wait().await.unwrap().success());
    report.unwrap()
}

#[tokio::test]
#[ignore = "runs in other processes only"]
#[allow(clippy::print_stdout, reason = "the other process reads it")]
async fn runs_a_process_of_another_test() {
    let Ok(server) = env::var(SERVER) else { return };
    let store = PostgresStore::connect(&env::var(DATABASE).unwrap()).await;
    let lease = Duration::from_secs(env::var(LEASE).unwrap().parse().unwrap());
    // A longer timeout would extend the lease.
    let store = store.unwrap().with_timeout(lease / 3);
    let keepers = Keepers::with_options(Client::new(server).unwrap(), store, move |builder| {
        builder.lease(lease)
    });
    let run = env::var(RUN).unwrap();
    let mut all = keepers.ensure_all(tenants()).share(run).lease(lease);
    while let Some(ensured) = all.next().await {
        if let Err(error) = ensured.result {
            let source = error.source().map(|source| format!("{source:?}"));
            println!("{}: {error}: {source:?}", ensured.name);
        }
    }
    let its = all.progress();
    let numbers = [
        its.registered,
        its.found,
        its.elsewhere,
        its.failed,
        its.rate_limited,
    ];
    println!(
        "\ndone: {}",
        numbers.map(|number| number.to_string()).join(" ")
    );
}

fn count(ory: &OryMock, method: &str) -> usize {
    let requests = ory.requests();
    requests.iter().filter(|one| one.method() == method).count()
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
#[allow(clippy::print_stdout, reason = "the numbers are of interest")]
async fn four_processes_register_each_tenant_once_and_share_the_work() {
    let ory = OryMock::builder()
        .rate_limit(RATE_LIMIT, Duration::from_secs(1))
        .start()
        .await;
    let database = Database::new().await;
    let store = database.store().await;
    let tenant_count = tenant_count();

    let began = Instant::now();
    let first = run(&ory, &database, "first").await;
    let posts = count(&ory, "POST");
    println!("first run, {:?}: {posts} POST, {first:?}", began.elapsed());
    assert_eq!(
        (first.registered, first.found, first.failed),
        (tenant_count, 0, 0)
    );
    assert_eq!(first.elsewhere, (PROCESSES - 1) * tenant_count);
    assert_eq!(ory.registered_clients().len(), tenant_count);
    assert_eq!(posts, tenant_count + first.refused);
    assert_eq!(ory.requests().len(), posts, "nothing was read");

    let began = Instant::now();
    let second = run(&ory, &database, "second").await;
    let gets = count(&ory, "GET");
    println!("second run, {:?}: {gets} GET, {second:?}", began.elapsed());
    assert_eq!(
        (second.registered, second.found, second.failed),
        (0, tenant_count, 0)
    );
    assert_eq!(gets, tenant_count + second.refused, "one read each");
    assert_eq!(ory.requests().len(), posts + gets, "nothing was written");

    let ids = stored_ids(&ory, store).await;
    assert_eq!(
        ids.into_iter().collect::<Vec<_>>(),
        ory.registered_clients()
    );
}

#[tokio::test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
async fn the_other_processes_do_the_work_of_one_that_is_killed() {
    let ory = OryMock::builder()
        .rate_limit(RATE_LIMIT, Duration::from_secs(1))
        .start()
        .await;
    let database = Database::new().await;
    let store = database.store().await;
    let mut processes = start(&ory, &database, "run", 15);
    while ory.registered_clients().len() < tenant_count() / 4 {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    processes.remove(0).kill().await.unwrap();
    for process in processes {
        let mut totals = Totals::default();
        totals.add(&report(process).await);
        assert_eq!(totals.failed, 0);
        let done = totals.registered + totals.found + totals.elsewhere;
        assert_eq!(done, tenant_count());
    }
    let ids = stored_ids(&ory, store).await;
    assert_eq!(ids.len(), tenant_count());
    let clients = ory.registered_clients();
    assert!(ids.iter().all(|id| clients.contains(id)));
    // Of those that the process was registering, the response may be lost.
    let in_progress = 16;
    assert!(clients.len() <= tenant_count() + in_progress);
}

/// Returns the ids of the stored clients, which differ.
async fn stored_ids(ory: &OryMock, store: PostgresStore) -> BTreeSet<String> {
    let keepers = Keepers::new(Client::new(ory.url()).unwrap(), store);
    let (mut names, mut ids) = (keepers.names(), BTreeSet::new());
    while let Some(name) = names.next().await.unwrap() {
        let stored = keepers.keeper(name).stored().await.unwrap().unwrap();
        assert!(ids.insert(stored.client_id().to_owned()));
    }
    ids
}
