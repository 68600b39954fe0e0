//! Texts of a server are shown shortened, and without characters that deceive a reader, in messages
//! and in `Debug`.

use crate::support::{Action, Server, http, json, registration, reply};
use ory_oidc::discovery::DiscoveryError;
use ory_oidc::logout::EndSessionOutcome;
use ory_oidc::userinfo::UserInfo;
use ory_oidc::{AccessToken, Client, ClientMetadata, Error, IdToken, Registration, Subject};
use serde_json::{Value, json as value};
use std::fmt::{Debug, Display};

/// The most bytes that anything may show. It can have many members.
const MAX_SHOWN: usize = 64 * 1024;

/// Returns a long text with characters that deceive a reader.
fn hostile() -> String {
    format!("\u{202e}\u{1b}[31m\u{200b}\r\n{}", "x".repeat(90_000))
}

fn check(shown: &str) {
    assert!(shown.len() < MAX_SHOWN, "{} bytes", shown.len());
    // Pretty Debug output has line breaks of its own.
    let deceptive = |c: char| {
        (c.is_control() && c != '\n') || matches!(c, '\u{200b}' | '\u{202e}' | '\u{2028}')
    };
    assert!(!shown.contains(deceptive), "{shown:?}");
}

fn check_debug(shown: &impl Debug) {
    check(&format!("{shown:?}"));
    check(&format!("{shown:#?}"));
}

fn check_both(shown: &(impl Debug + Display)) {
    check_debug(shown);
    check(&shown.to_string());
}

/// Returns an error with all its causes checked.
fn checked(error: Error) -> Error {
    check_both(&error);
    error
}

async fn register(action: Action) -> Result<Registration, Error> {
    let server = Server::start([action]).await;
    server.client().register(&ClientMetadata::default()).await
}

async fn userinfo(action: Action) -> Result<UserInfo, Error> {
    let server = Server::start([action]).await;
    let token = AccessToken::new("ory_at_x");
    server.client().userinfo(&token, Subject::Unchecked).await
}

fn client(server: &Server) -> Client {
    let builder = Client::builder(server.url()).http_client(http());
    let built = builder.issuer("https://id.example").build();
    built.expect("the URL is valid")
}

#[tokio::test]
async fn registrations_show_members_of_the_server_shortened() {
    let long = hostile();
    let members = value!({
        "client_id": long, "registration_client_uri": long, "client_name": long,
        "redirect_uris": vec![long.clone(); 3], "contacts": long, "metadata": {&long: long},
        &long: long,
    });
    let registration = register(json(201, members.to_string())).await;
    let registration = registration.expect("the reply has a client_id");
    assert_eq!(registration.client_id(), long);
    check_debug(&registration);
    check_debug(registration.granted());
    check_debug(&registration.metadata());
    check_debug(&registration.export());
}

#[tokio::test]
async fn claims_are_shown_by_shortened_names() {
    let long = hostile();
    let claims = value!({
        "sub": long, "name": long, &long: long, "address": {"formatted": long, "country": long},
    });
    let user = userinfo(json(200, claims.to_string())).await;
    let user = user.expect("the claims have a sub");
    assert_eq!(user.name(), Some(&*long));
    check_debug(&user);
    assert!(!format!("{user:?}").contains("xxx\"]"), "{user:?}");
    check_debug(user.fields());
    check_debug(&user.address());
}

#[tokio::test]
async fn metadata_and_their_errors_show_texts_shortened() {
    let long = hostile();
    let metadata = |issuer: &str, members: Value| {
        let mut metadata = value!({"issuer": issuer, "jwks_uri": "https://id.example/keys"});
        for (name, value) in members.as_object().cloned().unwrap_or_default() {
            metadata[name] = value;
        }
        json(200, metadata.to_string())
    };
    let good =
        value!({"scopes_supported": [long, long], "subject_types_supported": long, &long: 1});
    let server = Server::start([metadata("https://id.example", good)]).await;
    let provider = client(&server).discover().await;
    check_debug(&provider.expect("only odd members are odd"));

    let foreign = (0..100).map(|index| {
        (
            format!("{index}{long}_endpoint"),
            value!("https://evil.example"),
        )
    });
    let foreign = Value::Object(foreign.take(9).collect());
    for (action, expected) in [
        (metadata(&long, value!({})), "issuer"),
        (metadata("https://id.example", foreign), "evil.example"),
        (
            metadata(
                "https://id.example",
                value!({"token_endpoint": format!("https://{}", "a".repeat(90_000))}),
            ),
            "token_endpoint",
        ),
    ] {
        let server = Server::start([action]).await;
        let error = client(&server).discover().await.expect_err(expected);
        let error = checked(error);
        check_both(
            error
                .validation::<DiscoveryError>()
                .expect("a check failed"),
        );
        assert!(error.to_string().contains(expected), "{error}");
    }
}

