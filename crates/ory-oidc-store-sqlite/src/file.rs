//! The database file, which only its owner may read.

use crate::error::DatabaseError;
use std::fs::OpenOptions;
use std::io::ErrorKind;
use std::path::Path;

/// Creates the file if it is missing, and checks that other users cannot access it. SQLite gives the
/// files beside it the same permissions.
pub(crate) fn prepare(path: &Path) -> Result<(), DatabaseError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(path) {
        Ok(_) => Ok(()),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => check(path),
        Err(error) => Err(DatabaseError::new(error.to_string()).at(path)),
    }
}

#[cfg(unix)]
fn check(path: &Path) -> Result<(), DatabaseError> {
    use std::os::unix::fs::MetadataExt as _;

    let metadata = std::fs::metadata(path);
    let metadata = metadata.map_err(|error| DatabaseError::new(error.to_string()).at(path))?;
    let mode = metadata.mode() & 0o777;
    if mode & 0o077 != 0 {
        let message = format!("other users can access the file (mode {mode:04o}); set mode 0600");
        return Err(DatabaseError::new(message).at(path));
    }
    Ok(())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the signature is that of Unix")]
fn check(_: &Path) -> Result<(), DatabaseError> {
    Ok(())
}
