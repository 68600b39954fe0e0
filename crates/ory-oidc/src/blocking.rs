//! Waits for calls in synchronous code.
//!
//! Every request has the method `wait`:
//!
//! ```
//! # let server = ory_oidc_mock::OryMock::start_blocking();
//! let ory = ory_oidc::Client::new(server.url())?;
//! let provider = ory.discover().wait()?;
//! assert_eq!(provider.issuer(), server.url());
//! # Ok::<(), ory_oidc::Error>(())
//! ```
//!
//! [`wait`] does the same for async functions, such as the methods of a keeper.

pub use ory_oidc_core::blocking::wait;
