//! Runs all seven operations and prints each exchange.
//!
//! `cargo run --example tour` uses the in-process mock server. For a real server, set:
//!
//! - `ORY_URL`: its base URL
//! - `ORY_ISSUER`: its issuer, if it is not the base URL
//! - `ORY_ACCESS_TOKEN`: a user's access token, for userinfo
//! - `ORY_ID_TOKEN`: a user's ID token, for logout

#![allow(clippy::print_stdout)]

mod support;

use ory_oidc::error::ErrorKind;
use ory_oidc::operation::{self, Exchange};
use ory_oidc::{Client, ClientMetadata, Error, Registration, Subject};
use std::sync::{Arc, Mutex, PoisonError};
use support::Server;

type Log = Arc<Mutex<Vec<Exchange>>>;

struct Tour {
    server: Server,
    ory: Client,
    log: Log,
}

// A test runs it, too.
#[tokio::main]
pub(crate) async fn main() {
    let server = Server::from_env().await;
    let what = if server.is_mock() {
        "the mock server; set ORY_URL for a real one"
    } else {
        "from ORY_URL"
    };
    println!("The seven operations at {} ({what})\n", server.url);
    let log = Log::default();
    let observed = Arc::clone(&log);
    let report = move |exchange: &Exchange| {
        observed
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(*exchange);
    };
    let tour = match server.client().observe(report).build() {
        Ok(ory) => Tour { server, ory, log },
        Err(error) => {
            println!("the client cannot be built: {error}");
            std::process::exit(2);
        }
    };
    if !tour.run().await {
        std::process::exit(1);
    }
}

impl Tour {
    /// Returns whether every step succeeded.
    async fn run(&self) -> bool {
        let mut good = true;
        let mut registration = match self.register().await {
            Ok(registration) => Some(registration),
            Err(error) => {
                let why = if error.kind() == ErrorKind::NotFound {
                    "dynamic client registration is disabled".to_owned()
                } else {
                    good = false;
                    error.to_string()
                };
                self.report(&why);
                None
            }
        };
        if let Some(registration) = &mut registration {
            good &= self.read_and_update(registration).await;
        } else {
            skipped("read and update", "no client is registered");
        }
        good &= self.discover().await;
        good &= self.userinfo(registration.as_ref()).await;
        good &= self.end_session(registration.as_ref()).await;
        match &registration {
            Some(registration) => {
                let deleted = self.ory.delete_registration(registration).await;
                good &= self.show(deleted.map(|()| "deleted, with its secret and token".into()));
            }
            None => skipped("delete", "no client is registered"),
        }
        self.provoke_an_error(registration).await;
        good
    }

    async fn register(&self) -> Result<Registration, Error> {
        let mut wanted = ClientMetadata::new(["https://app.example/callback"])
            .client_name("Tour")
            .scope(["openid", "offline_access"])
            .post_logout_redirect_uris(["https://app.example/bye"])
            .member("software_id", "4NRB1-0XZABZI9E6-5SM3R");
        if self.server.is_mock() {
            // Only the mock server can issue a token to this client, below.
            wanted.set_userinfo_signed_response_alg("RS256");
        }
        let registration = self.ory.register(&wanted).await?;
        self.report(&format!(
            "client {}, with a secret and a registration access token",
            registration.client_id(),
        ));
        for difference in registration.differences(&wanted) {
            note(&difference.to_string());
        }
        Ok(registration)
    }

    async fn read_and_update(&self, registration: &mut Registration) -> bool {
        let read = self.ory.read_registration(registration).await;
        let name = registration
            .granted()
            .client_name
            .clone()
            .unwrap_or_default();
        let mut good = self.show(read.map(|()| format!("its name is {name:?}")));

        let old = registration.registration_access_token().cloned();
        let change = |m: &mut ClientMetadata| m.set_client_name("Tour, renamed");
        let updated = self.ory.update_registration(registration, change).await;
        let rotated = registration.registration_access_token() != old.as_ref();
        let token = if rotated {
            "a new token replaced the old one"
        } else {
            "the token is unchanged"
        };
        let name = registration
            .granted()
            .client_name
            .clone()
            .unwrap_or_default();
        good &= self.show(updated.map(|()| format!("its name is {name:?}; {token}")));
        good
    }

