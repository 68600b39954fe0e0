//! How far the work is.

use crate::error::KeeperError;
use crate::outcome::{Action, Ensured};

/// The progress of an [`EnsureAll`](super::EnsureAll), in names.
///
/// ```
/// # fn example(all: ory_oidc_keeper::EnsureAll) {
/// let progress = all.progress();
/// println!("{} of {}, {} failed", progress.done(), progress.total, progress.failed);
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Progress {
    /// The number of names.
    pub total: usize,
    /// Names whose client this process registered.
    pub registered: usize,
    /// Names that this process ensured in another way: their client was reused or updated.
    pub found: usize,
    /// Names that another process with the same run ensured.
    pub elsewhere: usize,
    /// Names that this process could not ensure.
    pub failed: usize,
    /// How often the server refused a request because of its rate limit. Those were sent again.
    pub rate_limited: usize,
}

impl Progress {
    /// Returns the number of names that are done.
    ///
    /// ```
    /// # fn example(all: ory_oidc_keeper::EnsureAll) {
    /// let is_complete = all.progress().done() == all.progress().total;
    /// # }
    /// ```
    #[must_use]
    pub fn done(&self) -> usize {
        self.registered + self.found + self.elsewhere + self.failed
    }

    pub(super) fn count(&mut self, result: &Result<Ensured, KeeperError>) {
        match result.as_ref().map(Ensured::action) {
            Ok(Action::Registered | Action::Replaced) => self.registered += 1,
            Ok(_) => self.found += 1,
            Err(_) => self.failed += 1,
        }
    }
}
