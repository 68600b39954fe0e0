//! Logout in a browser: front-channel logout, and sessions that Hydra does not remember.

use crate::support::{on_each_database, wanted};
use ory_oidc::logout::EndSessionOutcome;
use ory_oidc::{IdToken, Registration};
use ory_oidc_contract::hydra::OnHydra;
use ory_oidc_test_servers::hydra::{LoggedIn, User};

on_each_database! {
    the_iframe_of_the_logout_page_names_the_session,
    an_iframe_keeps_the_parameters_that_the_client_registered,
    a_session_that_is_not_remembered_is_logged_out_without_a_question,
}

const BYE: &str = "https://app.example/bye";

async fn registered(target: &OnHydra, frontchannel_logout_uri: &str) -> Registration {
    let wanted = wanted("client_secret_basic")
        .post_logout_redirect_uris([BYE])
        .frontchannel_logout_uri(frontchannel_logout_uri)
        .frontchannel_logout_session_required(true);
    let registration = target.client().register(&wanted).await;
    registration.expect("the metadata are valid")
}

fn id_token(tokens: &LoggedIn) -> IdToken {
    IdToken::new(tokens.id_token.as_deref().expect("the scope has openid"))
}

/// Logs out in the browser. Returns the addresses of the iframes.
async fn iframes(target: &OnHydra, tokens: &LoggedIn) -> Vec<String> {
    let ory = target.client();
    let request = ory.end_session(&id_token(tokens));
    let request = request.post_logout_redirect_uri(BYE).state("st");
    let url = request.url().expect("the parameters are valid");
    let page = tokens.browser.open(url.as_str()).await;
    assert!(page.body.contains(&format!("{BYE}?state=st")));
    let iframes = page.body.split("<iframe src=\"").skip(1);
    let iframes = iframes.filter_map(|rest| rest.split('"').next());
    // The browser decodes the attribute.
    iframes.map(|url| url.replace("&amp;", "&")).collect()
}

/// Whether the SDK accepts the address for the session of the ID token.
fn ends_session(target: &OnHydra, iframe: &str, tokens: &LoggedIn) -> bool {
    let sid = crate::pairwise::claims(id_token(tokens).expose())["sid"].clone();
    let query = url::Url::parse(iframe).expect("a URL");
    let query = query.query().expect("the address has a query");
    let logout = target.client().front_channel_logout(query);
    let logout = logout.expect("the request is Hydra's").require_session();
    let logout = logout.expect("Hydra names the session");
    assert_eq!(logout.issuer(), Some(target.server().issuer()));
    logout.names_session(sid.as_str().expect("a text"))
}

async fn the_iframe_of_the_logout_page_names_the_session(target: &OnHydra) {
    let client = registered(target, "https://app.example/logout").await;
    let tokens = target.log_in(&client, User::new("zoe")).await;
    let elsewhere = target.log_in(&client, User::new("zoe")).await;
    let iframes = iframes(target, &tokens).await;
    let [iframe] = &iframes[..] else {
        panic!("{iframes:?}")
    };
    assert!(iframe.starts_with("https://app.example/logout?"));
    assert!(ends_session(target, iframe, &tokens));
    assert!(!ends_session(target, iframe, &elsewhere));
}

async fn an_iframe_keeps_the_parameters_that_the_client_registered(target: &OnHydra) {
    let client = registered(target, "https://app.example/logout?tenant=a%26b&x=1").await;
    let tokens = target.log_in(&client, User::new("zoe")).await;
    let iframes = iframes(target, &tokens).await;
    let [iframe] = &iframes[..] else {
        panic!("{iframes:?}")
    };
    assert!(iframe.contains("tenant=a%26b") && iframe.contains("x=1"));
    assert!(ends_session(target, iframe, &tokens));
}

async fn a_session_that_is_not_remembered_is_logged_out_without_a_question(target: &OnHydra) {
    let client = registered(target, "https://app.example/logout").await;
    let ory = target.client();
    for (remember, asks) in [(true, true), (false, false)] {
        let user = User::new("zoe").remember(remember);
        let tokens = target.log_in(&client, user).await;
        let request = ory.end_session(&id_token(&tokens));
        let outcome = ory.logout_probe(&request).await.expect("Hydra redirects");
        let (asked, done) = (
            matches!(outcome, EndSessionOutcome::LoginApp(_)),
            matches!(outcome, EndSessionOutcome::LoggedOut(_)),
        );
        assert_eq!((asked, done), (asks, !asks), "{outcome:?}");
    }
}
