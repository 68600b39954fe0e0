//! The names of a directory.

use super::access::{self, At as _};
use super::name::{self, FileName};
use super::slot;
use crate::store::{ListQuery, StoreError};
use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

/// Returns a page of names, in the order of their bytes. Holds no more than the page in memory.
pub(super) fn list(
    directory: &Path,
    query: &ListQuery,
    max_entry_size: u64,
) -> Result<Vec<String>, StoreError> {
    access::check_directory(directory)?;
    let mut page = BTreeSet::new();
    for file in fs::read_dir(directory).at(directory)? {
        let file = file.at(directory)?;
        let key = match file.file_name().to_str().and_then(name::parse) {
            Some(FileName::Complete(key)) => key,
            Some(FileName::Cut) => match slot::read_key(&file.path(), max_entry_size)? {
                Some(key) => key,
                None => continue, // it was cleared meanwhile
            },
            None => continue,
        };
        let name = key.name();
        if key.issuer() == query.issuer
            && name.starts_with(&query.prefix)
            && Some(name) > query.after.as_deref()
        {
            page.insert(name.to_owned());
            if page.len() > query.limit {
                page.pop_last();
            }
        }
    }
    Ok(page.into_iter().collect())
}
