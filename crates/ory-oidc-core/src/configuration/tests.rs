use super::*;
use crate::url_policy::UrlProblem;

#[test]
fn invalid_base_url_is_refused_and_not_shown() {
    let refused = Configuration::new("https://user:hush@id.example")
        .expect_err("a base URL must not have credentials");
    assert!(matches!(
        refused,
        Error::Configuration(ConfigurationError::Url {
            setting: "base URL",
            problem: UrlProblem::Credentials
        })
    ));
    let shown = format!("{refused} {refused:?}");
    assert!(!shown.contains("hush"), "{shown}");
}

#[test]
fn user_agent_with_a_line_break_is_refused() {
    let client = reqwest::Client::new();
    let builder = Configuration::builder("http://127.0.0.1:1").http_client(client);
    let refused = builder.user_agent("my\napp").build();
    assert!(matches!(refused, Err(ConfigurationError::UserAgent)));
}

#[cfg(not(any(
    feature = "rustls",
    feature = "native-tls",
    feature = "rustls-no-provider"
)))]
#[test]
fn https_without_a_tls_library_is_refused_unless_an_http_client_is_set() {
    const BASE: &str = "https://id.example";
    let refused = Configuration::new(BASE).expect_err("there is no TLS library");
    assert!(matches!(
        refused,
        Error::Configuration(ConfigurationError::Tls { .. })
    ));
    let builder = Configuration::builder(BASE).http_client(reqwest::Client::new());
    builder.build().expect("the HTTP client may have TLS");
    Configuration::new("http://127.0.0.1:1").expect("plain http needs no TLS");
}

#[cfg(all(
    feature = "rustls-no-provider",
    not(any(feature = "rustls", feature = "native-tls"))
))]
#[test]
fn missing_crypto_provider_is_an_error() {
    for base in ["https://id.example", "http://127.0.0.1:1"] {
        let refused = Configuration::new(base).expect_err("no provider is installed");
        assert!(matches!(
            refused,
            Error::Configuration(ConfigurationError::Tls { .. })
        ));
    }
}

/// Sends two requests one after the other, and returns the number of connections.
async fn connections(pool_idle_timeout: Duration) -> usize {
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await;
    let listener = listener.expect("a loopback port is free");
    let address = listener.local_addr().expect("the listener is bound");
    let opened = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&opened);
    let server = tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            counter.fetch_add(1, Ordering::SeqCst);
            tokio::spawn(async move {
                let mut request = [0; 4096];
                while matches!(stream.read(&mut request).await, Ok(1..)) {
                    let reply = b"HTTP/1.1 204 No Content\r\n\r\n";
                    stream.write_all(reply).await.expect("the client reads");
                }
            });
        }
    });
    let builder = Configuration::builder(format!("http://{address}"));
    let configuration = builder.pool_idle_timeout(pool_idle_timeout).build();
    let configuration = configuration.expect("loopback is permitted");
    for _ in 0..2 {
        let request = reqwest::Request::new(reqwest::Method::GET, configuration.base_url().clone());
        let response = configuration.client().execute(request).await;
        let response = response.ok().expect("the server responds");
        let body = response.bytes();
        body.await.expect("the body is empty");
    }
    server.abort();
    opened.load(Ordering::SeqCst)
}

#[tokio::test]
async fn connection_is_reused_unless_the_idle_time_out_is_zero() {
    assert_eq!(connections(Duration::from_secs(60)).await, 1);
    assert_eq!(connections(Duration::ZERO).await, 2);
}

#[test]
fn options_replace_earlier_ones_and_leave_the_original_unchanged() {
    let original = Configuration::builder("http://127.0.0.1:1")
        .http_client(reqwest::Client::new())
        .build()
        .expect("loopback is permitted");
    let first = CallOptions::new().request_id("a");
    let second = CallOptions::new().timeout(Duration::from_secs(1));
    let replaced = original.with_options(first).with_options(second);
    assert_eq!(replaced.timeout(), Duration::from_secs(1));
    let headers = replaced.options().headers().expect("options are set");
    assert!(headers.is_empty());
    assert_eq!(replaced.base_url(), original.base_url());
    assert!(original.options().is_empty());
    assert_eq!(original.timeout(), TIMEOUT);
}
