//! The pages to which Ory sends browsers.

use crate::doctor::finding::Check;
use crate::doctor::visit::Provider;
use ory_oidc_core::text::clip;
use ory_oidc_core::url_policy::is_loopback;
use reqwest::Url;

/// A page of the login app, and the key that configures it in Hydra.
pub(super) struct Page {
    pub(super) name: &'static str,
    pub(super) key: &'static str,
    /// Where Hydra sends browsers if the key is not set.
    pub(super) fallback: &'static str,
    pub(super) unset: &'static str,
    pub(super) local: &'static str,
    pub(super) insecure: &'static str,
    /// Whether users cannot log in without the page.
    pub(super) is_needed: bool,
}

/// Checks the target of a redirect to a page.
pub(super) fn check_page(check: &mut Check, provider: &Provider, page: &Page, target: &Url) {
    let Page { name, key, .. } = page;
    let mut add = |id, problem: String, remedy: String| {
        if page.is_needed {
            check.error(id, problem, remedy);
        } else {
            check.warn(id, problem, remedy);
        }
    };
    if target.path().ends_with(page.fallback) {
        add(
            page.unset,
            format!(
                "{key} is not set: users see a page of Hydra that is meant for its administrator"
            ),
            format!("set {key} in Hydra's configuration to the URL of your {name}"),
        );
        return;
    }
    let origin = clip(&target.origin().ascii_serialization());
    if is_loopback(target) && !provider.is_local() {
        add(
            page.local,
            format!("browsers are sent to the {name} at {origin}, which is the user's own machine"),
            format!("set {key} in Hydra's configuration to the public URL of the {name}"),
        );
    } else if target.scheme() == "http" && provider.is_https() {
        add(
            page.insecure,
            format!("browsers are sent from https to the {name} by plain http, at {origin}"),
            format!(
                "serve the {name} by https, and set {key} in Hydra's configuration to that URL"
            ),
        );
    }
}
