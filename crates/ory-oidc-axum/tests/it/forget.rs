//! Tokens that the app forgets, because it has revoked them.

use crate::slow_ory::SlowOry;
use crate::support::{advance, builder, seconds};
use ory_oidc_axum::{BearerAuth, Reason};
use tokio::task::JoinHandle;

fn verify(auth: &BearerAuth) -> JoinHandle<Option<Reason>> {
    let auth = auth.clone();
    tokio::spawn(async move {
        let verified = auth.authenticate_token(&"abc".into()).await;
        verified.err().map(|rejection| rejection.reason())
    })
}

#[tokio::test]
async fn verification_that_began_before_counts_for_nobody_else() {
    let ory = SlowOry::start().await;
    let auth = builder(&ory.url).build().expect("the settings are valid");
    let before = verify(&auth);
    ory.arrived(1).await;
    auth.forget(&"abc".into()).await;
    // It does not wait for the response to the earlier request.
    let after = verify(&auth);
    ory.arrived(1).await;
    after.abort();

    ory.permits.add_permits(1);
    assert_eq!(before.await.expect("it does not panic"), None);
    // The outcome is not in the cache.
    let later = verify(&auth);
    ory.arrived(1).await;
    ory.permits.add_permits(2);
    assert_eq!(later.await.expect("it does not panic"), None);
}

#[tokio::test]
async fn user_who_is_forgotten_is_not_served_stale() {
    let ory = SlowOry::start().await;
    let builder = builder(&ory.url).time_to_live(seconds(30));
    let auth = builder.stale_if_error(seconds(600)).timeout(seconds(5));
    let auth = auth.build().expect("the settings are valid");
    ory.permits.add_permits(1);
    assert_eq!(verify(&auth).await.expect("it does not panic"), None);
    ory.arrived(1).await;

    advance(seconds(30)).await;
    let refused = verify(&auth);
    ory.arrived(1).await;
    auth.forget(&"abc".into()).await;
    advance(seconds(5)).await;
    let reason = refused.await.expect("it does not panic");
    assert_eq!(reason, Some(Reason::Unavailable));
}
