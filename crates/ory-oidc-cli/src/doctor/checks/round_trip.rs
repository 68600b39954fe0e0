//! Registers a client for a moment: reads it, starts a login, and deletes it.

use super::pages::{Page, check_page};
use super::routing::{is_not_routed, pass_on};
use crate::doctor::finding::Check;
use crate::doctor::probe::Reply;
use crate::doctor::visit::{Provider, Visit};
use crate::explain;
use ory_oidc::error::ErrorKind;
use ory_oidc::registration::InitialAccessToken;
use ory_oidc::{Client, ClientMetadata, Error, Registration};
use ory_oidc_core::text::clip;
use ory_oidc_core::url_policy::is_loopback;
use reqwest::Url;
use reqwest::header::SET_COOKIE;

const NAME: &str = "ory-oidc doctor (temporary)";
/// A host that never exists (RFC 6761 §6.4).
const CALLBACK: &str = "https://doctor.invalid/callback";

const LOGIN_PAGE: Page = Page {
    name: "login page",
    key: "urls.login",
    fallback: "/oauth2/fallbacks/login",
    unset: "login-page-unset",
    local: "login-page-local",
    insecure: "login-page-insecure",
    is_needed: true,
};

pub(crate) async fn check(
    visit: &Visit,
    provider: &Provider,
    token: Option<&InitialAccessToken>,
) -> Check {
    let mut check = Check::new("round trip");
    if visit.url.scheme() == "http" && !is_loopback(&visit.url) && !visit.options.insecure_http {
        let reason = "tokens would be sent by plain http; --insecure-http permits it";
        return Check::skipped("round trip", reason);
    }
    let client = &provider.client;
    let wanted = ClientMetadata::new([CALLBACK])
        .client_name(NAME)
        .scope(["openid"]);
    let mut request = client.register(&wanted);
    if let Some(token) = token {
        request = request.initial_access_token(token);
    }
    let mut registration = match request.await {
        Ok(registration) => registration,
        Err(error) => {
            explained(&mut check, "register-failed", "register a client", &error);
            if let Some(registration) = Registration::from_error(&error) {
                delete(&mut check, client, &registration).await;
            }
            return check;
        }
    };
    if let Err(error) = client.read_registration(&mut registration).await {
        read_failed(&mut check, &error);
    }
    start_log_in(&mut check, visit, provider, registration.client_id()).await;
    delete(&mut check, client, &registration).await;
    if check.findings.is_empty() {
        check.fact("a client was registered, read, sent to log in, and deleted");
    }
    check
}

fn explained(check: &mut Check, id: &'static str, doing: &str, error: &Error) {
    let failure = explain::call(doing, error);
    let why = failure.why.join(": ");
    let fix = failure.fix.unwrap_or_default();
    check.error(id, format!("{}: {why}", failure.what), fix);
}

fn read_failed(check: &mut Check, error: &Error) {
    if error.kind() == ErrorKind::Unauthorized {
        check.error(
            "read-refused",
            "the server refuses the registration access token that it has just issued",
            "let the proxy pass the header Authorization to Hydra. If there are several instances of \
             Hydra, let them use one database and the same secrets.system",
        );
    } else {
        explained(check, "read-failed", "read the client", error);
    }
}

async fn delete(check: &mut Check, client: &Client, registration: &Registration) {
    if let Err(error) = client.delete_registration(registration).await {
        let why = explain::call("delete it", &error).why.join(": ");
        let id = clip(registration.client_id());
        check.error(
            "delete-failed",
            format!("the client {id} was registered and could not be deleted: {why}"),
            format!("let an administrator delete it: `hydra delete oauth2-client {id}`"),
        );
    }
}

/// Sends the client's user to log in, and looks where the browser would go.
async fn start_log_in(check: &mut Check, visit: &Visit, provider: &Provider, client_id: &str) {
    let endpoint = provider.text("authorization_endpoint");
    let Some(url) = endpoint.and_then(|endpoint| provider.reached(endpoint)) else {
        return;
    };
    let Ok(mut url) = Url::parse(&url) else {
        return;
    };
    url.query_pairs_mut().extend_pairs([
        ("client_id", client_id),
        ("redirect_uri", CALLBACK),
        ("response_type", "code"),
        ("scope", "openid"),
        ("state", "ory-oidc-doctor"),
    ]);
    let Ok(reply) = visit.probe.get(url.as_str()).await else {
        return;
    };
    if is_not_routed(&reply) {
        check.error(
            "login-not-routed",
            format!("a login does not start: {}", reply.summary()),
            pass_on("/oauth2/auth"),
        );
        return;
    }
    let target = reply.location().and_then(|target| url.join(target).ok());
    let Some(target) = target else {
        return;
    };
    let error = target.query_pairs().find(|(name, _)| name == "error");
    if let Some((_, error)) = error {
        let description = target
            .query_pairs()
            .find(|(name, _)| name == "error_description");
        let description = description.map(|(_, text)| clip(&text)).unwrap_or_default();
        check.error(
            "login-refused",
            format!(
                "Ory refuses to start a login: {} {description}",
                clip(&error)
            ),
            "correct what Ory's reason names; Hydra's log contains more",
        );
        return;
    }
    check_page(check, provider, &LOGIN_PAGE, &target);
    check_cookie(check, provider, &reply);
}

/// Checks the cookie that binds the login to the browser. Without it, users see "No CSRF value
/// available in the session cookie".
fn check_cookie(check: &mut Check, provider: &Provider, reply: &Reply) {
    let mut cookies = reply.headers.get_all(SET_COOKIE).into_iter();
    let cookie = cookies.find_map(|cookie| cookie.to_str().ok());
    let Some(cookie) = cookie else {
        check.error(
            "login-cookie-missing",
            "the response that sends users to log in sets no cookie: every login ends with an error \
             about a missing CSRF value",
            "let the proxy pass the header Set-Cookie of Hydra's responses",
        );
        return;
    };
    let attributes: Vec<_> = cookie.split(';').skip(1).map(str::trim).collect();
    let is_secure = attributes
        .iter()
        .any(|one| one.eq_ignore_ascii_case("secure"));
    let value = |name: &str| {
        attributes.iter().find_map(|one| {
            let (known, value) = one.split_once('=')?;
            known.eq_ignore_ascii_case(name).then_some(value)
        })
    };
    if is_secure && !provider.is_https() && !provider.is_local() {
        check.error(
            "login-cookie-secure",
            "Hydra sets a cookie for https only, and the issuer is plain http: browsers do not return \
             it, and every login ends with an error about a missing CSRF value",
            "use https in urls.self.issuer and in front of Hydra. On a test machine, start Hydra with \
             --dev or set serve.cookies.secure: false",
        );
    }
    if !is_secure && value("samesite").is_some_and(|mode| mode.eq_ignore_ascii_case("none")) {
        check.error(
            "login-cookie-same-site",
            "Hydra sets a cookie with SameSite=None and without Secure, which browsers drop",
            "serve Hydra by https without --dev, or set serve.cookies.same_site_mode: Lax",
        );
    }
    let issuer = Url::parse(&provider.issuer).ok();
    let host = issuer.as_ref().and_then(Url::host_str).unwrap_or_default();
    if let Some(domain) = value("domain") {
        let domain = domain.trim_start_matches('.');
        if host != domain && !host.ends_with(&format!(".{domain}")) {
            check.error(
                "login-cookie-domain",
                format!("Hydra sets a cookie for {}, which browsers drop at {host}", clip(domain)),
                "set serve.cookies.domain in Hydra's configuration to the issuer's host or its parent, \
                 or remove it",
            );
        }
    }
}
