//! Registers the web app and serves it. The README lists the settings.

#![allow(clippy::print_stdout)]

use axum::Router;
use ory_oidc::Client;
use ory_oidc::error::ErrorKind;
use ory_oidc_keeper::{FileStore, Keeper, MemoryStore};
use ory_oidc_webapp::http;
use ory_oidc_webapp::registration::client_metadata;
use ory_oidc_webapp::routes::router;
use ory_oidc_webapp::state::App;
use std::env;
use std::error::Error;
use std::fmt;
use std::io;
use std::process::ExitCode;
use std::time::Duration;
use tokio::net::TcpListener;
#[cfg(unix)]
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::oneshot;
use tokio::time::sleep;

/// The time for requests to complete after the signal to stop. Process managers wait ten seconds or more
/// before they kill a program.
const SHUTDOWN_TIME: Duration = Duration::from_secs(5);

#[tokio::main]
async fn main() -> ExitCode {
    let Err(error) = run().await else {
        return ExitCode::SUCCESS;
    };
    eprint!("ory-oidc-webapp: {error}");
    let mut source = error.source();
    while let Some(error) = source {
        eprint!(": {error}");
        source = error.source();
    }
    eprintln!();
    ExitCode::FAILURE
}

async fn run() -> Result<(), Box<dyn Error>> {
    let setting = |name, default: &str| env::var(name).unwrap_or_else(|_| default.to_owned());

    let listen = setting("LISTEN", "127.0.0.1:3000");
    let (host, _) = listen
        .rsplit_once(':')
        .ok_or("invalid LISTEN: expected host:port")?;
    let listener = TcpListener::bind(&listen).await;
    let listener = listener.map_err(|error| format!("cannot listen at {listen}: {error}"))?;
    let port = listener.local_addr()?.port();
    let url = setting("APP_URL", &format!("http://{host}:{port}"));
    let url = url.trim_end_matches('/').to_owned();
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err("invalid APP_URL: expected a URL that starts with https:// or http://".into());
    }

    let http = http::client("ory-oidc-webapp/0.1")?;
    let mut ory =
        Client::builder(setting("ORY_URL", "http://127.0.0.1:4444")).http_client(http.clone());
    if let Ok(issuer) = env::var("ORY_PUBLIC_ISSUER") {
        ory = ory.public_issuer(issuer).allow_insecure_http(true);
    } else if let Ok(issuer) = env::var("ORY_ISSUER") {
        ory = ory.issuer(issuer);
    }
    let ory = ory.build()?;
    // Now, so that a wrong setting is reported at the start and not at the first login.
    ory.discover().await.map_err(|error| Setup {
        url: ory.base_url().to_string(),
        error,
    })?;

    // From here on, a stopped app deletes its registration.
    let stop_signal = stop_signal()?;
    let store = env::var_os("ORY_STORE");
    let keeper = match &store {
        Some(directory) => Keeper::new(ory.clone(), FileStore::open(directory)?, "webapp"),
        None => Keeper::new(ory.clone(), MemoryStore::new(), "webapp"),
    };
    let wanted = client_metadata(&url);
    let registration = keeper.ensure_registered(&wanted).await?.into_registration();

    println!("The app is at {url}");
    let app = router(App::new(ory, http, registration, url));
    serve_until(stop_signal, listener, app).await?;
    if store.is_none() {
        keeper.retire().await?;
    }
    Ok(())
}

/// The provider cannot be used with these settings.
#[derive(Debug)]
struct Setup {
    url: String,
    error: ory_oidc::Error,
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { url, error } = self;
        write!(f, "cannot use the Ory server at {url}: {error}\nhint: ")?;
        f.write_str(match error.kind() {
            ErrorKind::Connect | ErrorKind::Timeout => {
                "start the server, or set ORY_URL to its URL"
            }
            ErrorKind::Validation => "set ORY_ISSUER to the issuer exactly as the server names it",
            _ => "set ORY_URL to the URL of an Ory server",
        })
    }
}

impl Error for Setup {}

/// Serves the app. After the signal, requests have some time to complete.
async fn serve_until(
    stop_signal: impl Future<Output = ()> + Send + 'static,
    listener: TcpListener,
    app: Router,
) -> io::Result<()> {
    let (stopped, is_stopped) = oneshot::channel::<()>();
    let stop = async move {
        stop_signal.await;
        drop(stopped);
    };
    let too_late = async {
        let _ = is_stopped.await;
        sleep(SHUTDOWN_TIME).await;
    };
    let served = axum::serve(listener, app).with_graceful_shutdown(stop);
    tokio::select! {
        result = served => result,
        () = too_late => Ok(()),
    }
}

/// Waits for Ctrl-C, or for the signal with which process managers stop a program.
#[cfg(unix)]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    let mut interrupt = signal(SignalKind::interrupt())?;
    let mut terminate = signal(SignalKind::terminate())?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Waits for Ctrl-C. If signals are not available, waits until the process is killed.
#[cfg(not(unix))]
fn stop_signal() -> io::Result<impl Future<Output = ()>> {
    Ok(async {
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending::<()>().await;
        }
    })
}
