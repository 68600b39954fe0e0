//! `ory-oidc logout-url`.

use crate::exit::Exit;
use crate::explain;
use crate::failure::Failure;
use crate::input;
use crate::output::Output;
use crate::server::Server;
use clap::Args;
use ory_oidc::IdToken;
use serde_json::json;
use std::path::PathBuf;

const VARIABLE: &str = "ORY_ID_TOKEN";

const EXAMPLES: &str = "\
The ID token is read from a file, from the standard input, or from the variable ORY_ID_TOKEN. It is \
part of the URL, so that printing such a URL needs --show-secrets.

Ory logs out without a question, and returns to the app, only with an ID token.

Examples:
  ory-oidc logout-url
  ory-oidc logout-url --id-token-file token.txt --show-secrets \\
    --post-logout-redirect-uri https://app.example/bye --state xyz";

/// Print the URL that logs a user out, for a browser
#[derive(Args, Debug)]
#[command(after_help = EXAMPLES)]
pub(crate) struct Arguments {
    /// A file with the user's ID token. `-` is the standard input
    #[arg(long, value_name = "FILE")]
    id_token_file: Option<PathBuf>,

    /// Where the user returns. It must be registered
    #[arg(long, value_name = "URL")]
    post_logout_redirect_uri: Option<String>,

    /// A value that comes back with the user
    #[arg(long, value_name = "TEXT", requires = "post_logout_redirect_uri")]
    state: Option<String>,

    /// The client that logs the user out
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,

    #[command(flatten)]
    server: Server,
}

pub(crate) async fn run(arguments: Arguments, output: Output) -> Result<Exit, Failure> {
    let token = input::secret(arguments.id_token_file.as_deref(), VARIABLE)?;
    let token = token.map(IdToken::from);
    if token.is_some() && !output.show_secrets {
        return Err(
            Failure::usage("the URL contains the ID token, which is a secret")
                .fix("add --show-secrets to print it"),
        );
    }
    let client = arguments.server.client()?;
    let failed = |error| explain::call("make the logout URL", &error);
    let provider = client.discover().await.map_err(failed)?;
    let mut request = client.end_session(token.as_ref());
    if let Some(endpoint) = provider.end_session_endpoint() {
        request = request.endpoint(endpoint);
    }
    if let Some(uri) = arguments.post_logout_redirect_uri {
        request = request.post_logout_redirect_uri(uri);
    }
    if let Some(state) = arguments.state {
        request = request.state(state);
    }
    if let Some(id) = arguments.client_id {
        request = request.client_id(id);
    }
    let url = request.url().map_err(failed)?;
    output.result(&json!({ "url": url.as_str() }), || url.to_string())?;
    Ok(Exit::Done)
}