#[tokio::test]
async fn all_foreign_endpoints_are_named_up_to_a_limit() {
    let mut metadata = value!({"issuer": "https://id.example", "jwks_uri": "https://id.example/k"});
    for index in 0..100 {
        metadata[format!("x{index}_endpoint")] = value!(format!("https://e{index}.example/"));
    }
    let server = Server::start([json(200, metadata.to_string())]).await;
    let error = client(&server)
        .discover()
        .await
        .expect_err("the origins are foreign");
    let Some(DiscoveryError::ForeignEndpoints { endpoints }) = error.validation() else {
        panic!("{error:?}");
    };
    assert_eq!(endpoints.len(), 32);
    for endpoint in endpoints {
        assert!(error.to_string().contains(&endpoint.to_string()), "{error}");
    }
}

#[tokio::test]
async fn error_responses_show_texts_shortened() {
    let (long, header) = (hostile(), "y".repeat(90_000));
    let oauth = value!({"error": long, "error_description": long, "error_hint": long});
    let ory = value!({"error": {"id": long, "message": long, "reason": long, "request": long}});
    let challenge = format!("Bearer error=\"{header}\", scope=\"{header}\"");
    for body in [oauth.to_string(), ory.to_string(), long.clone()] {
        for headers in [
            vec![("content-type", "application/json")],
            vec![("content-type", header.as_str()), ("x-request-id", &header)],
            vec![("www-authenticate", challenge.as_str())],
        ] {
            let outcome = register(reply(401, &headers, &body)).await;
            let error = checked(outcome.expect_err("401 is an error"));
            let Error::Server(server) = error else {
                panic!("{error:?}");
            };
            check_debug(&server.code());
            server.code().inspect(|code| check_both(*code));
            check_debug(&server.challenges());
        }
    }
}

#[tokio::test]
async fn undecodable_responses_show_names_and_headers_shortened() {
    let (long, header) = (hostile(), "y".repeat(90_000));
    let escaped = value!(long).to_string();
    for (headers, body) in [
        (vec![("content-type", header.as_str())], "no".to_owned()),
        (vec![("content-encoding", header.as_str())], "no".to_owned()),
        (vec![], format!("{{{escaped}: {{{escaped}: [!]}}}}")),
        (vec![], format!("{{\"{}\": !}}", "n".repeat(900_000))),
    ] {
        let outcome = register(reply(201, &headers, body)).await;
        let error = checked(outcome.expect_err("the body is not JSON"));
        assert!(matches!(error, Error::Decode(_)), "{error:?}");
    }
    let twice = format!("{{\"sub\": \"u\", {escaped}: 1, {escaped}: 2}}");
    checked(
        userinfo(json(200, twice))
            .await
            .expect_err("a claim is named twice"),
    );
    let outcome = userinfo(reply(200, &[("content-type", &header)], "{}")).await;
    checked(outcome.expect_err("the media type is unknown"));
}

#[tokio::test]
async fn logout_outcomes_and_problems_show_texts_shortened() {
    let long = "z".repeat(60_000);
    for location in [
        format!("https://app.example/{long}"),
        format!("https://id.example/{long}?logout_challenge=a"),
        format!(
            "https://id.example/error?error={}&error_description=%E2%80%AE",
            "e".repeat(9_000)
        ),
    ] {
        let server = Server::start([reply(302, &[("location", &location)], "")]).await;
        let client = server.client();
        let outcome = client.logout_probe(&client.end_session(None)).await;
        let outcome: EndSessionOutcome = outcome.expect("a redirect is an outcome");
        check_debug(&outcome);
    }
    let ory = Client::builder("https://id.example")
        .http_client(http())
        .build();
    let ory = ory.expect("the URL is valid");
    let form = ory
        .end_session(None)
        .endpoint(format!("https://id.example/{long}"))
        .form();
    check_debug(&form.expect("the endpoint is valid"));

    let query = format!("iss={}&sid=s", "%E2%80%AEi".repeat(1_000));
    checked(
        ory.front_channel_logout(&query)
            .expect_err("the issuer is foreign"),
    );

    let encode = |text: &str| {
        use base64::Engine as _;
        base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(text)
    };
    let claims = value!({"iss": hostile(), "aud": vec![hostile(); 50], "sid": "s", "sub": "u"});
    let token = format!(
        "{}.{}.c2ln",
        encode("{\"alg\":\"RS256\"}"),
        encode(&claims.to_string())
    );
    let request = ory.end_session(&IdToken::new(token));
    let request = request.post_logout_redirect_uri(hostile());
    let problems = request.preflight(&registration("c1"));
    assert_eq!(problems.len(), 4, "{problems:?}");
    for problem in &problems {
        check_both(problem);
    }
}
