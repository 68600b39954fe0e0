//! On the mock server.

use super::setups::{check_all, check_exposed_admin_api};
use super::{assert_found, findings, report};
use crate::gateway::Rules;
use crate::program::ory_oidc;
use axum::http::header;
use ory_oidc_mock::{Fault, OryMock, OryMockBuilder};
use std::io::{Read as _, Write as _};
use std::net::TcpListener;

fn builder() -> OryMockBuilder {
    OryMock::builder()
        .login_url("https://login.example/login")
        .post_logout_url("https://app.example/bye")
}

/// Adds what the mock server lacks: an error page of its own, and a cookie for each login.
fn like_hydra(rules: Rules) -> Rules {
    rules.change("/oauth2/auth", |reply| {
        let location = reply.headers_mut().get_mut(header::LOCATION);
        let location = location.expect("the endpoint redirects");
        let text = location.to_str().expect("a location is text").to_owned();
        if let Some((_, query)) = text.split_once("/oauth2/fallbacks/error") {
            let moved = format!("https://login.example/error{query}");
            *location = moved.parse().expect("a valid location");
        } else {
            let cookie = "csrf=1; Path=/; HttpOnly; SameSite=Lax";
            let cookie = cookie.parse().expect("a valid header");
            reply.headers_mut().insert(header::SET_COOKIE, cookie);
        }
    })
}

#[test]
fn a_healthy_set_up_has_no_findings() {
    let ory = builder().start_blocking();
    let gateway = like_hydra(Rules::new(ory.url())).start();
    for options in [&[][..], &["--register"]] {
        assert_found("healthy", &report(&gateway.url(), options), &[]);
    }
    let registered = ory.requests_to("POST", "/oauth2/register");
    assert_eq!(registered.len(), 1);
    assert!(
        ory.registered_clients().is_empty(),
        "the client was deleted"
    );
}

#[test]
fn every_broken_proxy_is_named_with_its_remedy() {
    let ory = builder().start_blocking();
    check_all(ory.url(), like_hydra);
    check_exposed_admin_api(ory.url(), ory.admin_url(), like_hydra);
}

#[test]
fn nothing_is_changed_without_the_option() {
    let ory = builder().start_blocking();
    report(ory.url(), &[]);
    for request in ory.requests() {
        let (method, path) = (request.method(), request.path());
        let is_empty_form =
            ["/oauth2/token", "/oauth2/revoke"].contains(&path) && request.body().is_empty();
        assert!(method == "GET" || is_empty_form, "{method} {path}");
    }
    assert!(ory.registered_clients().is_empty());
}

#[test]
fn every_broken_server_is_named_with_its_remedy() {
    for (setup, builder, expected) in [
        (
            "registration is disabled",
            builder().registration(false),
            (
                "registration-disabled",
                "oidc.dynamic_client_registration.enabled: true",
            ),
        ),
        (
            "the issuer ends in a slash",
            builder().issuer_trailing_slash(true),
            ("issuer-slash", "ClientBuilder::issuer"),
        ),
        (
            "the issuer is plain http at a public host",
            builder().issuer("http://id.example"),
            ("issuer-http", "https URL"),
        ),
        (
            "the issuer is no web address",
            builder().issuer("urn:example:issuer"),
            ("issuer-invalid", "urls.self.issuer"),
        ),
    ] {
        let ory = builder.start_blocking();
        let found = findings(&report(ory.url(), &[]));
        let remedy = found.iter().find(|(id, _)| id == expected.0);
        let (_, remedy) = remedy.unwrap_or_else(|| panic!("{setup}: {found:?}"));
        assert!(remedy.contains(expected.1), "{setup}: {remedy}");
    }
}

#[test]
fn a_split_horizon_that_is_named_has_no_findings() {
    let ory = builder().start_blocking();
    let rules = like_hydra(Rules::new(ory.url())).known_as("https://id.example");
    let gateway = rules.start();
    let named = ["--public-issuer", "https://id.example"];
    assert_found("named", &report(&gateway.url(), &named), &[]);
    let expected = [("issuer-host", "--public-issuer https://id.example")];
    assert_found("not named", &report(&gateway.url(), &[]), &expected);
}

#[test]
fn the_admin_url_is_recognized() {
    let ory = builder().start_blocking();
    let expected = [("admin-url", "4444")];
    assert_found("admin URL", &report(ory.admin_url(), &[]), &expected);
}

#[test]
fn a_server_that_cannot_be_reached_is_explained() {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
    let address = listener.local_addr().expect("a listener has an address");
    let url = format!("http://{address}");
    let expected = [("timeout", "firewalls")];
    assert_found(
        "nobody accepts",
        &report(&url, &["--timeout", "1"]),
        &expected,
    );
    drop(listener);
    let expected = [("connection-refused", "4444")];
    assert_found("nobody listens", &report(&url, &[]), &expected);

    let ory = builder().start_blocking();
    ory.fail_next(Fault::drop_connection().until_cleared());
    let expected = [("connection-closed", "use https")];
    assert_found("the connection closes", &report(ory.url(), &[]), &expected);
}

/// Starts a server that sends bytes to everybody and closes the connection. Returns its URL.
fn send_to_everybody(bytes: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
    let address = listener.local_addr().expect("a listener has an address");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            // The client may have gone away.
            let _ = stream.read(&mut [0; 1024]);
            let _ = stream.write_all(bytes);
        }
    });
    format!("http://{address}")
}

#[test]
fn a_response_that_is_not_http_or_breaks_off_is_explained() {
    let url = send_to_everybody(b"SSH-2.0-OpenSSH_9.9\r\n");
    let expected = [("http-not-spoken", "use https")];
    assert_found("another protocol", &report(&url, &[]), &expected);
    // The alert of a port that expects TLS.
    let url = send_to_everybody(b"\x15\x03\x01\x00\x02\x02\x46");
    assert_found("TLS", &report(&url, &[]), &expected);
    let url = send_to_everybody(b"HTTP/1.1 200 OK\r\ncontent-length: 500\r\n\r\n{");
    let expected = [("response-cut", "its limits")];
    assert_found("cut", &report(&url, &[]), &expected);
}

#[test]
fn a_rate_limit_that_is_nearly_used_up_is_told() {
    let ory = builder().start_blocking();
    let announcing = |remaining: &'static str| {
        let rules = like_hydra(Rules::new(ory.url()));
        let rules = rules.change("/", move |reply| {
            for (name, value) in [
                ("x-ratelimit-limit", "100"),
                ("x-ratelimit-remaining", remaining),
            ] {
                let value = value.parse().expect("a valid header");
                reply.headers_mut().insert(name, value);
            }
        });
        let gateway = rules.start();
        report(&gateway.url(), &[])
    };
    assert_found("enough is left", &announcing("50"), &[]);
    let expected = [("rate-limit-low", "raise the limit")];
    assert_found("little is left", &announcing("5"), &expected);
}

#[test]
fn a_server_that_refuses_registration_is_explained() {
    let ory = builder().initial_access_token("initial").start_blocking();
    let gateway = like_hydra(Rules::new(ory.url())).start();
    let url = gateway.url();
    let found = findings(&report(&url, &["--register"]));
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(found[0].0, "register-failed");
    let done = ory_oidc(["doctor", &url, "--register", "--strict"])
        .variable("ORY_INITIAL_ACCESS_TOKEN", "initial")
        .run();
    assert_eq!(done.code, 0, "{done:?}");
}
