//! `ory-oidc adopt`.

use super::rescue::explain;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::input::read_secret_file;
use crate::interrupt;
use crate::output::{GOOD, Output, styled};
use crate::server::Server;
use crate::storage::{Access, Storage};
use crate::view::View;
use clap::Args;
use ory_oidc::Registration;
use ory_oidc::registration::ExportedRegistration;
use ory_oidc_core::text::clip;
use ory_oidc_keeper::Keeper;
use serde_json::json;
use std::path::{Path, PathBuf};

const NOTES: &str = "\
The file is one that this program wrote because the store failed, or any registration that a \
program exported with `Registration::export`.

Example:
  ory-oidc adopt web --file ory-oidc-rescued-4711.json";

/// Store a registration that is in a file
#[derive(Args, Debug)]
#[command(after_help = NOTES)]
pub(crate) struct Arguments {
    /// The name of the registration in the store
    name: String,

    /// The exported registration
    #[arg(long, value_name = "FILE")]
    file: PathBuf,

    #[command(flatten)]
    server: Server,

    #[command(flatten)]
    store: Storage,
}

pub(crate) async fn run(arguments: Arguments, output: Output) -> Result<Exit, Failure> {
    let name = &arguments.name;
    let content = read_secret_file(&arguments.file)?;
    // The parser's error could quote a secret.
    let exported: ExportedRegistration = serde_json::from_slice(&content).map_err(|_| {
        let file = arguments.file.display();
        Failure::usage(format!("{file} is not an exported registration"))
    })?;
    let registration = Registration::from(exported);
    let client = arguments.server.client()?;
    let store = arguments.store.open(Access::Create).await?;
    let keeper = Keeper::new(client, store, name);
    let failed = |error| explain("adopt", name, &error);
    let adopted = interrupt::finish(keeper.adopt(registration.clone())).await;
    adopted.map_err(failed)?;
    let view = View::new(name, keeper.key().issuer(), &registration, output);
    output.result(&json!({ "registration": view }), || {
        format!("{} was stored\n\n{}", styled(GOOD, clip(name)), view.text())
    })?;
    if arguments.file != Path::new("-") {
        let file = arguments.file.display();
        output.note(&format!("{file} still holds the credentials: remove it"));
    }
    Ok(Exit::Done)
}
