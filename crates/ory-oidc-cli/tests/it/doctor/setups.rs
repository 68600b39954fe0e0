//! Proxies that break a setup, whatever server is behind them.

use super::{assert_found, report};
use crate::gateway::Rules;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse as _, Redirect, Response};
use serde_json::{Value, json};

const METADATA: &str = "/.well-known/openid-configuration";
const KEYS: &str = "/.well-known/jwks.json";

/// A broken proxy: what it does, how the doctor is called, and each finding with a part of its remedy.
struct Setup {
    name: &'static str,
    break_it: fn(Rules) -> Rules,
    options: &'static [&'static str],
    expected: &'static [(&'static str, &'static str)],
}

impl Setup {
    const fn new(
        name: &'static str,
        break_it: fn(Rules) -> Rules,
        expected: &'static [(&'static str, &'static str)],
    ) -> Self {
        Self {
            name,
            break_it,
            options: &[],
            expected,
        }
    }
}

fn page() -> Response {
    Html("<h1>Welcome</h1>").into_response()
}

fn not_found() -> Response {
    (StatusCode::NOT_FOUND, page()).into_response()
}

fn too_many() -> Response {
    let limits = [("retry-after", "17"), ("x-ratelimit-remaining", "0")];
    (StatusCode::TOO_MANY_REQUESTS, limits, "").into_response()
}

