//! The database file, which only its owner may access.

use crate::error::DatabaseError;
use std::ffi::OsString;
use std::fs::{Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;

/// The database, and the files that SQLite keeps beside it.
const SUFFIXES: [&str; 4] = ["", "-wal", "-shm", "-journal"];

/// Creates the file if it is missing, and checks that other users cannot access it or the files beside
/// it. SQLite gives those the same permissions.
pub(crate) fn prepare(path: &Path) -> Result<(), DatabaseError> {
    refuse_special_names(path)?;
    for suffix in SUFFIXES {
        let mut file = OsString::from(path);
        file.push(suffix);
        let file = Path::new(&file);
        check(file).map_err(|problem| DatabaseError::new(problem).at(file))?;
    }
    match create(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => {
            Err(DatabaseError::new(error.to_string()).at(path))
        }
        // Another process may have created it, with the same permissions.
        _ => Ok(()),
    }
}

/// Which file is at a path. On Windows, an open file cannot be removed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Identity {
    #[cfg(unix)]
    device_and_inode: (u64, u64),
}

/// Returns which file is at a path.
pub(crate) fn identity(path: &Path) -> io::Result<Identity> {
    let metadata = std::fs::metadata(path)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;

        let device_and_inode = (metadata.dev(), metadata.ino());
        Ok(Identity { device_and_inode })
    }
    #[cfg(not(unix))]
    {
        let _ = metadata;
        Ok(Identity {})
    }
}

/// Refuses names that mean something else to SQLite than a file.
fn refuse_special_names(path: &Path) -> Result<(), DatabaseError> {
    let name = path.as_os_str().to_string_lossy().to_ascii_lowercase();
    if name == ":memory:" {
        let problem = "a database in memory is lost with its connection; pass the path of a file";
        return Err(DatabaseError::new(problem).at(path));
    }
    if name.starts_with("file:") || name.starts_with("sqlite:") {
        let problem = "expected the path of a file, not a URL";
        return Err(DatabaseError::new(problem).at(path));
    }
    Ok(())
}

fn create(path: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path).map(drop)
}

/// Checks that a file is this user's alone, unless it is missing.
fn check(path: &Path) -> Result<(), String> {
    match std::fs::metadata(path) {
        Ok(metadata) => check_private(&metadata),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        Err(error) => Err(error.to_string()),
    }
}

#[cfg(unix)]
fn check_private(metadata: &Metadata) -> Result<(), String> {
    use std::os::unix::fs::MetadataExt as _;

    if metadata.uid() != current_user().map_err(|error| error.to_string())? {
        return Err("the file belongs to another user".to_owned());
    }
    let mode = metadata.mode() & 0o777;
    if mode & 0o077 != 0 {
        let problem = format!("other users can access the file (mode {mode:04o}); set mode 0600");
        return Err(problem);
    }
    Ok(())
}

/// Returns the user that this process creates files as. The standard library has no call for it,
/// but it tells the owner of a pipe that this process has just created.
#[cfg(unix)]
fn current_user() -> io::Result<u32> {
    use std::os::fd::OwnedFd;
    use std::os::unix::fs::MetadataExt as _;

    let (reader, _writer) = io::pipe()?;
    let reader = std::fs::File::from(OwnedFd::from(reader));
    Ok(reader.metadata()?.uid())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the signature is that of Unix")]
fn check_private(_: &Metadata) -> Result<(), String> {
    Ok(())
}
