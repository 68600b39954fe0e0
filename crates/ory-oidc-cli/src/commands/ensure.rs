//! `ory-oidc ensure`.

use super::ensure_all;
use super::ensured::EnsuredView;
use super::policy::Policy;
use super::rescue::explain;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt;
use crate::metadata::MetadataOptions;
use crate::output::Output;
use crate::server::Server;
use crate::storage::{Access, Storage};
use crate::tenants;
use clap::{ArgGroup, Args};
use ory_oidc_keeper::Keepers;
use std::path::PathBuf;

const EXAMPLES: &str = "\
Examples:
  ory-oidc ensure web --redirect-uri https://app.example/callback
  ory-oidc ensure --file tenants.yaml
  Several processes share the work of one deployment:
    ory-oidc ensure --file tenants.yaml --share deployment-42

tenants.yaml, or the same as JSON:
  defaults:
    scope: openid offline_access
  registrations:
    - name: red
      redirect_uris: [https://red.app.example/callback]
    - name: blue
      redirect_uris: [https://blue.app.example/callback]";

/// Make sure that clients are registered as wanted: one, or all of a list
///
/// Registers a client that is not stored, updates one whose metadata differs, and replaces one that
/// was deleted at the server. Does nothing if all is as wanted.
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
#[command(group = ArgGroup::new("what").required(true).args(["name", "file"]))]
pub(crate) struct Arguments {
    /// The name of the registration in the store
    name: Option<String>,

    /// A JSON or YAML list of registrations. `-` is the standard input. The metadata options are
    /// defaults for all of them
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,

    /// How many registrations of the list are in progress at the same time
    #[arg(long, value_name = "N", default_value_t = 16, requires = "file")]
    concurrency: usize,

    /// Share the list with all processes that use the same store and the same name of the run
    #[arg(long, value_name = "RUN", requires = "file")]
    share: Option<String>,

    #[command(flatten)]
    policy: Policy,

    #[command(flatten)]
    metadata: MetadataOptions,

    #[command(flatten)]
    server: Server,

    #[command(flatten)]
    store: Storage,
}

pub(crate) async fn run(arguments: Arguments, output: Output) -> Result<Exit, Failure> {
    let configure = arguments.policy.configure()?;
    let wanted = match &arguments.file {
        Some(file) => Some(tenants::read(file, &arguments.metadata.members()?)?),
        None => None,
    };
    let client = arguments.server.client()?;
    if let Some(wanted) = wanted {
        let store = arguments.store.open(Access::Create).await?;
        let keepers = Keepers::with_options(client, store, configure);
        let mut all = keepers
            .ensure_all(wanted)
            .concurrency(arguments.concurrency);
        if let Some(run) = arguments.share {
            all = all.share(run);
        }
        return ensure_all::run(all, output).await;
    }
    let name = &arguments.name.unwrap_or_default();
    if arguments.metadata.is_empty() {
        return Err(Failure::usage(
            "no metadata is given, and it would replace that of the client",
        )
        .fix("see `ory-oidc ensure --help`. To look at a client: `ory-oidc show`"));
    }
    let wanted = arguments.metadata.metadata()?;
    let store = arguments.store.open(Access::Create).await?;
    let keeper = Keepers::with_options(client, store, configure).keeper(name);
    let ensured = interrupt::finish(keeper.ensure_registered(&wanted)).await;
    let ensured = ensured.map_err(|error| explain("ensure", name, &error))?;
    let view = EnsuredView::new(name, keeper.key().issuer(), &ensured, output);
    output.result(&view, || view.text())?;
    Ok(match view.action {
        "key_lost" => Exit::Attention,
        _ => Exit::Done,
    })
}
