//! Where the endpoints are, and whether requests reach Ory there.

use super::pages::{Page, check_page};
use super::routing::{is_not_routed, pass_on};
use crate::doctor::finding::Check;
use crate::doctor::visit::{Provider, Visit, is_private};
use ory_oidc_core::text::clip;
use ory_oidc_core::url_policy::web_origin;
use reqwest::Url;
use serde_json::Value;

const ERROR_PAGE: Page = Page {
    name: "error page",
    key: "urls.error",
    fallback: "/oauth2/fallbacks/error",
    unset: "error-page-unset",
    local: "error-page-local",
    insecure: "error-page-insecure",
    is_needed: false,
};

pub(crate) async fn check(visit: &Visit, provider: &Provider) -> Check {
    let mut check = Check::new("endpoints");
    check_origins(&mut check, provider);
    check_authorization(&mut check, visit, provider).await;
    for member in ["token_endpoint", "revocation_endpoint"] {
        check_form(&mut check, visit, provider, member).await;
    }
    if check.findings.is_empty() {
        check.fact("all at the issuer's origin, and Ory answers there");
    }
    check
}

fn check_origins(check: &mut Check, provider: &Provider) {
    let mut foreign = Vec::new();
    let mut insecure = Vec::new();
    let mut invalid = Vec::new();
    for (member, url) in all(provider) {
        match web_origin(&url) {
            None => invalid.push(clip(&member)),
            Some(origin) if !provider.trusts(&url) => {
                foreign.push(format!("{} at {}", clip(&member), clip(&origin)));
            }
            Some(_) => {}
        }
        let is_http = Url::parse(&url).is_ok_and(|url| url.scheme() == "http" && !is_private(&url));
        if is_http && provider.is_https() {
            insecure.push(clip(&member));
        }
    }
    if !invalid.is_empty() {
        check.error(
            "endpoint-invalid",
            format!("not an http or https URL: {}", invalid.join(", ")),
            "correct the URLs under webfinger.oidc_discovery in Hydra's configuration",
        );
    }
    if !foreign.is_empty() {
        check.error(
            "foreign-endpoint",
            format!("endpoints at other origins than the issuer's: {}", foreign.join(", ")),
            "clients refuse these metadata, because codes and tokens would be sent there. Set \
             urls.self.public to the issuer's URL, and remove webfinger.oidc_discovery from Hydra's \
             configuration. If the origins are right, trust each: --trust-origin here, \
             ClientBuilder::trust_endpoint_origin in clients",
        );
    }
    if !insecure.is_empty() {
        check.error(
            "insecure-endpoint",
            format!("the issuer is https, and these endpoints are plain http: {}", insecure.join(", ")),
            "set urls.self.public and webfinger.oidc_discovery in Hydra's configuration to https URLs",
        );
    }
}

/// Returns the members that are URLs of endpoints.
fn all(provider: &Provider) -> Vec<(String, String)> {
    let mut found = Vec::new();
    for (member, value) in &provider.members {
        let is_endpoint = member.ends_with("_endpoint")
            || matches!(
                member.as_str(),
                "jwks_uri" | "check_session_iframe" | "credentials_endpoint_draft_00"
            );
        match value {
            Value::String(url) if is_endpoint => found.push((member.clone(), url.clone())),
            Value::Object(aliases) if member == "mtls_endpoint_aliases" => {
                for (alias, url) in aliases {
                    let url = url.as_str().unwrap_or_default();
                    found.push((format!("{member}.{alias}"), url.to_owned()));
                }
            }
            _ => {}
        }
    }
    found
}

/// Asks for a login without a client, which ends at an error page.
async fn check_authorization(check: &mut Check, visit: &Visit, provider: &Provider) {
    let member = "authorization_endpoint";
    let Some(url) = reached(check, provider, member) else {
        return;
    };
    match visit.probe.get(&url).await {
        Err(trouble) => unreachable(check, member, &trouble.summary(&url)),
        Ok(reply) if is_not_routed(&reply) => not_routed(check, member, &reply.summary()),
        Ok(reply) => {
            let base = Url::parse(&url).ok();
            let target = reply.location().zip(base);
            if let Some(target) = target.and_then(|(target, base)| base.join(target).ok()) {
                check_page(check, provider, &ERROR_PAGE, &target);
            }
        }
    }
}

/// Sends an empty form, which Ory refuses with an OAuth 2.0 error.
async fn check_form(check: &mut Check, visit: &Visit, provider: &Provider, member: &'static str) {
    if member == "revocation_endpoint" && provider.text(member).is_none() {
        return;
    }
    let Some(url) = reached(check, provider, member) else {
        return;
    };
    match visit.probe.post_empty_form(&url).await {
        Err(trouble) => unreachable(check, member, &trouble.summary(&url)),
        Ok(reply) if reply.status == 429 => {}
        Ok(reply) if !matches!(reply.status, 400 | 401) || !reply.is_oauth_error() => {
            not_routed(check, member, &reply.summary());
        }
        Ok(_) => {}
    }
}

fn reached(check: &mut Check, provider: &Provider, member: &str) -> Option<String> {
    let Some(endpoint) = provider.text(member) else {
        check.error(
            "endpoint-missing",
            format!("the metadata has no {member}: users cannot log in"),
            "check that no proxy changes the metadata",
        );
        return None;
    };
    provider.reached(endpoint)
}

fn unreachable(check: &mut Check, member: &str, reason: &str) {
    check.error(
        "endpoint-unreachable",
        format!("{member}: {reason}"),
        "check that the URL in the metadata is the one that clients reach; Hydra makes it of \
         urls.self.issuer and urls.self.public",
    );
}

fn not_routed(check: &mut Check, member: &str, summary: &str) {
    check.error(
        "endpoint-not-routed",
        format!("{member}: the response does not come from Ory: {summary}"),
        pass_on("/oauth2/"),
    );
}
