//! `ory-oidc doctor`.

use super::policy::InitialAccess;
use crate::doctor::{Examination, Severity, examine, text};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Output;
use crate::server::ServerOptions;
use clap::Args;

const EXAMPLES: &str = "\
Without --register, nothing is registered or changed: the doctor fetches metadata and keys, and \
sends requests that the server must refuse.

Checks: connection, metadata, issuer, endpoints, keys, registration, userinfo, logout, clock, admin \
API, rate limit; with --register, a round trip.

Exit codes: 0 no problem, 3 problems. Warnings count only with --strict.

Examples:
  The URL that clients use:
    ory-oidc doctor https://id.example
  From inside a cluster, where browsers reach Hydra at https://id.example/:
    ory-oidc doctor http://hydra:4444 --public-issuer https://id.example/
  Also register, read and delete a client, and start a login:
    ory-oidc doctor https://id.example --register
  In a deployment pipeline:
    ory-oidc doctor https://id.example --strict --json";

/// Find out what is wrong with an Ory setup, and how to fix it
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// The URL of Ory as clients use it: the public API, not the admin API
    #[arg(env = "ORY_URL", hide_env_values = true)]
    url: String,

    /// Register a temporary client, read it, start a login, and delete the client
    #[arg(long)]
    register: bool,

    /// Exit with code 3 for warnings, too
    #[arg(long)]
    strict: bool,

    /// Show only problems
    #[arg(long, short)]
    quiet: bool,

    #[command(flatten)]
    initial_access: InitialAccess,

    #[command(flatten)]
    options: ServerOptions,
}

pub(crate) async fn run(arguments: Arguments, output: Output) -> Result<Exit, Failure> {
    let initial_access_token = arguments.initial_access.token()?;
    let report = examine(Examination {
        url: arguments.url,
        options: arguments.options,
        register: arguments.register,
        initial_access_token,
    });
    let report = report.await?;
    output.result(&report, || text(&report, arguments.quiet))?;
    let fails_from = if arguments.strict {
        Severity::Warning
    } else {
        Severity::Error
    };
    Ok(match report.worst() {
        Some(worst) if worst >= fails_from => Exit::Findings,
        _ => Exit::Done,
    })
}
