//! Fuzzes the URLs of databases: no password goes to another machine that proves nothing, unless the URL
//! says so, and no error shows one.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ory_oidc_store_postgres::fuzzing::{Destination, destination};

/// Marks a password.
const SECRET: &str = "SECRET-OF-THE-DATABASE";

fuzz_target!(|url: &str| {
    check(url);
    // The text is a host, or what follows one.
    check(&format!("postgres://app:{SECRET}@{url}"));
    check(&format!("postgres://app:{SECRET}@db.example{url}"));
});

fn check(url: &str) {
    match destination(url) {
        Ok(Destination {
            is_verified,
            is_local,
            place,
        }) => {
            let chosen = ["sslmode", "ssl-mode"]
                .iter()
                .any(|name| url.contains(name));
            // A percent-encoded name is decoded, too.
            assert!(
                is_verified || is_local || chosen || url.contains('%'),
                "{place}"
            );
            let host_holds_it = url.matches(SECRET).count() > 1;
            assert!(host_holds_it || !place.contains(SECRET), "{place}");
        }
        Err(error) => {
            let shown = format!("{error} {error:?}");
            let elsewhere = url.matches(SECRET).count() > 1;
            assert!(elsewhere || !shown.contains(SECRET), "{shown}");
        }
    }
}
