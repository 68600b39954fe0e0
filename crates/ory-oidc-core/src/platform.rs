//! What differs between native programs and WebAssembly in a JavaScript runtime: the clock, timers, tasks
//! and random numbers. The HTTP client differs, too.

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
mod web;

#[cfg(not(target_arch = "wasm32"))]
use native as current;
#[cfg(target_arch = "wasm32")]
use web as current;

pub(crate) use current::{
    Elapsed, Instant, Task, is_connect, random, sleep, spawn, timeout, timeout_at,
};
use std::time::SystemTime;

/// Returns the current time, also in WebAssembly, where [`SystemTime::now`] panics.
///
/// ```
/// use std::time::SystemTime;
///
/// assert!(ory_oidc_core::platform::now() > SystemTime::UNIX_EPOCH);
/// ```
#[must_use]
pub fn now() -> SystemTime {
    current::now()
}
