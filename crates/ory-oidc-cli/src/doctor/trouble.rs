//! Why no response arrived.

use reqwest::Url;
use rustls::CertificateError;
use std::error::Error;
use std::io;

/// Why no response arrived.
#[derive(Debug)]
pub(super) enum Trouble {
    UnknownHost,
    Refused,
    Timeout,
    Closed,
    /// The connection closed in the middle of the response.
    Cut,
    /// The port does not speak HTTP.
    NotHttp,
    TooLarge,
    Expired,
    NotYetValid,
    OtherName,
    Untrusted,
    /// The certificate is that of an authority.
    Authority,
    /// The port does not speak TLS.
    NotTls,
    Tls(String),
    Other(String),
}

impl From<reqwest::Error> for Trouble {
    fn from(error: reqwest::Error) -> Self {
        let error = error.without_url();
        let mut deepest = error.to_string();
        let mut next: Option<&(dyn Error + 'static)> = Some(&error);
        while let Some(source) = next {
            if let Some(trouble) = classify(source) {
                return trouble;
            }
            deepest = source.to_string();
            next = source.source();
        }
        if error.is_timeout() {
            Self::Timeout
        } else if error.is_connect() {
            Self::Other(deepest)
        } else if error.is_body() || error.is_decode() {
            Self::Cut
        } else {
            Self::Closed
        }
    }
}

fn classify(error: &(dyn Error + 'static)) -> Option<Trouble> {
    if let Some(tls) = error.downcast_ref::<rustls::Error>() {
        return Some(of_tls(tls));
    }
    if let Some(io) = error.downcast_ref::<io::Error>() {
        if io.kind() == io::ErrorKind::ConnectionRefused {
            return Some(Trouble::Refused);
        }
        // Its source is the source of the error that it holds, not that error.
        let inner = io.get_ref().map(|inner| inner as &(dyn Error + 'static));
        if let Some(trouble) = inner.and_then(classify) {
            return Some(trouble);
        }
    }
    // The errors of the resolver and of the HTTP parser have no public type.
    let message = error.to_string();
    if message.starts_with("invalid HTTP") {
        return Some(Trouble::NotHttp);
    }
    let unresolved = message.starts_with("dns error") || message.contains("failed to lookup");
    unresolved.then_some(Trouble::UnknownHost)
}

fn of_tls(error: &rustls::Error) -> Trouble {
    match error {
        rustls::Error::InvalidCertificate(problem) => match problem {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => Trouble::Expired,
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Trouble::NotYetValid
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                Trouble::OtherName
            }
            // An authority may have the name of a trusted one.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => Trouble::Untrusted,
            other if format!("{other:?}").contains("CaUsedAsEndEntity") => Trouble::Authority,
            other => Trouble::Tls(other.to_string()),
        },
        rustls::Error::InvalidMessage(_) => Trouble::NotTls,
        other => Trouble::Tls(other.to_string()),
    }
}

impl Trouble {
    /// Returns the id of the finding, the problem and its remedy.
    pub(super) fn explained(&self, url: &str) -> (&'static str, String, String) {
        let host = Url::parse(url).ok();
        let host = host.as_ref().and_then(Url::host_str).unwrap_or(url);
        let (id, problem, remedy) = match self {
            Self::UnknownHost => (
                "unknown-host",
                format!("the name {host} cannot be resolved"),
                "check the spelling, and that this machine uses the DNS that knows the name. Names \
                 of containers and Kubernetes services exist only inside their network",
            ),
            Self::Refused => (
                "connection-refused",
                format!("nothing accepts connections at {url}"),
                "start the server, and check the port: Hydra's public port is 4444, its admin port \
                 4445. In a container, Hydra must listen on all interfaces and the port must be \
                 published",
            ),
            Self::Timeout => (
                "timeout",
                format!("no response from {host} in time"),
                "check firewalls and security groups between this machine and the server, then \
                 whether Hydra reaches its database. --timeout waits longer",
            ),
            Self::Closed => (
                "connection-closed",
                format!("{host} closed the connection without a response"),
                "look in the log of the proxy for its connection to Hydra. A port that expects TLS \
                 closes plain http like this: use https",
            ),
            Self::Cut => (
                "response-cut",
                format!("{host} closed the connection in the middle of its response"),
                "look in the log of the proxy, and check its limits for the size and the time of a \
                 response",
            ),
            Self::NotHttp => (
                "http-not-spoken",
                format!("the response from {host} is not HTTP"),
                "if the port expects TLS, use https://. Otherwise check the port: Hydra's public port \
                 is 4444",
            ),
            Self::TooLarge => (
                "response-too-large",
                format!("{host} sends more than 1 MiB"),
                "check that the URL is that of Ory",
            ),
            Self::Expired => (
                "tls-expired",
                format!("the certificate of {host} has expired"),
                "renew the certificate, and check that the automatic renewal runs. If it has not \
                 expired, correct the clock of this machine",
            ),
            Self::NotYetValid => (
                "tls-not-yet-valid",
                format!("the certificate of {host} is not valid yet"),
                "correct the clock of this machine or of the one that issued the certificate",
            ),
            Self::OtherName => (
                "tls-wrong-name",
                format!("the certificate is for another name than {host}"),
                "use the name in the certificate, or get a certificate for this name. Behind a \
                 proxy, check that it selects the certificate by server name (SNI)",
            ),
            Self::Untrusted => (
                "tls-untrusted",
                format!(
                    "the certificate of {host} was issued by an authority that this machine does not trust"
                ),
                "serve the complete chain with the intermediate certificates. For a private \
                 authority, install it on every client, and name it here with --ca-cert",
            ),
            Self::Authority => (
                "tls-authority",
                format!(
                    "the certificate of {host} is one for issuing certificates (CA:TRUE), which many clients refuse for a server"
                ),
                "issue a certificate for the server with this one, or make a self-signed one with CA:FALSE, \
                 and name the issuing one with --ca-cert",
            ),
            Self::NotTls => (
                "tls-not-spoken",
                format!("the port at {host} does not speak TLS"),
                "use http:// for this port inside a trusted network, or let a proxy terminate TLS in \
                 front of it",
            ),
            Self::Tls(reason) => (
                "tls-failed",
                format!("the TLS handshake with {host} fails: {reason}"),
                "check the TLS versions and the certificate that the server offers",
            ),
            Self::Other(reason) => (
                "connection-failed",
                format!("{host} cannot be reached: {reason}"),
                "check the network between this machine and the server",
            ),
        };
        (id, problem, remedy.to_owned())
    }

    /// Says in a few words what happened.
    pub(super) fn summary(&self, url: &str) -> String {
        self.explained(url).1
    }
}
