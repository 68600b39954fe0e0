//! File access that keeps other users out.

use crate::store::StoreError;
use std::error::Error;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;

/// Turns a failure at a path into [`StoreError::Unavailable`].
pub(super) trait At<T> {
    fn at(self, path: &Path) -> Result<T, StoreError>;
}

impl<T, E: Error + Send + Sync + 'static> At<T> for Result<T, E> {
    fn at(self, path: &Path) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::unavailable(path.display().to_string(), source))
    }
}

/// Creates a directory for the current user alone, with its missing parents.
pub(super) fn create_directory(directory: &Path) -> io::Result<()> {
    let create = || private_directory(&mut DirBuilder::new()).create(directory);
    let created = match (create(), directory.parent()) {
        (Err(error), Some(parent)) if error.kind() == ErrorKind::NotFound => {
            create_directory(parent)?;
            create()
        }
        (created, _) => created,
    };
    match (created, directory.parent()) {
        (Ok(()), Some(parent)) => match sync_directory(parent) {
            // The parent is writable but not readable.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
            synced => synced,
        },
        // The caller checks whether it is a directory, and a safe one.
        (Err(_), _) if fs::symlink_metadata(directory).is_ok() => Ok(()),
        (created, _) => created,
    }
}

fn private_directory(builder: &mut DirBuilder) -> &mut DirBuilder {
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(builder, 0o700);
    builder
}

/// Refuses a directory that another user could read or change.
pub(super) fn check_directory(directory: &Path) -> Result<(), StoreError> {
    let metadata = fs::symlink_metadata(directory).at(directory)?;
    if metadata.is_symlink() {
        return refuse(directory, "it is a symbolic link");
    }
    if !metadata.is_dir() {
        return refuse(directory, "it is not a directory");
    }
    check_private(directory, &metadata)
}

/// Refuses anything but a regular file that no other user can read or change. Returns whether
/// there is a file.
pub(super) fn check_file(path: &Path) -> Result<bool, StoreError> {
    match fs::symlink_metadata(path) {
        Ok(metadata) => check_file_metadata(path, &metadata).map(|()| true),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error).at(path),
    }
}

fn check_file_metadata(path: &Path, metadata: &Metadata) -> Result<(), StoreError> {
    if metadata.is_symlink() {
        return refuse(path, "it is a symbolic link");
    }
    if !metadata.is_file() {
        return refuse(path, "it is not a regular file");
    }
    check_private(path, metadata)
}

/// Opens a file that passes [`check_file`]; [`None`] if it does not exist.
pub(super) fn open(path: &Path) -> Result<Option<File>, StoreError> {
    if !check_file(path)? {
        return Ok(None);
    }
    match File::open(path) {
        Ok(file) => {
            // The path may name another file by now.
            check_file_metadata(path, &file.metadata().at(path)?)?;
            Ok(Some(file))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).at(path),
    }
}

/// Creates a file for the current user alone; fails if the path exists.
pub(super) fn create(path: &Path) -> io::Result<File> {
    private(OpenOptions::new().write(true).create_new(true)).open(path)
}

/// Makes the options create files for the current user alone.
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Syncs to disk which files were created, renamed or removed in a directory.
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    // Windows has no such call for directories.
    if cfg!(unix) {
        File::open(directory)?.sync_all()
    } else {
        Ok(())
    }
}

/// Returns whether an open file is still the one at its path.
#[cfg_attr(
    not(unix),
    expect(clippy::unnecessary_wraps, reason = "the signature is that of Unix")
)]
pub(super) fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;

        let open = file.metadata()?;
        match fs::symlink_metadata(path) {
            Ok(found) => Ok((open.dev(), open.ino()) == (found.dev(), found.ino())),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
            Err(error) => Err(error),
        }
    }
    #[cfg(not(unix))]
    {
        let _ = (file, path);
        Ok(true)
    }
}

#[cfg(unix)]
fn check_private(path: &Path, metadata: &Metadata) -> Result<(), StoreError> {
    use std::os::unix::fs::MetadataExt as _;

    if metadata.uid() != current_user().at(path)? {
        return refuse(path, "it belongs to another user");
    }
    let mode = metadata.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return refuse(
            path,
            &format!("other users can access it (mode {mode:04o})"),
        );
    }
    Ok(())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the signature is that of Unix")]
fn check_private(_: &Path, _: &Metadata) -> Result<(), StoreError> {
    Ok(())
}

/// Returns the user that this process creates files as. The standard library has no call for it,
/// but it tells the owner of a pipe that this process has just created.
#[cfg(unix)]
fn current_user() -> io::Result<u32> {
    use std::os::fd::OwnedFd;
    use std::os::unix::fs::MetadataExt as _;

    let (reader, _writer) = io::pipe()?;
    Ok(File::from(OwnedFd::from(reader)).metadata()?.uid())
}

fn refuse<T>(path: &Path, reason: &str) -> Result<T, StoreError> {
    Err(StoreError::Unsafe {
        place: path.display().to_string(),
        reason: reason.to_owned(),
    })
}
