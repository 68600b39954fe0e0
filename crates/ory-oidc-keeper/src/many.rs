//! Many registrations in one store: an app with a client for each tenant.

mod driver;
mod ensure_all;
mod job;
mod keepers;
mod ledger;
mod names;
mod pacer;
mod progress;
mod share;

pub use ensure_all::{EnsureAll, EnsuredName};
pub use keepers::Keepers;
pub use names::Names;
pub use progress::Progress;
