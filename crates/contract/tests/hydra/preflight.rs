//! Preflight reports a problem for exactly those logout requests that Hydra refuses.

use crate::support::{on_each_database, wanted};
use ory_oidc::logout::{EndSession, EndSessionOutcome};
use ory_oidc::{Client, IdToken, Registration};
use ory_oidc_contract::hydra::OnHydra;
use ory_oidc_test_servers::hydra::User;

on_each_database! {
    preflight_agrees_with_hydra_on_each_request,
}

const BYE: &str = "https://app.example/Bye?tenant=a";
const OTHER_BYE: &str = "https://app.example/other";
/// Only the other client registers it.
const BYE_OF_OTHER_CLIENT: &str = "https://app.example/bye-of-another";
const UNREGISTERED: &str = "https://evil.example/";

/// The ID tokens that the requests send.
struct Hints {
    own: IdToken,
    of_other_client: IdToken,
    access_token: IdToken,
    cut: IdToken,
    unsigned: IdToken,
    forged: IdToken,
}

async fn registered(ory: &Client, post_logout_redirect_uris: &[&str]) -> Registration {
    let wanted = wanted("client_secret_basic")
        .post_logout_redirect_uris(post_logout_redirect_uris.iter().copied());
    let registration = ory.register(&wanted).await;
    registration.expect("the metadata are valid")
}

impl Hints {
    async fn of(target: &OnHydra, registration: &Registration, other: &Registration) -> Self {
        let tokens = target.log_in(registration, User::new("zoe")).await;
        let of_other_client = target.log_in(other, User::new("zoe")).await;
        let own = tokens.id_token.expect("the scope has openid");
        let of_other_client = of_other_client.id_token.expect("the scope has openid");
        let (message, signature) = own.rsplit_once('.').expect("a JWT has three parts");
        let (_, other_signature) = of_other_client
            .rsplit_once('.')
            .expect("a JWT has three parts");
        let own_header = message.split('.').next().unwrap_or_default();
        Self {
            cut: format!("{message}.").into(),
            unsigned: format!("eyJhbGciOiJub25lIn0.{}.", &message[own_header.len() + 1..]).into(),
            forged: format!("{message}.{other_signature}").into(),
            access_token: tokens.access_token.into(),
            own: format!("{message}.{signature}").into(),
            of_other_client: of_other_client.into(),
        }
    }
}

/// One request: a name, the ID token, and the other parameters.
type Row<'a> = (
    &'static str,
    Option<&'a IdToken>,
    fn(EndSession) -> EndSession,
);

