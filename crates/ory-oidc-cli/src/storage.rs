//! The store that keeps the registrations.

use crate::failure::{Failure, chain};
use clap::Args;
use ory_oidc_keeper::store::{ListQuery, StoreError};
use ory_oidc_keeper::{FileStore, RegistrationStore};
use ory_oidc_store_postgres::PostgresStore;
use ory_oidc_store_sqlite::SqliteStore;
use std::path::Path;
use std::sync::Arc;

const MAX_CONNECTIONS: u32 = 5;
/// The SQLSTATE of a table that does not exist.
const UNDEFINED_TABLE: &str = "42P01";

/// Where registrations are stored.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Store")]
pub(crate) struct Storage {
    /// A directory, sqlite:FILE, or postgres://user@host/database. Set the variable, not the option,
    /// if the URL has a password
    #[arg(
        long,
        env = "ORY_OIDC_STORE",
        hide_env_values = true,
        value_name = "PATH|sqlite:FILE|postgres://…"
    )]
    store: String,
}

/// Whether a command may create the store.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Access {
    Existing,
    Create,
}

impl Storage {
    pub(crate) async fn open(&self, access: Access) -> Result<Arc<dyn RegistrationStore>, Failure> {
        let place = self.store.as_str();
        if place.starts_with("postgres://") || place.starts_with("postgresql://") {
            return open_postgres(place, access).await;
        }
        if let Some(path) = place.strip_prefix("sqlite:") {
            return open_sqlite(Path::new(path), access).await;
        }
        // Not shown, as it may contain a password.
        if is_other_url(place) {
            return Err(Failure::usage(
                "the store is not a directory, sqlite:FILE or postgres://…",
            )
            .fix(
                "set --store to a directory, to sqlite:FILE or to postgres://user@host/database",
            ));
        }
        if access == Access::Existing && !Path::new(place).is_dir() {
            return Err(no_store(Path::new(place)));
        }
        let store = FileStore::open(place).map_err(|error| failure(&error))?;
        Ok(Arc::new(store))
    }
}

/// Whether a text is a URL of another kind, a misspelled one, or the connection string of a database.
fn is_other_url(place: &str) -> bool {
    let lower = place.to_ascii_lowercase();
    lower.contains("://")
        || lower.starts_with("postgres") && lower.contains(':')
        || lower.contains("password=")
}

async fn open_sqlite(path: &Path, access: Access) -> Result<Arc<dyn RegistrationStore>, Failure> {
    if access == Access::Existing && !path.is_file() {
        return Err(no_store(path));
    }
    let opened = SqliteStore::open(path).await;
    let store = opened.map_err(|error| {
        Failure::new("store_unavailable", "cannot open the store")
            .because(&error)
            .fix("check the path of the file, and that this user owns it")
    })?;
    Ok(Arc::new(store))
}

fn no_store(path: &Path) -> Failure {
    Failure::usage(format!("there is no store at {}", path.display()))
        .fix("set --store or ORY_OIDC_STORE to the store that `register` used")
}

async fn open_postgres(url: &str, access: Access) -> Result<Arc<dyn RegistrationStore>, Failure> {
    let cannot = |what: &str, error: &dyn std::error::Error| {
        Failure::new("store_unavailable", what)
            .because(error)
            .fix("check the URL, its user and its password. Set PGPASSWORD or ORY_OIDC_STORE for the password")
    };
    let connected = PostgresStore::builder(url)
        .max_connections(MAX_CONNECTIONS)
        .connect()
        .await;
    let store = connected.map_err(|error| cannot("cannot connect to the store", &error))?;
    let mut query = ListQuery::new("");
    query.limit = 1;
    let created = match access {
        Access::Existing => None,
        Access::Create => store.migrate().await.err(),
    };
    // A user who may not create tables may use those that exist.
    match (store.list(&query).await, created) {
        (Ok(_), _) => Ok(Arc::new(store)),
        (Err(_), Some(error)) => Err(cannot("cannot create the tables of the store", &error)),
        (Err(error), None) if chain(&error).join(" ").contains(UNDEFINED_TABLE) => {
            Err(Failure::usage("the database has no registrations")
                .fix("set --store or ORY_OIDC_STORE to the store that `register` used"))
        }
        (Err(error), None) => Err(failure(&error)),
    }
}

pub(crate) fn failure(error: &StoreError) -> Failure {
    let (kind, fix) = match error {
        StoreError::Unsafe { .. } => (
            "store_unsafe",
            "permit only this user to access the store, or use another directory",
        ),
        StoreError::Damaged { .. } => (
            "store_damaged",
            "repair the entry or restore it from a backup; it may hold the only copy of a secret",
        ),
        StoreError::Refused { .. } => (
            "store_refused",
            "the store cannot hold this registration: raise its limit, or use another name",
        ),
        _ => (
            "store_unavailable",
            "check that the store is reachable and has space, then run the command again",
        ),
    };
    let failure = Failure::new(kind, "the store cannot be used").because(error);
    let exit = if error.is_retryable() {
        crate::exit::Exit::TryAgain
    } else {
        failure.exit
    };
    failure.fix(fix).exit(exit)
}
