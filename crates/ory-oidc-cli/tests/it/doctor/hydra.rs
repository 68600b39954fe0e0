//! On a real Ory Hydra.

use super::setups::{check_all, check_exposed_admin_api};
use super::{assert_found, report};
use ory_oidc_test_servers::Hydra;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Ory Hydra: `make test` builds it and runs this"]
async fn a_healthy_hydra_has_no_findings_and_every_broken_proxy_is_named() {
    let hydra = Hydra::builder().start().await;
    for options in [&[][..], &["--register"]] {
        assert_found("healthy", &report(hydra.public_url(), options), &[]);
    }
    let (url, admin) = (
        hydra.public_url().to_owned(),
        hydra.admin().url().to_owned(),
    );
    assert_found("admin URL", &report(&admin, &[]), &[("admin-url", "4444")]);
    check_exposed_admin_api(&url, &admin, |rules| rules);
    check_all(&url, |rules| rules);
    let paused = hydra.pause().await;
    let expected = [("timeout", "firewalls")];
    assert_found("hangs", &report(&url, &["--timeout", "1"]), &expected);
    drop(paused);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Ory Hydra: `make test` builds it and runs this"]
async fn every_wrong_setting_of_hydra_is_named_with_its_remedy() {
    let hydra = Hydra::builder().registration(false).config(|url| {
        json!({
            "urls": {
                "self": {"issuer": format!("{url}/")},
                "error": format!("{url}/oauth2/fallbacks/error"),
                "post_logout_redirect": format!("{url}/oauth2/fallbacks/logout/callback"),
            },
            "webfinger": {"oidc_discovery": {
                "jwks_url": "https://keys.example/jwks.json",
                "userinfo_url": format!("{url}/elsewhere"),
            }},
        })
    });
    let hydra = hydra.start().await;
    let expected = [
        ("issuer-slash", "ClientBuilder::issuer"),
        ("foreign-endpoint", "--trust-origin"),
        ("error-page-unset", "set urls.error"),
        (
            "registration-disabled",
            "oidc.dynamic_client_registration.enabled: true",
        ),
        ("userinfo-not-routed", "/userinfo"),
        ("post-logout-page-unset", "set urls.post_logout_redirect"),
    ];
    assert_found("settings", &report(hydra.public_url(), &[]), &expected);
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "needs Ory Hydra: `make test` builds it and runs this"]
async fn the_public_hydra_behind_an_internal_url_is_examined() {
    let hydra = Hydra::builder().config(|_| {
        json!({"urls": {
            "self": {"issuer": "https://id.example/", "public": "https://id.example/"},
            "login": "https://id.example/oauth2/fallbacks/login",
            "error": "http://127.0.0.1:3000/error",
            "post_logout_redirect": "http://app.example/bye",
        }})
    });
    let hydra = hydra.start().await;
    let url = hydra.public_url();
    let pages = [
        ("error-page-local", "set urls.error"),
        ("post-logout-page-insecure", "by https"),
    ];
    let mut expected = vec![("issuer-host", "--public-issuer https://id.example/")];
    expected.extend(pages);
    assert_found("not named", &report(url, &[]), &expected);
    let named = ["--public-issuer", "https://id.example/"];
    assert_found("named", &report(url, &named), &pages);
    let mut expected = vec![
        ("login-page-unset", "set urls.login"),
        // The tests start Hydra for development, although its issuer is https here.
        ("login-cookie-same-site", "without --dev"),
    ];
    expected.extend(pages);
    let registering = ["--public-issuer", "https://id.example/", "--register"];
    assert_found("login", &report(url, &registering), &expected);
}
