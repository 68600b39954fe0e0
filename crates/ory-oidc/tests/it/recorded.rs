//! The recorded responses of a real Ory Hydra, replayed byte for byte to the matching call of the
//! client and of the generated crate.

pub(crate) mod exchanges;

use crate::support::{Server, TOKEN, http, registration, validation};
use exchanges::Call::{self, Delete, Discover, EndSession, Read, Register, Update, UserInfo};
use exchanges::Expected::{
    LoggedOut, LoginApp, LogoutRefused, NotSent, Page, Refused, Signed, Success,
};
pub(crate) use exchanges::RECORDED;
use exchanges::{EXCHANGES, Exchange};
use ory_oidc::error::{ErrorCode, ErrorKind};
use ory_oidc::logout::EndSessionOutcome;
use ory_oidc::raw::Configuration;
use ory_oidc::raw::apis::oidc_api::{self as api, RevokeOidcSessionParams};
use ory_oidc::raw::models::{
    ErrorOAuth2, JsonWebKeySet, OAuth2Client, OidcConfiguration, OidcUserInfo,
};
use ory_oidc::raw::{self, Authorization, Response};
use ory_oidc::registration::{ClientSecret, Difference, RegistrationAccessToken};
use ory_oidc::userinfo::UserInfoError;
use ory_oidc::{AccessToken, Client, ClientMetadata, Error, IdToken, Registration, Subject};
use serde_json::{Map, Value};

const ISSUER: &str = "http://127.0.0.1:4444/";

impl Exchange {
    fn check_raw_refusal<T: std::fmt::Debug>(&self, outcome: Result<T, raw::Error>) {
        let name = self.name;
        let error = outcome.expect_err(name);
        let raw::Error::Server(response) = error else {
            panic!("{name}: {error:?}");
        };
        assert_eq!(response.status().as_u16(), self.status(), "{name}");
        assert_eq!(response.body(), self.body().as_bytes(), "{name}");
        let decoded: ErrorOAuth2 = serde_json::from_slice(response.body()).expect(name);
        assert_eq!(object(&decoded), self.members(), "{name}");
    }

    fn check_refusal<T: std::fmt::Debug>(
        &self,
        outcome: Result<T, Error>,
        code: &str,
        kind: ErrorKind,
    ) {
        let name = self.name;
        let error = outcome.expect_err(name);
        assert_eq!(error.kind(), kind, "{name}");
        assert!(!error.is_retryable(), "{name}");
        let Error::Server(error) = error else {
            panic!("{name}: {error:?}");
        };
        let members = self.members();
        assert_eq!(error.status().as_u16(), self.status(), "{name}");
        assert_eq!(error.code().map(ErrorCode::as_str), Some(code), "{name}");
        let description = members["error_description"].as_str();
        assert_eq!(error.description(), description, "{name}");
        assert_eq!(error.body(), self.body().as_bytes(), "{name}");
    }

    fn check_raw_success<T: raw::core::response::Decode + serde::Serialize>(
        &self,
        outcome: Result<Response<T>, raw::Error>,
    ) {
        let response = outcome.expect(self.name);
        assert_eq!(response.status().as_u16(), self.status(), "{}", self.name);
        assert_eq!(response.body(), self.body().as_bytes(), "{}", self.name);
        let decoded = response.decode().expect(self.name);
        assert_eq!(object(&decoded), self.members(), "{}", self.name);
    }

    /// Compares a registration with the recorded reply. Credentials that the reply lacks must be the
    /// earlier ones.
    fn check_registration(&self, registration: &Registration, token_before: &str) {
        let name = self.name;
        let mut members = self.members();
        let mut take = |member: &str| match members.remove(member) {
            Some(Value::String(text)) => Some(text),
            _ => None,
        };
        assert_eq!(
            take("client_id").as_deref(),
            Some(registration.client_id()),
            "{name}"
        );
        let secret = registration.client_secret().map(ClientSecret::expose);
        assert_eq!(take("client_secret").as_deref(), secret, "{name}");
        let token = take("registration_access_token");
        let known = registration.registration_access_token();
        assert_eq!(
            known.map(RegistrationAccessToken::expose),
            Some(token.as_deref().unwrap_or(token_before)),
            "{name}"
        );
        let uri = take("registration_client_uri");
        assert_eq!(uri.as_deref(), registration.registration_client_uri());
        assert_eq!(registration.client_secret_expires_at(), None, "{name}");
        assert_eq!(object(registration.granted()), members, "{name}");
    }
}