fn rows(hints: &Hints) -> Vec<Row<'_>> {
    let own = Some(&hints.own);
    let other = Some(&hints.of_other_client);
    vec![
        ("nothing", None, |r| r),
        ("a state alone", None, |r| r.state("s")),
        ("a URI alone", None, |r| r.post_logout_redirect_uri(BYE)),
        ("a URI and a state alone", None, |r| {
            r.post_logout_redirect_uri(BYE).state("s")
        }),
        ("an empty state alone", None, |r| r.state("")),
        ("an empty URI alone", None, |r| {
            r.post_logout_redirect_uri("")
        }),
        ("a client id alone", None, |r| r.client_id("x")),
        ("a logout hint alone", None, |r| r.logout_hint("zoe")),
        ("languages alone", None, |r| r.ui_locales(["de", "en"])),
        ("a hint", own, |r| r),
        ("a hint and a state", own, |r| r.state("s")),
        ("a hint and an odd state", own, |r| {
            r.state("a&b=c#\n\u{e9}")
        }),
        ("a hint and an empty state", own, |r| r.state("")),
        ("a hint and an empty URI", own, |r| {
            r.post_logout_redirect_uri("")
        }),
        ("a registered URI", own, |r| r.post_logout_redirect_uri(BYE)),
        ("another registered URI", own, |r| {
            r.post_logout_redirect_uri(OTHER_BYE).state("s")
        }),
        ("an unregistered URI", own, |r| {
            r.post_logout_redirect_uri(UNREGISTERED)
        }),
        ("a URI that is no URL", own, |r| {
            r.post_logout_redirect_uri("::")
        }),
        ("a relative URI", own, |r| {
            r.post_logout_redirect_uri("/bye")
        }),
        ("a URI without its query", own, |r| {
            r.post_logout_redirect_uri("https://app.example/Bye")
        }),
        ("a URI with another query", own, |r| {
            r.post_logout_redirect_uri("https://app.example/Bye?tenant=b")
        }),
        ("a URI with a slash more", own, |r| {
            r.post_logout_redirect_uri("https://app.example/other/")
        }),
        ("a URI in another case", own, |r| {
            r.post_logout_redirect_uri("https://app.example/Other")
        }),
        ("a URI whose host is in another case", own, |r| {
            r.post_logout_redirect_uri("https://APP.example/other")
        }),
        ("a URI with the default port", own, |r| {
            r.post_logout_redirect_uri("https://app.example:443/other")
        }),
        ("a URI with a fragment", own, |r| {
            r.post_logout_redirect_uri("https://app.example/other#a")
        }),
        ("a URI with a blank", own, |r| {
            r.post_logout_redirect_uri(" https://app.example/other")
        }),
        ("another client id", own, |r| r.client_id("another")),
        ("a hint and a logout hint", own, |r| r.logout_hint("zoe")),
        ("a hint and languages", own, |r| r.ui_locales(["de"])),
        ("a hint of another client", other, |r| r),
        ("a hint of another client and a state", other, |r| {
            r.state("s")
        }),
        ("a hint of another client and a URI", other, |r| {
            r.post_logout_redirect_uri(BYE)
        }),
        ("an access token", Some(&hints.access_token), |r| r),
        ("a hint without its signature", Some(&hints.cut), |r| r),
        ("an unsigned hint", Some(&hints.unsigned), |r| r),
    ]
}

/// Whether Hydra refuses the request.
async fn refused(ory: &Client, request: &EndSession) -> bool {
    let outcome = ory.logout_probe(request).await;
    let outcome = outcome.expect("Hydra redirects");
    matches!(outcome, EndSessionOutcome::Refused(_))
}

async fn preflight_agrees_with_hydra_on_each_request(target: &OnHydra) {
    let ory = target.client();
    let registration = registered(&ory, &[BYE, OTHER_BYE]).await;
    let other = registered(&ory, &[BYE_OF_OTHER_CLIENT]).await;
    let hints = Hints::of(target, &registration, &other).await;
    let mut disagreements = Vec::new();
    for (name, hint, complete) in rows(&hints) {
        let request = complete(ory.end_session(hint));
        let problems = request.preflight(&registration);
        if problems.is_empty() == refused(&ory, &request).await {
            disagreements.push((name, problems));
        }
    }
    assert_eq!(disagreements, []);

    // The own client id, and a client without URIs.
    let request = ory
        .end_session(&hints.own)
        .client_id(registration.client_id());
    assert_eq!(request.preflight(&registration), []);
    assert!(!refused(&ory, &request).await);
    let bare = registered(&ory, &[]).await;
    let tokens = target.log_in(&bare, User::new("zoe")).await;
    let hint = IdToken::new(tokens.id_token.expect("the scope has openid"));
    for (request, problems) in [
        (ory.end_session(&hint), 0),
        (ory.end_session(&hint).post_logout_redirect_uri(BYE), 1),
    ] {
        assert_eq!(request.preflight(&bare).len(), problems);
        assert_eq!(refused(&ory, &request).await, problems > 0);
    }
    // Only Hydra knows which signatures are valid.
    let request = ory.end_session(&hints.forged);
    assert_eq!(request.preflight(&registration), []);
    assert!(refused(&ory, &request).await);
}
