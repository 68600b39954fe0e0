//! The command line.

use crate::commands::{
    adopt, delete, diagnose, ensure, logout_url, register, rotate, show, update, userinfo,
};
use crate::exit::Exit;
use crate::output::Output;
use clap::{Parser, Subcommand, ValueEnum};

const AFTER_HELP: &str = "\
Exit codes:
  0  done; `doctor`: no problem found
  1  failed, and nothing was changed
  2  the arguments, or a file that they name, cannot be used
  3  `doctor` found problems
  4  no registration of that name is stored
  5  failed temporarily, or a list was interrupted: run the command again
  6  needs attention: the outcome is unknown, the client can no longer be managed, or the result \
could not be written
  130  interrupted at a prompt, or twice in the middle of a change

Examples:
  Find out what is wrong with a server:
    ory-oidc doctor https://id.example

  Register a client, show it, and delete it:
    export ORY_URL=https://id.example ORY_OIDC_STORE=./registrations
    ory-oidc register web --redirect-uri https://app.example/callback
    ory-oidc show web --show-secrets
    ory-oidc delete web

  Make sure that each tenant has its client:
    ory-oidc ensure --file tenants.yaml";

/// Finds out what is wrong with an Ory setup, and manages OAuth 2.0 client registrations.
#[derive(Debug, Parser)]
#[command(name = "ory-oidc", version, after_help = AFTER_HELP, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    /// Print one JSON document instead of text, for an error, too
    #[arg(long, global = true, help_heading = "Output")]
    json: bool,

    /// Print client secrets, tokens and metadata that may be secret
    #[arg(long, global = true, help_heading = "Output")]
    show_secrets: bool,

    /// Whether to use colors. NO_COLOR is respected
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        hide_possible_values = true,
        help_heading = "Output"
    )]
    color: Color,
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum Color {
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
enum Command {
    Doctor(diagnose::Arguments),
    Register(register::Arguments),
    Show(show::Arguments),
    Update(update::Arguments),
    Rotate(rotate::Arguments),
    Delete(delete::Arguments),
    Ensure(ensure::Arguments),
    Adopt(adopt::Arguments),
    Userinfo(userinfo::Arguments),
    LogoutUrl(logout_url::Arguments),
}

pub(crate) async fn run() -> Exit {
    let cli = Cli::parse();
    let color = match cli.color {
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    };
    color.write_global();
    let output = Output {
        json: cli.json,
        show_secrets: cli.show_secrets,
    };
    let done = match cli.command {
        Command::Doctor(arguments) => diagnose::run(arguments, output).await,
        Command::Register(arguments) => register::run(arguments, output).await,
        Command::Show(arguments) => show::run(arguments, output).await,
        Command::Update(arguments) => update::run(arguments, output).await,
        Command::Rotate(arguments) => rotate::run(arguments, output).await,
        Command::Delete(arguments) => delete::run(arguments, output).await,
        Command::Ensure(arguments) => ensure::run(arguments, output).await,
        Command::Adopt(arguments) => adopt::run(arguments, output).await,
        Command::Userinfo(arguments) => userinfo::run(arguments, output).await,
        Command::LogoutUrl(arguments) => logout_url::run(arguments, output).await,
    };
    done.unwrap_or_else(|failure| {
        output.failure(&failure);
        failure.exit
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }
}
