//! `ory-oidc rotate`.

use super::policy::Reset;
use super::rescue::explain;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt;
use crate::output::{GOOD, Output, styled};
use crate::server::Server;
use crate::storage::{Access, Storage};
use crate::view::View;
use clap::Args;
use ory_oidc_core::text::clip;
use ory_oidc_keeper::Keeper;
use serde::Serialize;

const NOTES: &str = "\
An update without a change makes Ory issue a new registration access token, and the old one stops \
working at once. Ory keeps the client secret; other servers may renew it.

Example:
  ory-oidc rotate web";

/// Replace the registration access token of a client
#[derive(Args, Debug)]
#[command(after_help = NOTES)]
pub(crate) struct Arguments {
    /// The name of the registration in the store
    name: String,

    #[command(flatten)]
    reset: Reset,

    #[command(flatten)]
    server: Server,

    #[command(flatten)]
    store: Storage,
}

#[derive(Serialize)]
struct Rotated {
    registration_access_token_changed: bool,
    client_secret_changed: bool,
    registration: View,
}

pub(crate) async fn run(arguments: Arguments, output: Output) -> Result<Exit, Failure> {
    let name = &arguments.name;
    let failed = |error| explain("rotate the token of", name, &error);
    let client = arguments.server.client()?;
    let store = arguments.store.open(Access::Existing).await?;
    let builder = Keeper::builder(client, store, name);
    let keeper = arguments.reset.apply(builder).build();
    let before = keeper.last_known().await.map_err(failed)?;
    let updated = interrupt::finish(keeper.update(|_| {})).await;
    let after = updated.map_err(failed)?;
    let before = before.as_ref();
    let token = before.and_then(|before| before.registration_access_token());
    let secret = before.and_then(|before| before.client_secret());
    let rotated = Rotated {
        registration_access_token_changed: token != after.registration_access_token(),
        client_secret_changed: secret != after.client_secret(),
        registration: View::new(name, keeper.key().issuer(), &after, output),
    };
    output.result(&rotated, || text(&rotated))?;
    Ok(Exit::Done)
}

fn text(rotated: &Rotated) -> String {
    let changed = |changed| if changed { "is new" } else { "is the same" };
    format!(
        "{}: the registration access token {}, the client secret {}\n\n{}",
        styled(GOOD, clip(&rotated.registration.name)),
        changed(rotated.registration_access_token_changed),
        changed(rotated.client_secret_changed),
        rotated.registration.text(),
    )
}
