//! What a caller may change in the HTTP client, and what stays.

use crate::support::{Action, Server, TOKEN, json, reply};
use ory_oidc::error::{ConfigurationError, ErrorKind};
use ory_oidc::reqwest::header::{AUTHORIZATION, HeaderMap, HeaderName, HeaderValue};
use ory_oidc::reqwest::redirect::Policy;
use ory_oidc::reqwest::{self, Proxy};
use ory_oidc::{AccessToken, Client, ClientBuilder, Error, Subject};
use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

const USER: &str = r#"{"sub": "user-1"}"#;
const TENANT: HeaderName = HeaderName::from_static("x-tenant");

async fn userinfo(builder: ClientBuilder) -> Result<(), Error> {
    let ory = builder.build()?;
    let token = AccessToken::new(TOKEN);
    let user = ory.userinfo(&token, Subject::Expect("user-1")).await;
    user.map(drop)
}

#[tokio::test]
async fn default_headers_and_dns_can_be_set() {
    let server = Server::start([json(200, USER)]).await;
    let address = server.url().replace("http://", "");
    let address: SocketAddr = address.parse().expect("the URL has an address");
    let builder = Client::builder(format!("http://id.internal:{}", address.port()))
        .allow_insecure_http(true)
        .configure_http(move |http| {
            let acme = HeaderMap::from_iter([(TENANT, HeaderValue::from_static("acme"))]);
            http.default_headers(acme).resolve("id.internal", address)
        });
    userinfo(builder).await.expect("the name is resolved");
    assert_eq!(server.requests()[0].header("x-tenant"), Some("acme"));
}

#[tokio::test]
async fn redirects_proxies_and_time_outs_cannot_be_changed() {
    let proxy = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
    let address = proxy.local_addr().expect("the listener is bound");
    let nonblocking = proxy.set_nonblocking(true);
    nonblocking.expect("the listener is a socket");
    let elsewhere = format!("http://{address}/userinfo");
    let server = Server::start([reply(307, &[("location", &elsewhere)], ""), Action::Stall]).await;
    let builder = || {
        let url = format!("http://{address}");
        Client::builder(server.url())
            .timeout(Duration::from_secs(1))
            .configure_http(move |http| {
                let proxy = Proxy::all(url).expect("the URL is valid");
                http.redirect(Policy::limited(10))
                    .proxy(proxy)
                    .timeout(Duration::from_secs(3600))
            })
    };
    let redirected = userinfo(builder()).await.expect_err("a redirect");
    assert_eq!(redirected.status().map(|s| s.as_u16()), Some(307));
    let stalled = userinfo(builder()).await.expect_err("the server stalls");
    assert_eq!(stalled.kind(), ErrorKind::Timeout);
    let seen = proxy.accept();
    assert!(seen.is_err(), "nothing else is asked");
}

#[tokio::test]
async fn function_adds_headers_that_the_call_does_not_set() {
    let server = Server::start([json(200, USER)]).await;
    let builder = Client::builder(server.url()).request_headers(|headers| {
        let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
        headers.insert("traceparent", HeaderValue::from_static(trace));
        headers.insert(AUTHORIZATION, HeaderValue::from_static("Bearer other"));
        headers.append(TENANT, HeaderValue::from_static("a"));
        headers.append(TENANT, HeaderValue::from_static("b"));
    });
    userinfo(builder).await.expect("the server responds");
    let sent = &server.requests()[0];
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    assert_eq!(sent.header("traceparent"), Some(trace));
    let bearer = format!("Bearer {TOKEN}");
    assert_eq!(sent.header("authorization"), Some(bearer.as_str()));
    assert_eq!(sent.header("x-tenant"), Some("a"));
}

#[test]
fn two_http_clients_exclude_each_other() {
    let builder = Client::builder("http://127.0.0.1:1");
    let builder = builder.http_client(reqwest::Client::new());
    let refused = builder.configure_http(|http| http).build();
    let refused = refused.expect_err("one of them would be ignored");
    assert!(matches!(
        refused,
        Error::Configuration(ConfigurationError::ConflictingHttpClients)
    ));
}
