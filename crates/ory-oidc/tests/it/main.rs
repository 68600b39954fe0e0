//! The integration tests that need no other program.

mod advertised_endpoints;
mod bad_input;
mod challenge_rules;
mod client_metadata;
mod decoding;
mod discovery_endpoints;
mod discovery_rules;
mod error_taxonomy;
mod front_channel_rules;
mod hostile_text;
mod http_client;
#[cfg(feature = "tower")]
mod http_service;
#[cfg(feature = "jwt")]
mod identity;
mod issuers;
mod lenient;
mod logout_callback;
mod logout_preflight;
mod logout_return;
mod logout_rules;
mod properties;
#[cfg(feature = "jwt")]
mod providers;
mod raw;
mod recorded;
mod registration_rules;
mod response_info;
mod retry_rules;
mod secrets;
mod support;
mod userinfo_rules;
#[cfg(feature = "blocking")]
mod waiting;