const SETUPS: &[Setup] = &[
    Setup::new("a proxy that is transparent", |rules| rules, &[]),
    Setup::new(
        "a web app responds to everything",
        |rules| rules.answer("/", page),
        &[("metadata-html", "let it pass /.well-known/")],
    ),
    Setup::new(
        "the proxy redirects to https",
        |rules| {
            rules.answer("/", || {
                Redirect::permanent("https://127.0.0.1/x").into_response()
            })
        },
        &[("redirected-to-https", "use https://127.0.0.1")],
    ),
    Setup::new(
        "a page of the network asks for a login",
        |rules| {
            rules.answer("/", || {
                Redirect::temporary("http://portal.example/login?from=x").into_response()
            })
        },
        &[("redirected", "captive portal")],
    ),
    Setup::new(
        "the network asks for a login",
        |rules| {
            rules.answer("/", || {
                StatusCode::NETWORK_AUTHENTICATION_REQUIRED.into_response()
            })
        },
        &[("network-login", "captive portal")],
    ),
    Setup::new(
        "the proxy does not reach the server",
        |rules| rules.answer("/", || StatusCode::BAD_GATEWAY.into_response()),
        &[("proxy-cannot-reach-ory", "check that Hydra runs")],
    ),
    Setup::new(
        "the proxy does not say that it terminates TLS",
        |rules| {
            // What Hydra answers without the header X-Forwarded-Proto.
            rules.answer(METADATA, || {
                let body = json!({"error": "can not serve request over insecure http"});
                (StatusCode::BAD_GATEWAY, body.to_string()).into_response()
            })
        },
        &[("tls-termination", "X-Forwarded-Proto")],
    ),
    Setup::new(
        "the proxy is in front of another path",
        |rules| rules.answer("/", not_found),
        &[("metadata-not-found", "the path below which Hydra is served")],
    ),
    Setup::new(
        "the proxy does not pass on the keys",
        |rules| rules.answer(KEYS, not_found),
        &[("keys-unreachable", "/.well-known/")],
    ),
    Setup::new(
        "no key is published",
        |rules| rules.change_json(KEYS, |keys| keys["keys"] = json!([])),
        &[("no-keys", "broadcast_keys")],
    ),
    Setup::new(
        "a private key is published",
        |rules| rules.change_json(KEYS, |keys| keys["keys"][0]["d"] = json!("AQAB")),
        &[("private-keys", "replace these keys")],
    ),
    Setup::new(
        "a key cannot be read, and has the id of another",
        |rules| {
            rules.change_json(KEYS, |keys| {
                let mut key = keys["keys"][0].clone();
                key["n"] = json!("not base64url!");
                keys["keys"].as_array_mut().expect("a list").push(key);
            })
        },
        &[
            ("unreadable-keys", "2048 bits"),
            ("duplicate-key-id", "its own kid"),
        ],
    ),
    Setup::new(
        "the keys are those of another server",
        |rules| {
            rules.change_json(METADATA, |metadata| {
                metadata["id_token_signing_alg_values_supported"] = json!(["ES256"]);
            })
        },
        &[("algorithm-without-key", "another one or of a cache")],
    ),
    Setup::new(
        "the server's clock is wrong",
        |rules| {
            rules.change("/", |reply| {
                let late = HeaderValue::from_static("Sun, 06 Nov 1994 08:49:37 GMT");
                reply.headers_mut().insert(header::DATE, late);
            })
        },
        &[("clock-skew", "NTP")],
    ),
    Setup::new(
        "the proxy removes challenges",
        |rules| {
            rules.change("/userinfo", |reply| {
                reply.headers_mut().remove(header::WWW_AUTHENTICATE);
            })
        },
        &[("userinfo-no-challenge", "WWW-Authenticate")],
    ),
    Setup::new(
        "the proxy caches userinfo",
        |rules| rules.answer("/userinfo", || "{\"sub\":\"somebody\"}".into_response()),
        &[("userinfo-open", "caches a user's token")],
    ),
    Setup::new(
        "the proxy does not pass on the token endpoint",
        |rules| rules.answer("/oauth2/token", not_found),
        &[("endpoint-not-routed", "/oauth2/")],
    ),
    Setup::new(
        "endpoints are at other origins",
        |rules| {
            rules.change_json(METADATA, |metadata| {
                metadata["token_endpoint"] = json!("https://tokens.example/oauth2/token");
                metadata["end_session_endpoint"] = json!("https://bye.example/logout");
            })
        },
        &[("foreign-endpoint", "urls.self.public")],
    ),
    Setup::new(
        "the firewall blocks registration",
        |rules| {
            rules.answer("/oauth2/register", || {
                (StatusCode::FORBIDDEN, page()).into_response()
            })
        },
        &[("registration-not-routed", "/oauth2/register")],
    ),
    Setup::new(
        "the metadata lack logout",
        |rules| {
            rules.change_json(METADATA, |metadata| {
                let members = metadata.as_object_mut().expect("an object");
                members.remove("end_session_endpoint");
                members.remove("backchannel_logout_supported");
            })
        },
        &[
            ("logout-missing", "no proxy changes"),
            ("back-channel-unsupported", "a version of Hydra"),
        ],
    ),
    Setup::new(
        "requests are refused by a rate limit",
        |rules| rules.answer("/userinfo", too_many),
        &[("rate-limited", "raise it in the proxy")],
    ),
    Setup {
        options: &["--register"],
        ..Setup::new(
            "the proxy removes tokens",
            |rules| rules.withhold(header::AUTHORIZATION),
            &[
                ("read-refused", "header Authorization"),
                ("delete-failed", "hydra delete oauth2-client"),
            ],
        )
    },
    Setup {
        options: &["--register"],
        ..Setup::new(
            "the proxy removes cookies",
            |rules| {
                rules.change("/oauth2/auth", |reply| {
                    reply.headers_mut().remove(header::SET_COOKIE);
                })
            },
            &[("login-cookie-missing", "Set-Cookie")],
        )
    },
];

/// Breaks a healthy setup in each way, and checks what the doctor says. `prepare` makes the proxy
/// healthy.
pub(super) fn check_all(upstream: &str, prepare: impl Fn(Rules) -> Rules) {
    for setup in SETUPS {
        let rules = prepare(Rules::new(upstream));
        let gateway = (setup.break_it)(rules).start();
        let report = report(&gateway.url(), setup.options);
        assert_found(setup.name, &report, setup.expected);
    }
}

/// Checks that the doctor finds an admin API that the proxy exposes.
pub(super) fn check_exposed_admin_api(
    upstream: &str,
    admin: &str,
    prepare: impl Fn(Rules) -> Rules,
) {
    let admin = admin.to_owned();
    let rules = prepare(Rules::new(upstream))
        .route(move |path| path.starts_with("/admin/").then(|| admin.clone()));
    let gateway = rules.start();
    let report: Value = report(&gateway.url(), &[]);
    let expected = [("admin-exposed", "behind a firewall")];
    assert_found("the proxy exposes the admin API", &report, &expected);
}
