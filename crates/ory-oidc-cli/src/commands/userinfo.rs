//! `ory-oidc userinfo`.

use crate::exit::Exit;
use crate::explain;
use crate::failure::Failure;
use crate::input;
use crate::output::{FAINT, Output, STRONG, styled};
use crate::server::Server;
use clap::Args;
use ory_oidc::token::RelyingParty;
use ory_oidc::{AccessToken, Subject};
use ory_oidc_core::text::clip;
use serde_json::{Map, Value};
use std::path::PathBuf;

const VARIABLE: &str = "ORY_ACCESS_TOKEN";

const EXAMPLES: &str = "\
The token is read from a file, from the standard input, or from the variable ORY_ACCESS_TOKEN: \
other users of the machine can see arguments.

Examples:
  ory-oidc userinfo --token-file token.txt
  pass show ory/token | ory-oidc userinfo --token-file - --sub user-123";

/// Show the user of an access token
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A file with the access token. `-` is the standard input
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,

    /// The user that it must be: the sub of the ID token
    #[arg(long, value_name = "SUB")]
    sub: Option<String>,

    /// The client of the token, to verify userinfo that is signed
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,

    /// The algorithm that the client registered for signed userinfo
    #[arg(
        long,
        value_name = "ALG",
        default_value = "RS256",
        requires = "client_id"
    )]
    signed_response_alg: String,

    #[command(flatten)]
    server: Server,
}

pub(crate) async fn run(arguments: Arguments, output: Output) -> Result<Exit, Failure> {
    let token = input::secret(arguments.token_file.as_deref(), VARIABLE)?;
    let token = token.ok_or_else(|| {
        Failure::usage("no access token is given")
            .fix("name a file with --token-file, or set ORY_ACCESS_TOKEN")
    })?;
    let token = AccessToken::from(token);
    let subject = match &arguments.sub {
        Some(sub) => Subject::Expect(sub),
        None => Subject::Unchecked,
    };
    let client = arguments.server.client()?;
    let mut request = client.userinfo(&token, subject);
    if let Some(id) = &arguments.client_id {
        let alg = &arguments.signed_response_alg;
        let relying_party = RelyingParty::new(id.as_str());
        request = request.relying_party(relying_party.userinfo_signed_response_alg(alg.as_str()));
    }
    let failed = |error| explain::call("get the user", &error);
    let user = request.await.map_err(failed)?;
    let claims: Map<String, Value> = user.claims().map_err(failed)?;
    output.result(&claims, || text(&claims))?;
    Ok(Exit::Done)
}

fn text(claims: &Map<String, Value>) -> String {
    let value = |value: &Value| match value {
        Value::String(text) => clip(text),
        other => clip(&other.to_string()),
    };
    let mut text = String::new();
    if let Some(sub) = claims.get("sub") {
        text += &format!("{}\n", styled(STRONG, value(sub)));
    }
    for (name, claim) in claims.iter().filter(|(name, _)| *name != "sub") {
        text += &format!("  {}  {}\n", styled(FAINT, clip(name)), value(claim));
    }
    text
}
