//! Events that say why a request was refused. They contain no token.

use crate::outcome::Refusal;
use crate::reason::Reason;

/// Reports a refused request.
pub(crate) fn refused(reason: Reason, refusal: Option<&Refusal>) {
    #[cfg(feature = "tracing")]
    {
        let error = refusal.and_then(|refusal| refusal.error.as_deref());
        let error = error.map(tracing::field::display);
        if reason.is_failure() {
            tracing::warn!(%reason, error, "request refused: the token could not be verified");
        } else {
            tracing::debug!(%reason, error, "request refused");
        }
    }
    #[cfg(not(feature = "tracing"))]
    let _ = (reason, refusal);
}

/// Reports that an expired entry of the cache was used.
pub(crate) fn stale(refusal: &Refusal) {
    #[cfg(feature = "tracing")]
    {
        let error = refusal.error.as_deref().map(tracing::field::display);
        tracing::warn!(reason = %refusal.reason, error, "used a stale user");
    }
    #[cfg(not(feature = "tracing"))]
    let _ = refusal;
}
