//! `ory-oidc update`.

use super::policy::Reset;
use super::rescue::explain;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt;
use crate::metadata::{MetadataOptions, set_all};
use crate::output::{GOOD, Output, styled};
use crate::server::Server;
use crate::storage::{Access, Storage};
use crate::view::View;
use clap::Args;
use ory_oidc_core::text::clip;
use ory_oidc_keeper::Keeper;
use serde_json::json;

const EXAMPLES: &str = "\
Examples:
  ory-oidc update web --client-name 'New name'
  ory-oidc update web --set 'contacts=[\"ops@app.example\"]' --unset logo_uri";

/// Change some members of a client's metadata, and keep the others
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The name of the registration in the store
    name: String,

    #[command(flatten)]
    metadata: MetadataOptions,

    /// A member to remove. Repeatable
    #[arg(long, value_name = "MEMBER", help_heading = "Client metadata")]
    unset: Vec<String>,

    #[command(flatten)]
    reset: Reset,

    #[command(flatten)]
    server: Server,

    #[command(flatten)]
    store: Storage,
}

pub(crate) async fn run(arguments: Arguments, output: Output) -> Result<Exit, Failure> {
    let name = &arguments.name;
    if arguments.metadata.is_empty() && arguments.unset.is_empty() {
        return Err(Failure::usage("no change is given")
            .fix("see `ory-oidc update --help`. For a new token alone: `ory-oidc rotate`"));
    }
    let members = arguments.metadata.members()?;
    let client = arguments.server.client()?;
    let store = arguments.store.open(Access::Existing).await?;
    let builder = Keeper::builder(client, store, name);
    let keeper = arguments.reset.apply(builder).build();
    let updated = keeper.update(|metadata| {
        for member in &arguments.unset {
            metadata.remove_member(member);
        }
        set_all(metadata, members);
    });
    let updated = interrupt::finish(updated).await;
    let registration = updated.map_err(|error| explain("update", name, &error))?;
    let view = View::new(name, keeper.key().issuer(), &registration, output);
    output.result(&json!({ "registration": view }), || {
        format!(
            "{} was updated\n\n{}",
            styled(GOOD, clip(name)),
            view.text()
        )
    })?;
    Ok(Exit::Done)
}
