//! Entry points for the fuzz targets in `fuzz/`. Only a fuzzer's build has them; they are not part of
//! the API.

pub use crate::file::fuzzing::file;

use crate::record::Record;
use crate::store::{Content, StoreError, StoreKey};

/// Reads a record, and writes it again.
///
/// # Errors
/// The error for a record that cannot be read.
pub fn record(text: &str) -> Result<String, StoreError> {
    let key = StoreKey::new("https://id.example", "my-app");
    let record = Record::from_content(&Content::new(text), &key)?;
    Ok(record.to_content()?.expose().to_owned())
}
