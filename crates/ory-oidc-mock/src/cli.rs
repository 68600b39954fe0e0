//! The program `ory-oidc-mock`. Not part of the public API.

use std::ffi::OsString;
use std::io::Write as _;
use std::net::IpAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs, io};

use lexopt::{Arg, Parser, ValueExt as _};
use serde_json::Value;

use crate::administration;
use crate::builder::OryMockBuilder;
use crate::hydra_version::HydraVersion;
use crate::metadata::Metadata;
use crate::mock::OryMock;

const HELP: &str = "\
ory-oidc-mock: a mock server of Ory Hydra. For tests only.

It registers OAuth 2.0 clients, logs users in and issues tokens, as Hydra does. Every
user logs in without a password, and nothing is stored.

Usage: ory-oidc-mock [OPTIONS]

Options:
      --port PORT          Port of the public endpoints; 0 is a free port [default: 4444]
      --admin-port PORT    Port of the admin API; 0 is a free port [default: 4445]
      --host ADDRESS       IP address to listen at [default: 127.0.0.1]. At any other
                           address, everybody who reaches it can log in as any user
      --url URL            URL at which apps and browsers reach the public endpoints
                           [default: http://127.0.0.1:PORT]
      --issuer URL         Issuer in discovery and in tokens [default: the URL]
      --client FILE        JSON file with the metadata of a client, or a list of them, as for
                           `POST /admin/clients`. Repeat the option for more files
      --claims FILE        JSON file with the claims of the user who is logged in at once.
                           With a list of users, the login page offers them [default: a login
                           page that takes any user]
      --login-url URL      Login page of your login app
      --consent-url URL    Consent page of your login app [default: everybody consents]
      --logout-url URL     Logout page of your login app
      --no-registration    Disable dynamic client registration
      --jwt-access-tokens  Issue JWT access tokens to clients without `access_token_strategy`
      --hydra-version V    Version of Hydra to behave as: head or 2.3.0 [default: head]
  -h, --help               Print this help
  -V, --version            Print the version

Examples:
  Serve the endpoints at the ports of Hydra:
    ory-oidc-mock

  Log in user-1 at once to a client that exists:
    echo '{\"client_id\": \"my-app\", \"client_secret\": \"secret-of-my-app\",
      \"redirect_uris\": [\"http://127.0.0.1:3000/callback\"]}' > client.json
    echo '{\"sub\": \"user-1\", \"email\": \"user-1@example.com\"}' > claims.json
    ory-oidc-mock --client client.json --claims claims.json

  In a container, for apps that know it as `hydra`:
    ory-oidc-mock --host 0.0.0.0 --url http://hydra:4444
";

/// What the command line asks for.
enum Command {
    Print(String),
    Serve {
        builder: Box<OryMockBuilder>,
        clients: Vec<PathBuf>,
        claims: Option<PathBuf>,
    },
}

/// Runs the program until SIGINT or SIGTERM.
#[must_use]
pub fn run() -> ExitCode {
    let command = match parse(env::args_os().skip(1)) {
        Ok(command) => command,
        Err(error) => return fail(2, &format!("{error}\nTry 'ory-oidc-mock --help'.")),
    };
    let done = match command {
        Command::Print(text) => print(&text),
        Command::Serve {
            builder,
            clients,
            claims,
        } => serve(*builder, &clients, claims),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(1, &error),
    }
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<Command, lexopt::Error> {
    let mut builder = OryMock::builder().port(4444).admin_port(4445);
    let (mut clients, mut claims) = (Vec::new(), None);
    let mut parser = Parser::from_args(arguments);
    while let Some(argument) = parser.next()? {
        let Arg::Long(name) = argument else {
            return match argument {
                Arg::Short('h') => Ok(Command::Print(HELP.to_owned())),
                Arg::Short('V') => Ok(Command::Print(version())),
                other => Err(other.unexpected()),
            };
        };
        builder = match name {
            "help" => return Ok(Command::Print(HELP.to_owned())),
            "version" => return Ok(Command::Print(version())),
            "port" => builder.port(parser.value()?.parse()?),
            "admin-port" => builder.admin_port(parser.value()?.parse()?),
            "host" => builder.host(parser.value()?.parse::<IpAddr>()?),
            "url" => builder.url(parser.value()?.string()?),
            "issuer" => builder.issuer(parser.value()?.string()?),
            "login-url" => builder.login_url(parser.value()?.string()?),
            "consent-url" => builder.consent_url(parser.value()?.string()?),
            "logout-url" => builder.logout_url(parser.value()?.string()?),
            "no-registration" => builder.registration(false),
            "jwt-access-tokens" => builder.jwt_access_tokens(true),
            "hydra-version" => builder.hydra_version(parser.value()?.parse_with(hydra_version)?),
            "client" => {
                clients.push(parser.value()?.into());
                builder
            }
            "claims" => {
                claims = Some(parser.value()?.into());
                builder
            }
            _ => return Err(argument.unexpected()),
        };
    }
    Ok(Command::Serve {
        builder: Box::new(builder),
        clients,
        claims,
    })
}

fn version() -> String {
    format!("ory-oidc-mock {}\n", env!("CARGO_PKG_VERSION"))
}

fn hydra_version(name: &str) -> Result<HydraVersion, &'static str> {
    match name.trim_start_matches('v') {
        "head" => Ok(HydraVersion::Head),
        "2.3.0" => Ok(HydraVersion::V2_3_0),
        _ => Err("expected head or 2.3.0"),
    }
}

fn serve(
    builder: OryMockBuilder,
    clients: &[PathBuf],
    claims: Option<PathBuf>,
) -> Result<(), String> {
    let ory = builder.try_start().map_err(|error| error.to_string())?;
    for file in clients {
        for client in read(file)?.into_list() {
            create_client(&ory, client).map_err(|error| format!("{}: {error}", file.display()))?;
        }
    }
    if let Some(file) = claims {
        add_users(&ory, read(&file)?).map_err(|error| format!("{}: {error}", file.display()))?;
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let signals = Signals::listen().map_err(|error| error.to_string())?;
        print(&format!(
            "ory-oidc-mock is for tests only: every user logs in without a password.\nPublic endpoints: {}\nAdmin API: {}\n",
            ory.url(),
            ory.admin_url(),
        ))?;
        signals.wait().await;
        Ok(())
    })
}

