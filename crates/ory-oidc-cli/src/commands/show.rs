//! `ory-oidc show`.

use super::rescue::explain;
use crate::exit::Exit;
use crate::explain::not_registered;
use crate::failure::Failure;
use crate::interrupt;
use crate::output::{FAINT, Output, WARN, styled};
use crate::server::Server;
use crate::shell;
use crate::storage::{self, Access, Storage};
use crate::view::View;
use clap::Args;
use ory_oidc::Registration;
use ory_oidc_core::text::clip;
use ory_oidc_keeper::{Keeper, KeeperError, Keepers, Recovery};
use serde::Serialize;

const EXAMPLES: &str = "\
Examples:
  List the names in the store:
    ory-oidc show
  Show a registration with its secrets, as JSON:
    ory-oidc show web --show-secrets --json
  Ask the server whether the client exists and its token works:
    ory-oidc show web --check";

/// Show a stored registration, or list the names of all
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The name of the registration. Without it, all names are listed
    name: Option<String>,

    /// Read the registration from the server, and recover from an update whose outcome is unknown
    #[arg(long, requires = "name")]
    check: bool,

    #[command(flatten)]
    server: Server,

    #[command(flatten)]
    store: Storage,
}

#[derive(Serialize)]
struct Shown {
    state: &'static str,
    /// With `--check`: whether an update whose outcome was unknown has been made.
    update_applied: Option<bool>,
    registration: View,
    /// Clients that were replaced and may still exist at the server.
    superseded: Vec<String>,
}

pub(crate) async fn run(arguments: Arguments, output: Output) -> Result<Exit, Failure> {
    let client = arguments.server.client()?;
    let store = arguments.store.open(Access::Existing).await?;
    let keepers = Keepers::new(client, store);
    let Some(name) = &arguments.name else {
        return list(&keepers, output).await;
    };
    let keeper = keepers.keeper(name);
    let failed = |error| explain("show", name, &error);
    let (registration, state, update_applied) = if arguments.check {
        checked(&keeper, name).await?
    } else {
        let (registration, state) = stored(&keeper, name).await?;
        (registration, state, None)
    };
    let superseded = keeper.superseded().await.map_err(failed)?.into_iter();
    let shown = Shown {
        state,
        update_applied,
        registration: View::new(name, keeper.key().issuer(), &registration, output),
        superseded: superseded.map(|one| one.client_id().to_owned()).collect(),
    };
    output.result(&shown, || text(&shown))?;
    Ok(match state {
        "settled" => Exit::Done,
        "busy" => Exit::TryAgain,
        _ => Exit::Attention,
    })
}

async fn list(keepers: &Keepers, output: Output) -> Result<Exit, Failure> {
    let mut names = keepers.names();
    let mut all = Vec::new();
    while let Some(name) = names
        .next()
        .await
        .map_err(|error| storage::failure(&error))?
    {
        all.push(name);
    }
    all.sort();
    output.result(&serde_json::json!({ "names": all }), || {
        let lines: Vec<_> = all.iter().map(|name| clip(name)).collect();
        lines.join("\n")
    })?;
    if all.is_empty() {
        output.note("no registration is stored for this issuer");
    }
    Ok(Exit::Done)
}

async fn stored(keeper: &Keeper, name: &str) -> Result<(Registration, &'static str), Failure> {
    let failed = |error| explain("show", name, &error);
    let state = match keeper.stored().await {
        Ok(Some(registration)) => return Ok((registration, "settled")),
        Ok(None) => return Err(not_registered(name)),
        Err(KeeperError::Conflict) => "busy",
        Err(KeeperError::RecoveryNeeded) => "recovery_needed",
        Err(KeeperError::KeyLost) => "key_lost",
        Err(error) => return Err(failed(error)),
    };
    let known = keeper.last_known().await.map_err(failed)?;
    Ok((known.ok_or_else(|| not_registered(name))?, state))
}

async fn checked(
    keeper: &Keeper,
    name: &str,
) -> Result<(Registration, &'static str, Option<bool>), Failure> {
    let failed = |error| explain("check", name, &error);
    match interrupt::finish(keeper.recover()).await.map_err(failed)? {
        Recovery::NotNeeded { registration } => Ok((*registration, "settled", None)),
        Recovery::Recovered {
            registration,
            applied,
        } => Ok((*registration, "settled", Some(applied))),
        Recovery::KeyLost { registration } => Ok((*registration, "key_lost", None)),
        Recovery::ClientDeleted => Err(failed(KeeperError::ClientDeleted)),
        _ => Err(not_registered(name)),
    }
}

fn text(shown: &Shown) -> String {
    let mut text = shown.registration.text();
    let remark = match shown.state {
        "busy" => Some("another process is changing the registration".to_owned()),
        "recovery_needed" => Some(format!(
            "the outcome of an update is unknown: run `ory-oidc show {} --check`",
            shell::word(&shown.registration.name)
        )),
        "key_lost" => Some(
            "the server does not accept the registration access token: only an administrator can \
             change or delete the client"
                .to_owned(),
        ),
        _ => match shown.update_applied {
            Some(true) => Some("the update whose outcome was unknown was made".to_owned()),
            Some(false) => {
                Some("the update whose outcome was unknown was not made: repeat it".into())
            }
            None => None,
        },
    };
    if let Some(remark) = remark {
        text += &format!("\n{}\n", styled(WARN, remark));
    }
    if !shown.superseded.is_empty() {
        let ids = shown.superseded.join(", ");
        text += &styled(FAINT, format!("\nreplaced, and may still exist: {ids}\n"));
    }
    text
}