fn object(value: &impl serde::Serialize) -> Map<String, Value> {
    match serde_json::to_value(value) {
        Ok(Value::Object(members)) => members,
        other => panic!("a model serializes as an object, not {other:?}"),
    }
}

fn raw_client(server: &Server) -> Configuration {
    let builder = Configuration::builder(server.url()).http_client(http());
    builder.build().expect("loopback is permitted")
}

#[test]
fn every_recorded_exchange_is_classified() {
    let recorded: Vec<Value> = serde_json::from_str(RECORDED).expect("the recording is JSON");
    let names: Vec<_> = recorded.iter().map(|one| one["name"].as_str()).collect();
    let classified: Vec<_> = EXCHANGES.iter().map(|(name, ..)| Some(*name)).collect();
    assert_eq!(names, classified);
}

#[test]
fn body_that_no_call_receives_decodes_to_its_model() {
    for (name, call, _) in EXCHANGES {
        let Call::None(reason) = call else { continue };
        let exchange = Exchange::named(name);
        let body = exchange.body();
        let decoded = match name {
            "discover_jwks" => serde_json::from_str::<JsonWebKeySet>(body).map(|set| object(&set)),
            "userinfo_post" => serde_json::from_str::<OidcUserInfo>(body).map(|user| object(&user)),
            "patch_not_allowed" => {
                // A page, which has no model.
                assert!(body.starts_with("<!doctype html>"));
                continue;
            }
            _ => panic!("{name} ({reason}) is not decoded"),
        };
        assert_eq!(decoded.expect(name), exchange.members(), "{name}");
    }
}

#[tokio::test]
async fn recorded_discovery_has_the_expected_outcome() {
    let exchange = Exchange::named("discover");
    let server = Server::start([exchange.response(), exchange.response()]).await;
    exchange.check_raw_success(api::discover_oidc_configuration(&raw_client(&server)).await);
    let client = Client::builder(server.url())
        .issuer(ISSUER)
        .http_client(http())
        .build();
    let provider = client.expect("the URL is valid").discover().await;
    let provider = provider.expect("the issuer matches");
    assert_eq!(provider.issuer(), ISSUER);
    assert_eq!(object(provider.fields()), exchange.members());
    let path = exchange.text("/request/path");
    assert_eq!(server.lines(), vec![format!("GET {path}"); 2]);
}

#[tokio::test]
async fn recorded_registrations_have_the_expected_outcomes() {
    for exchange in Exchange::of(&[Register]) {
        let server = Server::start([exchange.response(), exchange.response()]).await;
        // Only the response matters: send an empty body if the model cannot represent the recorded one.
        let wanted: OAuth2Client =
            serde_json::from_str(exchange.text("/request/body")).unwrap_or_default();
        let configuration = raw_client(&server);
        let none = Authorization::None;
        let raw = api::create_oidc_dynamic_client(&configuration, none, &wanted).await;
        let outcome = server.client().register(&ClientMetadata::default()).await;
        match exchange.expected {
            Success => {
                exchange.check_raw_success(raw);
                let registration = outcome.expect(exchange.name);
                exchange.check_registration(&registration, "none before");
                assert!(registration.omitted().is_empty());
            }
            Refused(code, kind) => {
                exchange.check_raw_refusal(raw);
                exchange.check_refusal(outcome, code, kind);
            }
            other => panic!(
                "{}: a registration has the outcome {other:?}",
                exchange.name
            ),
        }
        assert_eq!(server.lines(), ["POST /oauth2/register"; 2]);
    }
}