/// The content of a file: one object or a list.
enum Content {
    One(Value),
    List(Vec<Value>),
}

impl Content {
    fn into_list(self) -> Vec<Value> {
        match self {
            Self::One(value) => vec![value],
            Self::List(values) => values,
        }
    }
}

fn read(file: &PathBuf) -> Result<Content, String> {
    let text =
        fs::read(file).map_err(|error| format!("cannot read {}: {error}", file.display()))?;
    match serde_json::from_slice(&text) {
        Ok(Value::Array(values)) => Ok(Content::List(values)),
        Ok(value) => Ok(Content::One(value)),
        Err(error) => Err(format!("{}: {error}", file.display())),
    }
}

fn create_client(ory: &OryMock, client: Value) -> Result<(), String> {
    let rejected = |error: &str| format!("Hydra would reject this client: {error}");
    let metadata =
        Metadata::decode(client, ory.shared.config.version).map_err(|error| rejected(&error))?;
    administration::create(&ory.shared, metadata)
        .map(drop)
        .map_err(|error| rejected(&format!("{} {}", error.error, error.description)))
}

fn add_users(ory: &OryMock, users: Content) -> Result<(), String> {
    let has_subject = |user: &Value| user["sub"].as_str().is_some_and(|sub| !sub.is_empty());
    let (at_once, users) = match users {
        Content::One(user) => (true, vec![user]),
        Content::List(users) => (false, users),
    };
    if !users.iter().all(has_subject) {
        return Err("expected claims with a `sub` that is a string and not empty".to_owned());
    }
    for user in users {
        if at_once {
            ory.log_in_as(user);
        } else {
            ory.add_user(user);
        }
    }
    Ok(())
}

/// The signals that end the program.
struct Signals {
    #[cfg(unix)]
    interrupt: tokio::signal::unix::Signal,
    #[cfg(unix)]
    terminate: tokio::signal::unix::Signal,
}

impl Signals {
    #[cfg(unix)]
    fn listen() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    #[cfg(unix)]
    async fn wait(mut self) {
        use std::future::poll_fn;
        use std::pin::pin;
        use std::task::Poll;

        let (mut interrupt, mut terminate) =
            (pin!(self.interrupt.recv()), pin!(self.terminate.recv()));
        poll_fn(|context| {
            if interrupt.as_mut().poll(context).is_ready() {
                return Poll::Ready(());
            }
            terminate.as_mut().poll(context).map(drop)
        })
        .await;
    }

    #[cfg(not(unix))]
    #[expect(clippy::unnecessary_wraps, reason = "only Unix can fail here")]
    fn listen() -> io::Result<Self> {
        Ok(Self {})
    }

    #[cfg(not(unix))]
    async fn wait(self) {
        let _ = tokio::signal::ctrl_c().await;
    }
}

fn print(text: &str) -> Result<(), String> {
    let mut output = io::stdout();
    let written = output
        .write_all(text.as_bytes())
        .and_then(|()| output.flush());
    written.map_err(|error| format!("cannot write to the standard output: {error}"))
}

fn fail(status: u8, message: &str) -> ExitCode {
    // There is no other place to report an error of the standard error output.
    let _ = writeln!(io::stderr(), "ory-oidc-mock: {message}");
    ExitCode::from(status)
}
