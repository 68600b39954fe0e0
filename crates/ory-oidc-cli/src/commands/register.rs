//! `ory-oidc register`.

use super::ensured::EnsuredView;
use super::policy::InitialAccess;
use super::rescue::explain;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt;
use crate::metadata::MetadataOptions;
use crate::output::Output;
use crate::server::Server;
use crate::shell;
use crate::storage::{Access, Storage};
use clap::Args;
use ory_oidc_keeper::{Action, Keeper};

const EXAMPLES: &str = "\
Examples:
  ory-oidc register web --redirect-uri https://app.example/callback --scope openid
  ory-oidc register web --metadata client.yaml --set subject_type=pairwise

client.yaml:
  client_name: My app
  redirect_uris: [https://app.example/callback]
  scope: openid offline_access";

/// Register a new client, and store its credentials under a name
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The name of the registration in the store
    name: String,

    #[command(flatten)]
    metadata: MetadataOptions,

    #[command(flatten)]
    initial_access: InitialAccess,

    #[command(flatten)]
    server: Server,

    #[command(flatten)]
    store: Storage,
}

pub(crate) async fn run(arguments: Arguments, output: Output) -> Result<Exit, Failure> {
    let name = &arguments.name;
    let failed = |error| explain("register", name, &error);
    let wanted = arguments.metadata.metadata()?;
    let token = arguments.initial_access.token()?;
    let client = arguments.server.client()?;
    let store = arguments.store.open(Access::Create).await?;
    let mut keeper = Keeper::builder(client, store, name);
    if let Some(token) = token {
        keeper = keeper.initial_access_token(token);
    }
    let keeper = keeper.build();
    if keeper.last_known().await.map_err(failed)?.is_some() {
        return Err(already(name));
    }
    let ensured = interrupt::finish(keeper.ensure_registered(&wanted)).await;
    let ensured = ensured.map_err(failed)?;
    // Another process may have been faster.
    if ensured.action() != Action::Registered {
        return Err(already(name));
    }
    let view = EnsuredView::new(name, keeper.key().issuer(), &ensured, output);
    output.result(&view, || view.text())?;
    Ok(Exit::Done)
}

fn already(name: &str) -> Failure {
    let word = shell::word(name);
    Failure::new(
        "already_registered",
        format!("{name:?} is already registered"),
    )
    .fix(format!(
        "choose another name, or change this one: `ory-oidc update {word} …`. To register a client \
         only if there is none: `ory-oidc ensure {word} …`"
    ))
}