#[tokio::test]
async fn recorded_reads_and_deletions_have_the_expected_outcomes() {
    for exchange in Exchange::of(&[Read, Delete]) {
        let (name, id) = (exchange.name, exchange.id());
        let server = Server::start([exchange.response(), exchange.response()]).await;
        let header = exchange.text("/request/headers/Authorization");
        let secret = exchange.parameter("client_secret");
        let authorization = match (header.strip_prefix("Bearer "), &secret) {
            (Some(token), _) => Authorization::Bearer(token),
            (None, Some(client_secret)) => Authorization::ClientSecretPost { client_secret },
            (None, None) if header.starts_with("Basic ") => Authorization::ClientSecretBasic {
                client_id: &id,
                client_secret: "EXAMPLE",
            },
            (None, None) => Authorization::None,
        };
        let configuration = raw_client(&server);
        let mut registration = registration(&id);
        let before = registration.clone();
        let (raw, outcome) = if exchange.call == Delete {
            let raw = api::delete_oidc_dynamic_client(&configuration, authorization, &id).await;
            let outcome = server.client().delete_registration(&registration).await;
            (raw.map(|_| None), outcome)
        } else {
            let raw = api::get_oidc_dynamic_client(&configuration, authorization, &id).await;
            let outcome = server.client().read_registration(&mut registration).await;
            (raw.map(Some), outcome)
        };
        match exchange.expected {
            Success => {
                outcome.expect(name);
                if let Some(raw) = raw.expect(name) {
                    exchange.check_raw_success(Ok(raw));
                    exchange.check_registration(&registration, TOKEN);
                }
            }
            Refused(code, kind) => {
                exchange.check_raw_refusal(raw);
                exchange.check_refusal(outcome, code, kind);
                assert_eq!(registration, before, "{name}");
            }
            NotSent => {
                assert!(matches!(raw, Err(raw::Error::Request(_))));
                assert!(matches!(outcome, Err(Error::Request(_))), "{name}");
                assert!(server.requests().is_empty(), "{name}");
                continue;
            }
            other => panic!("{name}: a read or deletion has the outcome {other:?}"),
        }
        let request = &server.requests()[0];
        assert_eq!(request.method, exchange.text("/request/method"), "{name}");
        assert_eq!(request.target, exchange.text("/request/path"), "{name}");
    }
}

#[tokio::test]
async fn recorded_updates_have_the_expected_outcomes() {
    for exchange in Exchange::of(&[Update]) {
        let (name, id) = (exchange.name, exchange.id());
        let server = Server::start([exchange.response(), exchange.response()]).await;
        let token = exchange
            .text("/request/headers/Authorization")
            .strip_prefix("Bearer ");
        let authorization = Authorization::Bearer(token.expect(name));
        let wanted = OAuth2Client::default();
        let configuration = raw_client(&server);
        let raw = api::set_oidc_dynamic_client(&configuration, authorization, &id, &wanted).await;
        let mut registration = registration(&id);
        let client = server.client();
        let wanted = ClientMetadata::default();
        let outcome = client.replace_registration(&mut registration, &wanted);
        let outcome = outcome.await;
        match exchange.expected {
            Success => {
                exchange.check_raw_success(raw);
                outcome.expect(name);
                exchange.check_registration(&registration, "dead");
            }
            Refused(code, kind) => {
                exchange.check_raw_refusal(raw);
                exchange.check_refusal(outcome, code, kind);
                let token = registration.registration_access_token();
                assert_eq!(token, Some(&TOKEN.into()), "{name}");
            }
            other => panic!("{name}: an update has the outcome {other:?}"),
        }
        let path = exchange.text("/request/path");
        let put = format!("PUT {path}");
        assert_eq!(server.lines(), [put.as_str(), &put]);
    }
}

#[tokio::test]
async fn recorded_userinfo_has_the_expected_outcomes() {
    for exchange in Exchange::of(&[UserInfo]) {
        let server = Server::start([exchange.response(), exchange.response()]).await;
        let token = exchange
            .text("/request/headers/Authorization")
            .strip_prefix("Bearer ")
            .unwrap_or("none was sent");
        let authorization = match token {
            "none was sent" => Authorization::None,
            token => Authorization::Bearer(token),
        };
        let raw = api::get_oidc_user_info(&raw_client(&server), authorization).await;
        let token = AccessToken::new(token.replace(' ', "-"));
        let outcome = server.client().userinfo(&token, Subject::Unchecked).await;
        match exchange.expected {
            Success => {
                exchange.check_raw_success(raw);
                let user = outcome.expect("the claims are JSON");
                let claims: Map<String, Value> = user.claims().expect("claims are an object");
                assert_eq!(claims, exchange.members());
                assert_eq!(user.sub(), "user-zoë");
            }
            Refused(code, kind) => {
                exchange.check_raw_refusal(raw);
                exchange.check_refusal(outcome, code, kind);
            }
            Signed => {
                let raw = raw.expect("the generated crate accepts any body");
                assert_eq!(raw.media_type(), "application/jwt");
                assert!(raw.decode().is_err());
                let Some(UserInfoError::Unverified(signed)) = validation(&outcome) else {
                    panic!("unverified claims were returned: {outcome:?}");
                };
                assert_eq!(signed.unverified_compact(), exchange.body());
            }
            other => panic!("{}: userinfo has the outcome {other:?}", exchange.name),
        }
    }
}

