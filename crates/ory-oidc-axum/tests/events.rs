//! Events say why a request was refused. They need a test binary of their own: `tracing` decides once for
//! all threads whether anybody listens to an event.

use ory_oidc::Client;
use ory_oidc_axum::BearerAuth;
use ory_oidc_mock::{Fault, OryMock};
use std::fmt::{Debug, Write as _};
use std::sync::{Arc, Mutex};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Writes all events of this crate into a text.
#[derive(Clone, Default)]
struct Log(Arc<Mutex<String>>);

impl Visit for Log {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let mut text = self.0.lock().expect("nobody panicked");
        let _ = write!(text, " {field}={value:?}");
    }
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target().starts_with("ory_oidc_axum")
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn event(&self, event: &Event<'_>) {
        let level = event.metadata().level();
        let _ = write!(self.0.lock().expect("nobody panicked"), "\n{level}");
        event.record(&mut self.clone());
    }

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

#[tokio::test]
async fn events_say_why_a_request_was_refused_and_contain_no_token() {
    let log = Log::default();
    let _guard = tracing::subscriber::set_default(log.clone());
    let server = OryMock::start().await;
    let ory = Client::new(server.url()).expect("the URL is valid");
    let auth = BearerAuth::new(ory);
    let refused = auth.authenticate_token(&"s3cr3t".into()).await;
    server.fail_next(Fault::answer(503).body("s3cr3t-of-ory"));
    let failed = auth.authenticate_token(&"s3cr3t-too".into()).await;

    let log = log.0.lock().expect("nobody panicked").clone();
    assert!(
        log.contains("\nDEBUG message=request refused reason=the access token is not valid"),
        "{log}"
    );
    assert!(
        log.contains("\nWARN message=request refused: the token could not be verified"),
        "{log}"
    );
    assert!(
        log.contains("error=GET /userinfo: the server returned 503"),
        "{log}"
    );
    assert!(!log.contains("s3cr3t"), "{log}");
    assert!(refused.is_err() && failed.is_err());
}
