//! Whether users can be logged out.

use super::pages::{Page, check_page};
use super::routing::{is_not_routed, pass_on};
use crate::doctor::finding::Check;
use crate::doctor::probe::Reply;
use crate::doctor::visit::{Provider, Visit};
use reqwest::Url;

/// Where a browser ends that is not logged in.
const LOGGED_OUT_PAGE: Page = Page {
    name: "page after logout",
    key: "urls.post_logout_redirect",
    fallback: "/oauth2/fallbacks/logout/callback",
    unset: "post-logout-page-unset",
    local: "post-logout-page-local",
    insecure: "post-logout-page-insecure",
    is_needed: false,
};

pub(crate) async fn check(visit: &Visit, provider: &Provider) -> Check {
    let mut check = Check::new("logout");
    for (member, id, what) in [
        (
            "backchannel_logout_supported",
            "back-channel-unsupported",
            "by the server itself",
        ),
        (
            "frontchannel_logout_supported",
            "front-channel-unsupported",
            "by the browser",
        ),
    ] {
        if !provider.flag(member) {
            check.warn(
                id,
                format!("{member} is not true: apps are not told {what} that a user logs out"),
                "use a version of Hydra that supports it (1.0 or later), and check that no proxy changes \
                 the metadata",
            );
        }
    }
    let Some(endpoint) = provider.text("end_session_endpoint") else {
        check.warn(
            "logout-missing",
            "the metadata has no end_session_endpoint: apps cannot log users out",
            "check that no proxy changes the metadata",
        );
        return check;
    };
    let Some(url) = provider.reached(endpoint) else {
        return Check::skipped("logout", "the endpoint is at another origin; see endpoints");
    };
    // Without a session and an ID token, nobody is logged out.
    match visit.probe.get(&url).await {
        Ok(reply) => check_reply(&mut check, provider, &url, &reply),
        Err(trouble) => {
            check.error(
                "logout-unreachable",
                trouble.summary(&url),
                pass_on("/oauth2/sessions/"),
            );
        }
    }
    if check.findings.is_empty() {
        check.fact("works; front-channel and back-channel logout are supported");
    }
    check
}

fn check_reply(check: &mut Check, provider: &Provider, url: &str, reply: &Reply) {
    if is_not_routed(reply) {
        check.error(
            "logout-not-routed",
            format!(
                "the logout endpoint does not respond as Ory does: {}",
                reply.summary()
            ),
            pass_on("/oauth2/sessions/"),
        );
        return;
    }
    let base = Url::parse(url).ok();
    let target = reply.location().zip(base);
    if let Some(target) = target.and_then(|(target, base)| base.join(target).ok()) {
        check_page(check, provider, &LOGGED_OUT_PAGE, &target);
    }
}
