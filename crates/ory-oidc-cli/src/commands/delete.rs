//! `ory-oidc delete`.

use super::rescue::explain;
use crate::exit::Exit;
use crate::explain::not_registered;
use crate::failure::Failure;
use crate::interrupt;
use crate::output::{GOOD, Output, styled};
use crate::server::Server;
use crate::shell;
use crate::storage::{Access, Storage};
use clap::Args;
use ory_oidc_core::text::clip;
use ory_oidc_keeper::{Keeper, KeeperError, Retirement};
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  ory-oidc delete web
  Remove the stored entry of a client that only an administrator can delete:
    ory-oidc delete web --local";

/// Delete a client at the server, and then its entry in the store
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The name of the registration in the store
    name: String,

    /// Remove only the entry in the store. It may hold the only copy of the client's secret
    #[arg(long)]
    local: bool,

    #[command(flatten)]
    server: Server,

    #[command(flatten)]
    store: Storage,
}

pub(crate) async fn run(arguments: Arguments, output: Output) -> Result<Exit, Failure> {
    let name = &arguments.name;
    let failed = |error| explain("delete", name, &error);
    let client = arguments.server.client()?;
    let store = arguments.store.open(Access::Existing).await?;
    let keeper = Keeper::new(client, store, name);
    let known = keeper.last_known().await.map_err(failed)?;
    let (outcome, sentence) = if arguments.local {
        if known.is_none() {
            return Err(not_registered(name));
        }
        let discarded = interrupt::finish(keeper.discard_local()).await;
        discarded.map_err(failed)?;
        (
            "removed_locally",
            "was removed from the store; the client may still exist",
        )
    } else {
        match interrupt::finish(keeper.retire()).await.map_err(failed)? {
            Retirement::Deleted => ("deleted", "was deleted"),
            Retirement::AlreadyDeleted => (
                "already_deleted",
                "had been deleted at the server, and was removed from the store",
            ),
            Retirement::KeyLost => {
                return Err(failed(KeeperError::KeyLost).fix(format!(
                    "ask an administrator to delete the client, then run \
                     `ory-oidc delete {} --local`",
                    shell::word(name)
                )));
            }
            _ => return Err(not_registered(name)),
        }
    };
    let client_id = known.map(|known| known.client_id().to_owned());
    let result = json!({ "name": name, "client_id": client_id, "outcome": outcome });
    output.result(&result, || {
        format!("{} {sentence}", styled(GOOD, clip(name)))
    })?;
    Ok(Exit::Done)
}
