//! Endpoints that Hydra's configuration moves behind a gateway.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use ory_oidc::discovery::{AdvertisedEndpoints, DiscoveryError};
use ory_oidc::registration::ClientSecret;
use ory_oidc::{AccessToken, Client, ClientMetadata, Subject};
use ory_oidc_test_servers::Hydra;
use ory_oidc_test_servers::hydra::User;
use serde_json::json;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, copy_bidirectional};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

use crate::support::wanted;

/// Serves Hydra's userinfo at `/users/me` and its registration at `/clients`, and notes the requests.
struct Gateway {
    url: String,
    seen: Arc<Mutex<Vec<String>>>,
    task: Option<JoinHandle<()>>,
}

impl Gateway {
    /// Reserves an address.
    async fn bind() -> (Self, TcpListener) {
        let listener = TcpListener::bind("127.0.0.1:0").await;
        let listener = listener.expect("a loopback port is free");
        let address = listener.local_addr().expect("the listener is bound");
        let gateway = Self {
            url: format!("http://{address}"),
            seen: Arc::default(),
            task: None,
        };
        (gateway, listener)
    }

    /// Forwards requests to this server.
    fn serve(&mut self, listener: TcpListener, hydra: &Hydra) {
        let seen = Arc::clone(&self.seen);
        let server = hydra.public_url().replace("http://", "");
        self.task = Some(tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                // A client that hangs up early ends only its own connection.
                let _ = forward(client, &server, &seen).await;
            }
        }));
    }

    fn seen(&self) -> Vec<String> {
        let seen = self.seen.lock();
        seen.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// Forwards one connection. Its first request gets another path, and is the last.
async fn forward(mut client: TcpStream, server: &str, seen: &Mutex<Vec<String>>) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.windows(4).any(|four| four == b"\r\n\r\n") {
        if client.read_buf(&mut head).await? == 0 {
            return Ok(());
        }
    }
    let text = String::from_utf8_lossy(&head).into_owned();
    let (line, rest) = text.split_once("\r\n").unwrap_or_default();
    seen.lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(line.replace(" HTTP/1.1", ""));
    let line = line
        .replace(" /users/me", " /userinfo")
        .replace(" /clients", " /oauth2/register");
    let mut server = TcpStream::connect(server).await?;
    let request = format!("{line}\r\nconnection: close\r\n{rest}");
    server.write_all(request.as_bytes()).await?;
    copy_bidirectional(&mut client, &mut server).await?;
    Ok(())
}

#[tokio::test]
#[ignore = "needs Ory Hydra: `make test` builds it and runs this"]
async fn calls_go_where_hydras_configuration_says() {
    let (mut gateway, listener) = Gateway::bind().await;
    let url = gateway.url.clone();
    let hydra = Hydra::builder().config(move |_| {
        json!({"webfinger": {"oidc_discovery": {
            "client_registration_url": format!("{url}/clients"),
            "userinfo_url": format!("{url}/users/me"),
        }}})
    });
    let hydra = hydra.start().await;
    gateway.serve(listener, &hydra);
    let builder = || {
        Client::builder(hydra.public_url())
            .issuer(hydra.issuer())
            // The gateway closes each connection.
            .pool_idle_timeout(std::time::Duration::ZERO)
            .advertised_endpoints(AdvertisedEndpoints::Always)
    };
    let ory = builder().trust_endpoint_origin(&gateway.url).build();
    let ory = ory.expect("the URLs are valid");

    let registration = ory.register(&wanted("client_secret_basic")).await;
    let mut registration = registration.expect("the metadata are valid");
    assert_eq!(gateway.seen(), ["POST /clients"]);
    let secret = registration.client_secret().map(ClientSecret::expose);
    let login = hydra.log_in(registration.client_id(), secret);
    let tokens = login.user(User::new("zoe")).scope("openid").tokens().await;
    let token = AccessToken::new(tokens.access_token);
    let user = ory.userinfo(&token, Subject::Expect("zoe")).await;
    user.expect("the token is valid");
    assert_eq!(gateway.seen(), ["POST /clients", "GET /users/me"]);
    let urls = [ory.registration_endpoint(), ory.userinfo_endpoint()];
    let expected = ["/clients", "/users/me"].map(|path| format!("{}{path}", gateway.url));
    assert_eq!(urls.map(|endpoint| endpoint.url().to_string()), expected);

    // Hydra says where a registration is managed: at its own address.
    let managed = ory.client_configuration_endpoint(&registration);
    let managed = managed.expect("the id is a segment").url().to_string();
    assert_eq!(Some(&*managed), registration.registration_client_uri());
    assert!(managed.starts_with(hydra.public_url()), "{managed}");
    ory.read_registration(&mut registration)
        .await
        .expect("read");
    let rename = |metadata: &mut ClientMetadata| metadata.set_client_name("Renamed");
    let updated = ory.update_registration(&mut registration, rename).await;
    updated.expect("updated");
    ory.delete_registration(&registration)
        .await
        .expect("deleted");

    // The gateway gets nothing from a client that does not trust it.
    let before = gateway.seen();
    let strict = builder().build().expect("the URLs are valid");
    let refused = strict.userinfo(&token, Subject::Expect("zoe")).await;
    let refused = refused.expect_err("the gateway is not trusted");
    let Some(DiscoveryError::ForeignEndpoints { endpoints }) = refused.validation() else {
        panic!("{refused:?}");
    };
    let named = endpoints.iter().map(|endpoint| endpoint.member.as_str());
    let named: Vec<_> = named.collect();
    assert!(named.contains(&"userinfo_endpoint"), "{named:?}");
    assert!(named.contains(&"registration_endpoint"), "{named:?}");
    let registered = strict.register(&wanted("none")).await;
    registered.expect_err("the gateway is not trusted");
    assert_eq!(gateway.seen(), before);
}
