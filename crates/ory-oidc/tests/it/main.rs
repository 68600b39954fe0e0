//! All tests that need no other program.

#[path = "../contract/mod.rs"]
mod contract;

mod bad_input;
mod challenge_rules;
mod discovery_rules;
mod double;
mod error_taxonomy;
#[cfg(feature = "jwt")]
mod identity;
mod keeper;
mod logout_preflight;
mod logout_return;
mod logout_rules;
mod properties;
mod raw;
mod recorded;
mod registration_rules;
mod secrets;
mod stores;
mod support;
mod userinfo_rules;
mod webapp;
