//! Why a peer is ahead on some rows. A row without a reason here fails the run.

use crate::operation::Operation;

/// A counted cost of a call.
#[derive(Clone, Copy, Eq, PartialEq)]
pub(crate) enum Counted {
    Allocations,
    Bytes,
}

/// Returns the reason why a peer's call costs less than that of `contender`.
pub(crate) fn of(operation: Operation, contender: &str, counted: Counted) -> Option<&'static str> {
    Some(match (operation, contender, counted) {
        (Operation::Put, "ory-oidc", _) => "reads before it writes, so that nothing is reset",
        (Operation::Logout, _, _) => "the peers send no parameters",
        (Operation::Discover, "ory-oidc", _) => "one task fetches for all callers",
        (Operation::UserInfo, "ory-oidc-gen", _) => "keeps all claims, the peers drop eight",
        (_, "ory-oidc", Counted::Bytes) => "its future is a block, the peers' is the caller's",
        _ => return None,
    })
}

/// Returns the reason why a peer's call takes less time.
pub(crate) fn of_time(operation: Operation) -> &'static str {
    match operation {
        Operation::UserInfo => "  keeps all claims and checks that each occurs once",
        // Counted with callgrind. See the README.
        _ => "  decodes leniently and keeps all members: 25 % of its instructions",
    }
}
