//! All seven operations, one after the other.
//!
//! `cargo run --example tour` runs on the in-process double. For a real server:
//!
//! - `ORY_URL`: its base URL; `ORY_ISSUER`: its issuer, where that is not the same
//! - `ORY_ACCESS_TOKEN`: a user's access token, for userinfo
//! - `ORY_ID_TOKEN`: a user's ID token, for logout

#![allow(clippy::print_stdout)]

mod support;

use ory_oidc::error::ErrorKind;
use ory_oidc::operation;
use ory_oidc::operation::{Exchange, Operation};
use ory_oidc::{Client, ClientMetadata, Error, Registration, Subject};
use std::sync::{Arc, Mutex, PoisonError};
use support::Server;

type Log = Arc<Mutex<Vec<Exchange>>>;

struct Tour {
    server: Server,
    ory: Client,
    log: Log,
}

#[tokio::main]
async fn main() {
    let server = Server::from_env().await;
    let what = if server.is_double() {
        "the double; ORY_URL names a real server"
    } else {
        "ORY_URL"
    };
    println!(
        "A tour of the seven operations at {} ({what})\n",
        server.url
    );
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
            println!("no client can be built: {error}");
            std::process::exit(2);
        }
    };
    if !tour.run().await {
        std::process::exit(1);
    }
}

impl Tour {
    /// Whether all went as it should.
    async fn run(&self) -> bool {
        let mut good = true;
        let mut registration = match self.register().await {
            Ok(registration) => Some(registration),
            Err(error) => {
                let why = if error.kind() == Some(ErrorKind::NotFound) {
                    "this server does not register clients by themselves".to_owned()
                } else {
                    good = false;
                    error.to_string()
                };
                self.told(&why);
                None
            }
        };
        if let Some(registration) = &mut registration {
            good &= self.read_and_update(registration).await;
        } else {
            skipped("read and update", "nothing was registered");
        }
        good &= self.discover().await;
        good &= self.userinfo(registration.as_ref()).await;
        good &= self.end_session(registration.as_ref()).await;
        match &registration {
            Some(registration) => {
                let deleted = self.ory.delete_registration(registration).await;
                good &= self.show(deleted.map(|()| "gone, with its secret and its token".into()));
            }
            None => skipped("delete", "nothing was registered"),
        }
        self.provoke_an_error(registration).await;
        good
    }

    async fn register(&self) -> Result<Registration, Error> {
        let mut wanted = ClientMetadata::new(["https://app.example/callback"])
            .client_name("A tourist")
            .scope(["openid", "offline_access"])
            .post_logout_redirect_uris(["https://app.example/bye"])
            .member("software_id", "4NRB1-0XZABZI9E6-5SM3R");
        if self.server.is_double() {
            // It issues a token to this client below; a real server does not.
            wanted.set_userinfo_signed_response_alg("RS256");
        }
        let registration = self.ory.register(&wanted).await?;
        self.told(&format!(
            "client {}, with its secret and a token to manage it",
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
        let mut good = self.show(read.map(|()| format!("it is called {name:?}")));

        let old = registration.registration_access_token().cloned();
        let change = |m: &mut ClientMetadata| m.set_client_name("A tourist on the way");
        let updated = self.ory.update_registration(registration, change).await;
        let rotated = registration.registration_access_token() != old.as_ref();
        let token = if rotated {
            "a new token replaced the old one"
        } else {
            "the token stays"
        };
        let name = registration
            .granted()
            .client_name
            .clone()
            .unwrap_or_default();
        good &= self.show(updated.map(|()| format!("now it is called {name:?}; {token}")));
        good
    }

    async fn discover(&self) -> bool {
        let provider = self.ory.discover().await;
        self.show(
            provider.map(|provider| format!("the issuer is {}, as expected", provider.issuer())),
        )
    }

    async fn userinfo(&self, registration: Option<&Registration>) -> bool {
        let ours = registration.filter(|_| self.server.is_double());
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
                    "; the signature is good"
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
        let outcome = request.send().await;
        self.show(outcome.map(|outcome| format!("{outcome:?}")))
    }

    async fn provoke_an_error(&self, registration: Option<Registration>) {
        let (what, error) = if let Some(mut gone) = registration {
            (
                "reading what was deleted",
                self.ory.read_registration(&mut gone).await.err(),
            )
        } else {
            let token = ory_oidc::AccessToken::new("wrong");
            let user = self.ory.userinfo(&token, Subject::Unchecked).await;
            ("userinfo with a wrong token", user.err())
        };
        let Some(error) = error else { return };
        println!("\nAn error on purpose, {what}:\n");
        println!("  {error}");
        if let Some(condition) = error.kind() {
            println!("  condition: {condition:?}");
        }
        println!("  retryable: {}", error.is_retryable());
    }

    fn show(&self, result: Result<String, Error>) -> bool {
        match result {
            Ok(line) => {
                self.told(&line);
                true
            }
            Err(error) => {
                self.told(&error.to_string());
                false
            }
        }
    }

    /// Prints what was exchanged since the last time, and one line of what came of it.
    fn told(&self, line: &str) {
        let exchanges =
            std::mem::take(&mut *self.log.lock().unwrap_or_else(PoisonError::into_inner));
        for (index, exchange) in exchanges.iter().enumerate() {
            let status = exchange
                .status
                .map_or("no answer".to_owned(), |s| s.as_str().to_owned());
            let milliseconds = exchange.elapsed.as_secs_f64() * 1000.0;
            let Exchange { operation, .. } = exchange;
            let line = match operation {
                operation::READ_REGISTRATION if index + 1 < exchanges.len() => {
                    "the update reads first, to lose nothing"
                }
                operation::KEYS => "the user's claims are signed; these are the provider's keys",
                _ => line,
            };
            println!(
                "{:<38} {status}  {milliseconds:>6.1} ms  {line}",
                operation.as_str()
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
