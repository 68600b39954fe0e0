//! Logging a user out (OpenID Connect RP-Initiated Logout 1.0).

use crate::target::{BYE, Target, client, registered, wanted};
use ory_oidc::Error;
use ory_oidc::error::ErrorCode;
use ory_oidc::logout::{EndSessionOutcome, LogoutProblem};

pub async fn a_logout_with_a_valid_hint_is_accepted(target: &impl Target) {
    let ory = client(target);
    let registration = registered(&ory, &wanted()).await;
    let id_token = target.id_token(&registration, "user-1").await;
    let request = ory
        .end_session(&id_token)
        .post_logout_redirect_uri(BYE)
        .state("st");
    let mut problems = request.preflight(&registration);
    // Ory requires claims in the hint that other providers omit.
    problems.retain(|problem| !matches!(problem, LogoutProblem::HintClaimMissing { .. }));
    assert_eq!(problems, []);
    let outcome = ory.logout_probe(&request).await;
    let outcome = outcome.expect("the server redirects or shows a page");
    let accepted = matches!(
        outcome,
        EndSessionOutcome::LoginApp(_) | EndSessionOutcome::Page(_)
    );
    assert!(accepted, "{outcome:?}");
}

pub async fn a_logout_to_an_unregistered_uri_is_refused(target: &impl Target) {
    let ory = client(target);
    let registration = registered(&ory, &wanted()).await;
    let id_token = target.id_token(&registration, "user-1").await;
    let request = ory
        .end_session(&id_token)
        .post_logout_redirect_uri("https://evil.example/");
    // Ory redirects to an error page; others return 400.
    let code = match ory.logout_probe(&request).await {
        Ok(EndSessionOutcome::Refused(refusal)) => Some(refusal.code().clone()),
        Err(Error::Server(refusal)) => refusal.code().cloned(),
        other => panic!("{other:?}"),
    };
    assert_eq!(code, Some(ErrorCode::InvalidRequest));
}
