//! The server that a command talks to.

use crate::explain;
use crate::failure::Failure;
use crate::input;
use clap::Args;
use ory_oidc::{Client, ClientBuilder};
use reqwest::redirect::Policy;
use std::path::PathBuf;
use std::time::Duration;

/// Servers close unused connections after 5 seconds or more.
const POOL_IDLE_TIMEOUT: Duration = Duration::from_secs(4);

/// How to reach and recognize the server.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Server")]
pub(crate) struct ServerOptions {
    /// The expected issuer, if it differs from the URL by more than a slash at its end
    #[arg(
        long,
        env = "ORY_ISSUER",
        value_name = "URL",
        conflicts_with = "public_issuer"
    )]
    pub(crate) issuer: Option<String>,

    /// The issuer that browsers use, if you reach the server at an internal URL
    #[arg(long, env = "ORY_PUBLIC_ISSUER", value_name = "URL")]
    pub(crate) public_issuer: Option<String>,

    /// One more origin at which endpoints are trusted, such as https://keys.example. Repeatable
    #[arg(long, value_name = "ORIGIN")]
    pub(crate) trust_origin: Vec<String>,

    /// Permit plain http to other machines, for trusted networks only: anybody on the way can read it
    #[arg(long)]
    pub(crate) insecure_http: bool,

    /// A PEM file with certificate authorities to trust besides those of this machine
    #[arg(long, env = "ORY_CA_CERT", value_name = "FILE")]
    pub(crate) ca_cert: Option<PathBuf>,

    /// The time-out of each request, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) timeout: u64,
}

/// The server of a command that changes registrations or asks about users.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Server")]
pub(crate) struct Server {
    /// The URL of Ory: https://<slug>.projects.oryapis.com, or the public URL of Hydra
    #[arg(long, env = "ORY_URL", hide_env_values = true, value_name = "URL")]
    url: String,

    #[command(flatten)]
    options: ServerOptions,
}

impl Server {
    pub(crate) fn client(&self) -> Result<Client, Failure> {
        let builder = self.options.builder(&self.url)?;
        let built = builder.build();
        built.map_err(|error| explain::call("use the server's URL", &error))
    }
}

impl ServerOptions {
    pub(crate) fn timeout(&self) -> Duration {
        Duration::from_secs(self.timeout)
    }

    /// Returns a client for the server at a URL, with all options.
    pub(crate) fn builder(&self, url: &str) -> Result<ClientBuilder, Failure> {
        let mut builder = Client::builder(url)
            .http_client(self.http_client(url)?)
            .timeout(self.timeout())
            .allow_insecure_http(self.insecure_http)
            // The slash at the end of an issuer is what people get wrong most; `doctor` tells.
            .tolerate_root_slash_in_issuer(true);
        if let Some(issuer) = &self.issuer {
            builder = builder.issuer(issuer);
        }
        if let Some(issuer) = &self.public_issuer {
            builder = builder.public_issuer(issuer);
        }
        for origin in &self.trust_origin {
            builder = builder.trust_endpoint_origin(origin);
        }
        Ok(builder)
    }

    pub(crate) fn http_client(&self, url: &str) -> Result<reqwest::Client, Failure> {
        let mut builder = reqwest::Client::builder()
            .redirect(Policy::none())
            .referer(false)
            .user_agent(concat!("ory-oidc-cli/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(self.timeout())
            .timeout(self.timeout())
            .pool_idle_timeout(POOL_IDLE_TIMEOUT);
        if !url.starts_with("https:") {
            // A proxy could read what is sent by plain http.
            builder = builder.no_proxy();
        }
        if let Some(path) = &self.ca_cert {
            let pem = input::read_file(path)?;
            let certificates = reqwest::Certificate::from_pem_bundle(&pem).unwrap_or_default();
            if certificates.is_empty() {
                let what = format!("{} has no PEM certificate", path.display());
                return Err(Failure::usage(what));
            }
            builder = builder.tls_certs_merge(certificates);
        }
        builder.build().map_err(|error| {
            Failure::usage("cannot set up the HTTP client").because(&error.without_url())
        })
    }
}
