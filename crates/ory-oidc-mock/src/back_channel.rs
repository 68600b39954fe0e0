//! Back-channel logout: tells the clients of a session that it has ended (OpenID Connect Back-Channel
//! Logout 1.0).

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Uri, header};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::backchannel_logout::BackchannelLogout;
use crate::issue;
use crate::state::{Session, Shared, State};

/// The time that a client has to respond.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Calls each client of a session that registered a `backchannel_logout_uri`. Like Hydra, it does not wait
/// for the clients. Unlike Hydra, it calls each once.
pub(crate) fn notify(shared: &Arc<Shared>, state: &mut State, session: &Session) {
    for client_id in &session.clients {
        let client = state.clients.get(client_id);
        let uri = client.map_or("", |client| client.metadata.text("backchannel_logout_uri"));
        if uri.is_empty() {
            continue;
        }
        let uri = uri.to_owned();
        let token = issue::logout_token(shared, state, client_id, &session.id);
        let call = BackchannelLogout::new(client_id, &uri, token.clone());
        let number = state.back_channel.begin(call);
        let shared = Arc::clone(shared);
        tokio::spawn(async move {
            let outcome = send(&uri, &token, TIMEOUT).await;
            shared.state().back_channel.finish(number, outcome);
        });
    }
}

/// Sends a logout token. Returns the status of the response, or the reason why none arrived.
async fn send(uri: &str, token: &str, limit: Duration) -> Result<u16, String> {
    let sent = timeout(limit, exchange(uri, token)).await;
    sent.unwrap_or_else(|_| Err(format!("no response within {limit:?}")))
}

async fn exchange(uri: &str, token: &str) -> Result<u16, String> {
    let uri: Uri = uri
        .parse()
        .map_err(|error| format!("invalid URL: {error}"))?;
    let stream = connect(&uri).await?;
    let failed = |error: hyper::Error| format!("no response: {error}");
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(failed)?;
    let target = uri.path_and_query().map_or("/", |target| target.as_str());
    let host = uri.authority().map_or("", |authority| authority.as_str());
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("logout_token", token)
        .finish();
    let request = Request::post(target)
        .header(header::HOST, host)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Body::from(form))
        .map_err(|error| format!("invalid URL: {error}"))?;
    let connection = tokio::spawn(connection);
    let response = sender.send_request(request).await.map_err(failed);
    connection.abort();
    response.map(|response| response.status().as_u16())
}

/// Connects to a client on this machine. No test is to call anybody else.
async fn connect(uri: &Uri) -> Result<TcpStream, String> {
    let host = uri.host().unwrap_or_default();
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let addresses: Vec<IpAddr> = match host {
        "localhost" => vec![Ipv4Addr::LOCALHOST.into(), Ipv6Addr::LOCALHOST.into()],
        host => host.parse().into_iter().collect(),
    };
    let is_loopback = addresses.iter().any(IpAddr::is_loopback);
    if uri.scheme_str() != Some("http") || !is_loopback {
        return Err("not sent: expected http and a loopback address".to_owned());
    }
    let port = uri.port_u16().unwrap_or(80);
    let addresses: Vec<_> = addresses
        .into_iter()
        .map(|address| SocketAddr::new(address, port))
        .collect();
    let connected = TcpStream::connect(&addresses[..]).await;
    connected.map_err(|error| format!("no connection: {error}"))
}

#[cfg(test)]
mod tests {
    use super::send;
    use std::time::Duration;

    fn runtime() -> tokio::runtime::Runtime {
        let mut builder = tokio::runtime::Builder::new_current_thread();
        builder.enable_all().build().expect("a runtime starts")
    }

    #[test]
    fn only_http_at_the_loopback_interface_is_called() {
        for uri in [
            "https://127.0.0.1:9/logout",
            "http://app.example/logout",
            "http://192.0.2.1/logout",
            "http://localhost.example/logout",
            "/logout",
        ] {
            let outcome = runtime().block_on(send(uri, "token", Duration::from_secs(5)));
            let failure = outcome.expect_err("nothing is sent");
            assert!(failure.starts_with("not sent: "), "{uri}: {failure}");
        }
    }

    #[test]
    fn a_client_that_does_not_respond_is_given_up() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let port = listener.local_addr().expect("the listener is bound").port();
        for host in ["127.0.0.1", "localhost"] {
            let uri = format!("http://{host}:{port}/logout");
            let outcome = runtime().block_on(send(&uri, "token", Duration::from_millis(50)));
            assert_eq!(outcome, Err("no response within 50ms".to_owned()));
        }
    }
}
