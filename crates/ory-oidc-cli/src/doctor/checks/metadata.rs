//! Whether the provider's metadata can be fetched (OpenID Connect Discovery §4).

use crate::doctor::finding::Check;
use crate::doctor::probe::Reply;
use crate::doctor::visit::Visit;
use ory_oidc_core::text::clip;
use reqwest::Url;
use serde_json::{Map, Value};

/// The finding that the URL is that of the admin API.
pub(crate) const ADMIN_URL: &str = "admin-url";

/// The issuer and all members.
type Members = (String, Map<String, Value>);

pub(crate) async fn check(visit: &Visit, reply: &Reply) -> (Check, Option<Members>) {
    let mut check = Check::new("metadata");
    if reply.status == 200
        && let Some(Value::Object(members)) = reply.json()
    {
        let text = |name| members.get(name).and_then(Value::as_str);
        if let (Some(issuer), Some(_)) = (text("issuer"), text("jwks_uri")) {
            check.fact(format!("{} members", members.len()));
            return (check, Some((issuer.to_owned(), members)));
        }
        check.error(
            "metadata-incomplete",
            "the metadata has no issuer or no jwks_uri",
            "check that the URL is that of Ory's public API, and that no proxy changes the document",
        );
        return (check, None);
    }
    let (id, problem, remedy) = if is_admin_api(visit, reply).await {
        (
            ADMIN_URL,
            "this is Hydra's admin API, which has no metadata".to_owned(),
            "use the URL of the public API: the port is 4444 by default, not 4445. The admin API must \
             not be reachable for clients"
                .to_owned(),
        )
    } else {
        explained(visit, reply)
    };
    check.error(id, problem, remedy);
    (check, None)
}

async fn is_admin_api(visit: &Visit, reply: &Reply) -> bool {
    if reply.status != 404 {
        return false;
    }
    let clients = visit.get("/admin/clients?page_size=1").await;
    clients.is_ok_and(|clients| {
        clients.status == 200 && clients.json().is_some_and(|it| it.is_array())
    })
}

fn explained(visit: &Visit, reply: &Reply) -> (&'static str, String, String) {
    let summary = reply.summary();
    let (id, problem, remedy) = match reply.status {
        _ if is_tls_termination(reply) => (
            "tls-termination",
            "Hydra refuses plain http: it does not know that the proxy in front of it terminates \
             TLS"
                .to_owned(),
            "let the proxy send `X-Forwarded-Proto: https`, and name the proxy's addresses in \
             Hydra's configuration: serve.public.tls.allow_termination_from (and serve.admin.tls… \
             for the admin API)"
                .to_owned(),
        ),
        _ if reply.contains("HTTPS server") || reply.contains("HTTPS port") => (
            "https-port",
            "the port expects https, and the URL is http".to_owned(),
            "use https:// for this port".to_owned(),
        ),
        300..=399 => return redirected(visit, reply),
        404 | 405 => (
            "metadata-not-found",
            format!("there is no metadata at this URL: {summary}"),
            format!(
                "check the URL: it is that of Hydra's public port, with the path below which Hydra is \
                 served. Let the proxy pass /.well-known/ to Hydra. Asked for: {}/.well-known/openid-configuration",
                visit.base
            ),
        ),
        401 | 403 => (
            "metadata-denied",
            format!("something in front of Ory denies access: {summary}"),
            "let the proxy or firewall pass /.well-known/ and /oauth2/ without authentication".to_owned(),
        ),
        429 => (
            "metadata-rate-limited",
            "the server's rate limit refuses the request".to_owned(),
            "wait. If clients reach the limit, too, raise it in the proxy".to_owned(),
        ),
        500 => (
            "metadata-failed",
            format!("Ory fails: {summary}"),
            "check Hydra's log. Its database may be unavailable, or not migrated: `hydra migrate sql`".to_owned(),
        ),
        511 => (
            "network-login",
            format!("the network asks for a login first: {summary}"),
            "log in to the network (its captive portal), and run this again".to_owned(),
        ),
        501..=599 => (
            "proxy-cannot-reach-ory",
            format!("the proxy does not reach Ory: {summary}"),
            "check that Hydra runs, and the address and port to which the proxy sends requests. In a \
             container, 127.0.0.1 is the container itself"
                .to_owned(),
        ),
        _ if reply.is_html() => (
            "metadata-html",
            format!("a web page responds instead of Ory: {summary}"),
            "pass the URL of Ory itself. If it is right, a proxy sends the request to a web app, or \
             shows a login or consent page of its own: let it pass /.well-known/ and /oauth2/ to Hydra"
                .to_owned(),
        ),
        _ => (
            "metadata-unreadable",
            format!("the response is not a JSON document: {summary}"),
            "check the URL, and that no proxy changes or compresses the document".to_owned(),
        ),
    };
    (id, problem, remedy)
}

fn is_tls_termination(reply: &Reply) -> bool {
    reply.contains("can not serve request over insecure http")
        || reply.contains("X-Forwarded-Proto header to be https")
}

fn redirected(visit: &Visit, reply: &Reply) -> (&'static str, String, String) {
    let target = reply
        .location()
        .and_then(|target| visit.url.join(target).ok());
    let Some(target) = target else {
        return (
            "redirected",
            "the server redirects without a valid Location".to_owned(),
            "check the configuration of the proxy".to_owned(),
        );
    };
    let base = without_path(&target);
    let to_https = visit.url.scheme() == "http"
        && target.scheme() == "https"
        && target.host_str() == visit.url.host_str();
    if to_https {
        return (
            "redirected-to-https",
            "the server redirects from http to https".to_owned(),
            format!("use {base} in all clients: a client must not follow a redirect with a token"),
        );
    }
    (
        "redirected",
        format!("the server redirects: {}", reply.summary()),
        format!(
            "if Ory is at {base}, use that URL in all clients: a client must not follow a redirect \
             with a token. If it is a login page of your proxy, let it pass /.well-known/ without \
             login. If it is a page of the network (a captive portal), log in there"
        ),
    )
}

/// Returns a URL without the path of the metadata.
fn without_path(url: &Url) -> String {
    let text = url.as_str().split(['?', '#']).next().unwrap_or_default();
    let base = text.strip_suffix("/.well-known/openid-configuration");
    clip(base.unwrap_or(&url.origin().ascii_serialization()))
}
