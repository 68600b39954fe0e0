//! Whether the issuer is the one that clients expect (OpenID Connect Discovery §4.3).

use crate::doctor::finding::Check;
use crate::doctor::visit::{Visit, is_private};
use ory_oidc_core::text::clip;
use ory_oidc_core::url_policy::is_loopback;
use reqwest::Url;

pub(crate) fn check(typed: &str, visit: &Visit, found: &str) -> Check {
    let mut check = Check::new("issuer");
    let options = &visit.options;
    let named = options
        .issuer
        .as_deref()
        .or(options.public_issuer.as_deref());
    let expected = named.unwrap_or(typed);
    let shown = clip(found);
    let url = Url::parse(found).ok();
    let url = url.filter(|url| {
        matches!(url.scheme(), "http" | "https")
            && url.query().is_none()
            && url.fragment().is_none()
    });
    let Some(url) = url else {
        check.error(
            "issuer-invalid",
            format!("the issuer {shown:?} is not a URL without query and fragment"),
            "set urls.self.issuer in Hydra's configuration to its public https URL",
        );
        return check;
    };
    if found == expected {
        check.fact(shown.clone());
    } else {
        compare(&mut check, expected, visit, &url, &shown);
    }
    if url.scheme() == "http" && !is_private(&url) && !options.insecure_http {
        check.error(
            "issuer-http",
            format!("the issuer {shown:?} is plain http at a public host"),
            "set urls.self.issuer to an https URL; OpenID Connect requires it, and clients refuse this one",
        );
    }
    check
}

fn compare(check: &mut Check, expected: &str, visit: &Visit, found: &Url, shown: &str) {
    let wanted = Url::parse(expected).unwrap_or_else(|_| visit.url.clone());
    let trimmed = |url: &Url| url.path().trim_end_matches('/').to_owned();
    let host = |url: &Url| url.host_str().map(str::to_owned);
    let set = format!("set urls.self.issuer in Hydra's configuration to {expected:?}");
    let differs =
        |part: &str| format!("the issuer is {shown:?}, and clients use {expected:?}: {part}");
    if host(found) != host(&wanted) {
        let remedy = if is_loopback(found) && is_loopback(&wanted) {
            format!(
                "use {shown:?} everywhere, or {set}. Clients compare names, and browsers keep the \
                 cookies of localhost and 127.0.0.1 apart"
            )
        } else if is_loopback(found) && !is_loopback(&wanted) {
            format!("urls.self.issuer was left at a local address: {set}")
        } else {
            format!(
                "if {expected:?} is an internal address of {shown:?}, build clients with \
                 public_issuer({shown:?}), and run this again with --public-issuer {shown}. \
                 Otherwise, {set}"
            )
        };
        check.error("issuer-host", differs("the hosts differ"), remedy);
    } else if found.scheme() != wanted.scheme() {
        let remedy = format!("{set}. Hydra does not learn the scheme from the proxy");
        check.error("issuer-scheme", differs("http and https differ"), remedy);
    } else if found.port_or_known_default() != wanted.port_or_known_default() {
        let remedy =
            format!("{set}, with the port that clients use, not the one at which Hydra listens");
        check.error("issuer-port", differs("the ports differ"), remedy);
    } else if trimmed(found) != trimmed(&wanted) {
        let remedy =
            format!("{set}. Hydra does not learn from the proxy below which path it is served");
        check.error("issuer-path", differs("the paths differ"), remedy);
    } else {
        check.warn(
            "issuer-slash",
            differs("they differ by the slash at the end or in spelling, and clients compare every character"),
            format!(
                "give clients the issuer exactly as {shown:?}, for example with \
                 ClientBuilder::issuer; or {set}"
            ),
        );
    }
}
