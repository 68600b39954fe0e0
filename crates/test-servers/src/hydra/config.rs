//! Hydra's configuration file.

use serde_json::{Value, json};

/// The addresses that a configuration names.
pub(super) struct Addresses<'a> {
    pub(super) public_port: u16,
    pub(super) admin_port: u16,
    pub(super) public_url: &'a str,
    pub(super) login: String,
    pub(super) consent: String,
    pub(super) logout: String,
    pub(super) error: String,
    pub(super) logged_out: String,
}

pub(super) fn standard(dsn: &str, registration: bool, addresses: &Addresses<'_>) -> Value {
    json!({
        "dsn": dsn,
        "log": {"level": "warn"},
        "serve": {
            "public": {"host": "127.0.0.1", "port": addresses.public_port},
            "admin": {"host": "127.0.0.1", "port": addresses.admin_port},
        },
        "secrets": {"system": ["a secret that only tests have"]},
        "urls": {
            "self": {"issuer": addresses.public_url, "public": addresses.public_url},
            "login": addresses.login,
            "consent": addresses.consent,
            "logout": addresses.logout,
            "error": addresses.error,
            "post_logout_redirect": addresses.logged_out,
        },
        "oidc": {"dynamic_client_registration": {"enabled": registration}},
    })
}

/// The members that let clients register `subject_type: pairwise`.
pub(super) fn pairwise_subjects() -> Value {
    json!({"oidc": {"subject_identifiers": {
        "supported_types": ["public", "pairwise"],
        "pairwise": {"salt": "a salt that only tests have"},
    }}})
}

/// Adds the members of `other` to the configuration. They replace members of the same name that are
/// not objects.
pub(super) fn merge(config: &mut Value, other: Value) {
    match (config, other) {
        (Value::Object(config), Value::Object(other)) => {
            for (name, value) in other {
                merge(config.entry(name).or_insert(Value::Null), value);
            }
        }
        (config, other) => *config = other,
    }
}
