//! Fuzzes what a keeper reads from a store: the record, and the file of a `FileStore` around it.
#![no_main]

use libfuzzer_sys::fuzz_target;
use ory_oidc_keeper::fuzzing::{file, record};

/// Marks a text that an error must not quote.
const SECRET: &str = "SECRET-OF-THE-STORE";

fuzz_target!(|input: &[u8]| {
    let text = String::from_utf8_lossy(input);
    match record(&text) {
        Ok(written) => {
            let again = record(&written).expect("a written record can be read");
            assert_eq!(again, written, "writing preserves a record");
        }
        Err(error) => assert!(!format!("{error} {error:?}").contains(SECRET)),
    }
    match file(input) {
        Ok((version, content)) => {
            let text = String::from_utf8_lossy(input);
            assert!(text.contains(&version.to_string()));
            assert!(content.len() <= input.len(), "nothing is added");
        }
        Err(error) => assert!(!error.contains(SECRET), "{error}"),
    }
});