    async fn discover(&self) -> bool {
        let provider = self.ory.discover().await;
        self.show(
            provider.map(|provider| format!("the issuer is {}, as expected", provider.issuer())),
        )
    }

    async fn userinfo(&self, registration: Option<&Registration>) -> bool {
        let ours = registration.filter(|_| self.server.is_mock());
        let Some(token) = self.server.access_token(ours.map(Registration::client_id)) else {
            skipped("userinfo", "set ORY_ACCESS_TOKEN to a user's access token");
            return true;
        };
        let user = match ours {
            Some(registration) => {
                let request = self.ory.userinfo(&token, Subject::Expect("user-123"));
                request.relying_party(registration).await
            }
            None => self.ory.userinfo(&token, Subject::Unchecked).await,
        };
        self.show(user.map(|user| {
            let groups: Option<Vec<String>> = user.claim("groups").unwrap_or_default();
            let groups = groups.unwrap_or_default().join(" and ");
            format!(
                "{}, {}, in {groups}{}",
                user.sub(),
                user.name().unwrap_or("no name"),
                if ours.is_some() {
                    "; the signature is valid"
                } else {
                    ""
                }
            )
        }))
    }

    async fn end_session(&self, registration: Option<&Registration>) -> bool {
        let Some(id_token) = self
            .server
            .id_token(registration.map(Registration::client_id))
        else {
            skipped("end session", "set ORY_ID_TOKEN to a user's ID token");
            return true;
        };
        let mut request = self.ory.end_session(&id_token);
        if registration.is_some() {
            request = request
                .post_logout_redirect_uri("https://app.example/bye")
                .state("xyz");
        }
        let outcome = self.ory.logout_probe(&request).await;
        self.show(outcome.map(|outcome| format!("{outcome:?}")))
    }

    async fn provoke_an_error(&self, registration: Option<Registration>) {
        let (what, error) = if let Some(mut gone) = registration {
            (
                "read the deleted registration",
                self.ory.read_registration(&mut gone).await.err(),
            )
        } else {
            let token = ory_oidc::AccessToken::new("wrong");
            let user = self.ory.userinfo(&token, Subject::Unchecked).await;
            ("userinfo with an invalid token", user.err())
        };
        let Some(error) = error else { return };
        println!("\nAn error on purpose ({what}):\n");
        println!("  {error}");
        println!("  kind: {:?}", error.kind());
        println!("  retryable: {}", error.is_retryable());
    }

    fn show(&self, result: Result<String, Error>) -> bool {
        match result {
            Ok(line) => {
                self.report(&line);
                true
            }
            Err(error) => {
                self.report(&error.to_string());
                false
            }
        }
    }

    /// Prints the exchanges since the last report, and a line about the result.
    fn report(&self, line: &str) {
        let exchanges =
            std::mem::take(&mut *self.log.lock().unwrap_or_else(PoisonError::into_inner));
        for (index, exchange) in exchanges.iter().enumerate() {
            let status = exchange
                .status
                .map_or("none".to_owned(), |s| s.as_str().to_owned());
            let milliseconds = exchange.elapsed.as_secs_f64() * 1000.0;
            let operation = exchange.operation;
            let line = match operation {
                operation::READ_REGISTRATION if index + 1 < exchanges.len() => {
                    "an update reads first, so that no member is lost"
                }
                operation::KEYS => "userinfo is signed: these are the provider's keys",
                _ => line,
            };
            println!(
                "{:<38} {status}  {milliseconds:>6.1} ms  {line}",
                operation.to_string()
            );
        }
        if exchanges.is_empty() {
            println!("{:<38} {line}", "not sent");
        }
    }
}

fn skipped(step: &str, why: &str) {
    println!("{:<38} skipped: {why}", format!("({step})"));
}

fn note(line: &str) {
    println!("{:54}{line}", "");
}
