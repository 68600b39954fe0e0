//! Makes all checks.

use super::checks::{
    admin, clock, connection, endpoints, issuer, keys, logout, metadata, rate_limit, registration,
    round_trip, userinfo,
};
use super::finding::{Check, Report};
use super::probe::Probe;
use super::visit::{Provider, Visit};
use crate::explain;
use crate::failure::Failure;
use crate::interrupt;
use crate::server::ServerOptions;
use ory_oidc::registration::InitialAccessToken;
use ory_oidc_core::url_policy::web_origin;
use reqwest::Url;

const DISCOVERY: &str = "/.well-known/openid-configuration";
const AFTER_METADATA: [&str; 6] = [
    "issuer",
    "endpoints",
    "keys",
    "registration",
    "userinfo",
    "logout",
];

/// What to examine.
pub(crate) struct Examination {
    pub(crate) url: String,
    pub(crate) options: ServerOptions,
    /// Whether to register a client for a moment.
    pub(crate) register: bool,
    /// The token to register with.
    pub(crate) initial_access_token: Option<InitialAccessToken>,
}

/// Examines a server. Changes nothing, unless a client is to be registered.
pub(crate) async fn examine(examination: Examination) -> Result<Report, Failure> {
    let typed = examination.url.trim();
    let typed = typed.strip_suffix(DISCOVERY).unwrap_or(typed);
    let visit = start(typed, &examination.options)?;
    let reply = visit.get(DISCOVERY).await;
    let mut checks = vec![connection::check(&visit, &reply)];
    let Ok(reply) = reply else {
        let skipped = ["metadata"].into_iter().chain(AFTER_METADATA);
        checks.extend(skipped.map(|name| Check::skipped(name, "there is no connection")));
        return Ok(Report::new(typed, None, checks));
    };
    let (check, members) = metadata::check(&visit, &reply).await;
    let is_admin_url = check
        .findings
        .iter()
        .any(|finding| finding.id == metadata::ADMIN_URL);
    checks.push(check);
    let mut issuer = None;
    if let Some((found, members)) = members {
        let check = issuer::check(typed, &visit, &found);
        let client = client(typed, &visit, &found, check.findings.is_empty())?;
        checks.push(check);
        let provider = Provider::new(&visit, found, members, client);
        checks.push(endpoints::check(&visit, &provider).await);
        checks.push(keys::check(&visit, &provider).await);
        checks.push(registration::check(&visit, &provider).await);
        checks.push(userinfo::check(&visit, &provider).await);
        checks.push(logout::check(&visit, &provider).await);
        if examination.register {
            let token = examination.initial_access_token.as_ref();
            // It also deletes the client that it registers.
            checks.push(interrupt::finish(round_trip::check(&visit, &provider, token)).await);
        }
        issuer = Some(provider.issuer);
    } else {
        let skipped = AFTER_METADATA.into_iter();
        checks.extend(skipped.map(|name| Check::skipped(name, "there is no metadata")));
    }
    checks.push(clock::check(&reply));
    if !is_admin_url {
        checks.push(admin::check(&visit).await);
    }
    checks.push(rate_limit::check(&visit));
    Ok(Report::new(typed, issuer, checks))
}

fn start(typed: &str, options: &ServerOptions) -> Result<Visit, Failure> {
    let unusable = |why: &str| {
        Failure::usage("the URL cannot be used")
            .why(why)
            .fix("pass the URL that clients use, such as https://id.example")
    };
    let url = Url::parse(typed).map_err(|_| unusable("it is not an absolute URL"))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(unusable("it is neither http nor https"));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(unusable("it has a query or a fragment"));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err(unusable("it has a user name or a password"));
    }
    Ok(Visit {
        base: typed.trim_end_matches('/').to_owned(),
        probe: Probe::new(options.http_client(typed)?),
        options: options.clone(),
        url,
    })
}

/// Returns a client that accepts the issuer that was found. If that is not the expected one, the
/// endpoints are asked at the URL that the user passed, because the issuer may be out of reach.
fn client(
    typed: &str,
    visit: &Visit,
    found: &str,
    as_expected: bool,
) -> Result<ory_oidc::Client, Failure> {
    let same_origin = web_origin(found) == web_origin(typed);
    let options = ServerOptions {
        issuer: None,
        public_issuer: None,
        // No secret is sent, except in the round trip, which asks for the option itself.
        insecure_http: true,
        ..visit.options.clone()
    };
    let builder = options.builder(typed)?;
    let is_url = Url::parse(found).is_ok_and(|url| {
        let is_bare =
            url.query().is_none() && url.fragment().is_none() && url.username().is_empty();
        matches!(url.scheme(), "http" | "https") && is_bare && url.password().is_none()
    });
    let splits = is_url && !same_origin && !(as_expected && visit.options.public_issuer.is_none());
    let builder = if splits {
        builder.public_issuer(found)
    } else {
        builder.issuer(found)
    };
    let built = builder.build();
    built.map_err(|error| explain::call("use the URL", &error))
}
