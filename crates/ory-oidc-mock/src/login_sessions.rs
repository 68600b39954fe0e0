//! The endpoint of the admin API that ends sessions of users.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, Uri};

use crate::back_channel;
use crate::error_response::ErrorResponse;
use crate::oauth_error::OAuthError;
use crate::parameters::query;
use crate::state::Shared;

/// Ends one session, and calls the back channels of its clients; or all of a user, without calling them.
pub(crate) async fn delete(
    State(shared): State<Arc<Shared>>,
    uri: Uri,
) -> Result<StatusCode, ErrorResponse> {
    let query = query(&uri);
    let parameter = |name: &str| query.get(name).map(String::as_str).unwrap_or_default();
    let mut state = shared.state();
    match (parameter("sid"), parameter("subject")) {
        ("", "") => {
            let hint = "Either 'subject' or 'sid' query parameters need to be defined.";
            let description = OAuthError::invalid_request(hint).description();
            return Err(ErrorResponse::invalid_request(description));
        }
        ("", subject) => {
            while state
                .end_session(|session| session.subject == subject)
                .is_some()
            {}
        }
        (sid, _) => {
            if let Some(session) = state.end_session(|session| session.id == sid) {
                back_channel::notify(&shared, &mut state, &session);
            }
        }
    }
    Ok(StatusCode::NO_CONTENT)
}