#[tokio::test]
async fn recorded_logouts_have_the_expected_outcomes() {
    for exchange in Exchange::of(&[EndSession]) {
        let name = exchange.name;
        let server = Server::start([exchange.response(), exchange.response()]).await;
        let [hint, uri, state] = ["id_token_hint", "post_logout_redirect_uri", "state"]
            .map(|name| exchange.parameter(name));
        let params = RevokeOidcSessionParams::default()
            .id_token_hint(hint.as_deref())
            .post_logout_redirect_uri(uri.as_deref())
            .state(state.as_deref());
        let raw = api::revoke_oidc_session(&raw_client(&server), params).await;
        let raw = raw.expect("302 and 200 are both successful responses");
        assert_eq!(raw.status().as_u16(), exchange.status(), "{name}");
        assert_eq!(raw.body(), exchange.body().as_bytes(), "{name}");

        let hint = hint.map(IdToken::new);
        let mut request = server.client().end_session(hint.as_ref());
        if let Some(uri) = uri {
            request = request.post_logout_redirect_uri(uri);
        }
        if let Some(state) = state {
            request = request.state(state);
        }
        let outcome = server.client().logout_probe(&request).await.expect(name);
        let location = raw.headers().get("location");
        let location = location.and_then(|value| value.to_str().ok());
        match (exchange.expected, outcome) {
            (LoginApp, EndSessionOutcome::LoginApp(url))
            | (LoggedOut, EndSessionOutcome::LoggedOut(url)) => {
                assert_eq!(Some(url.as_str()), location, "{name}");
            }
            (LogoutRefused, EndSessionOutcome::Refused(refusal)) => {
                assert_eq!(refusal.code(), &ErrorCode::InvalidRequest, "{name}");
                let description = refusal.description().expect("Ory describes its refusals");
                assert!(description.starts_with("The request is missing a required parameter, "));
            }
            (Page, EndSessionOutcome::Page(page)) => assert_eq!(page, exchange.body()),
            (expected, outcome) => panic!("{name}: {outcome:?} instead of {expected:?}"),
        }
        if exchange.parameter("logout_verifier").is_none() {
            let line = format!("GET {}", exchange.text("/request/path"));
            assert_eq!(server.lines(), [line.clone(), line], "{name}");
        }
    }
}

#[tokio::test]
async fn silently_dropped_members_are_reported_as_differences() {
    for (name, dropped) in [
        ("register", &[][..]),
        (
            "register_unknown_field",
            &["frobnicate", "software_id", "software_version"],
        ),
        ("register_i18n", &["client_name#ja"]),
    ] {
        let exchange = Exchange::named(name);
        let server = Server::start([exchange.response()]).await;
        let requested: Map<String, Value> =
            serde_json::from_str(exchange.text("/request/body")).expect("the request is JSON");
        let wanted = requested
            .into_iter()
            .fold(ClientMetadata::default(), |wanted, (name, value)| {
                wanted.member(name, value)
            });
        let registration = server.client().register(&wanted).await.expect(name);
        let differences = registration.differences(&wanted);
        let differences = differences.iter();
        let lost: Vec<_> = differences
            .filter(|one| !matches!(one, Difference::Added { .. }))
            .map(|one| (one.member(), matches!(one, Difference::Dropped { .. })))
            .collect();
        let expected: Vec<_> = dropped.iter().map(|member| (*member, true)).collect();
        assert_eq!(lost, expected, "{name}");
    }
}

#[test]
fn serializing_a_decoded_model_keeps_every_present_member() {
    let mut checked = 0;
    for exchange in Exchange::all() {
        let body = exchange.body();
        let decoded = match (exchange.call, exchange.expected) {
            (Register | Read | Update, Success) => {
                object(&serde_json::from_str::<OAuth2Client>(body).expect(exchange.name))
            }
            (Discover, Success) => {
                object(&serde_json::from_str::<OidcConfiguration>(body).expect(exchange.name))
            }
            _ => continue,
        };
        assert_eq!(decoded, exchange.members(), "{}", exchange.name);
        checked += 1;
    }
    assert_eq!(checked, 19);
}
