//! Who may look into the folder and the files: nobody but their owner.

use super::super::StoreError;
use std::error::Error;
use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::Path;

/// Turns any failure at a path into [`StoreError::Unavailable`].
pub(super) trait At<T> {
    fn at(self, path: &Path) -> Result<T, StoreError>;
}

impl<T, E: Error + Send + Sync + 'static> At<T> for Result<T, E> {
    fn at(self, path: &Path) -> Result<T, StoreError> {
        self.map_err(|source| StoreError::Unavailable {
            place: path.display().to_string(),
            source: Box::new(source),
        })
    }
}

/// Creates a folder for this user alone, and the missing ones above it.
pub(super) fn create_folder(folder: &Path) -> io::Result<()> {
    let create = || private_folder(&mut DirBuilder::new()).create(folder);
    let created = match (create(), folder.parent()) {
        (Err(error), Some(parent)) if error.kind() == ErrorKind::NotFound => {
            create_folder(parent)?;
            create()
        }
        (created, _) => created,
    };
    match (created, folder.parent()) {
        (Ok(()), Some(parent)) => match sync_folder(parent) {
            // One that may be written but not read.
            Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(()),
            synced => synced,
        },
        // Whether it is a folder, and a safe one, is looked at in any case.
        (Err(_), _) if fs::symlink_metadata(folder).is_ok() => Ok(()),
        (created, _) => created,
    }
}

fn private_folder(builder: &mut DirBuilder) -> &mut DirBuilder {
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(builder, 0o700);
    builder
}

/// Refuses a folder that somebody else could read or change.
pub(super) fn check_folder(folder: &Path) -> Result<(), StoreError> {
    let metadata = fs::symlink_metadata(folder).at(folder)?;
    if metadata.is_symlink() {
        return refuse(folder, "it is a symbolic link");
    }
    if !metadata.is_dir() {
        return refuse(folder, "it is not a folder");
    }
    check_private(folder, &metadata)
}

/// Refuses anything but a regular file that nobody else can read or change. `false` when there is
/// nothing.
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

/// Opens a file that passes the check; [`None`] when there is none.
pub(super) fn open(path: &Path) -> Result<Option<File>, StoreError> {
    if !check_file(path)? {
        return Ok(None);
    }
    match File::open(path) {
        Ok(file) => {
            check_file_metadata(path, &file.metadata().at(path)?)?;
            Ok(Some(file))
        }
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error).at(path),
    }
}

/// Creates a file for this user alone, where there is none.
pub(super) fn create(path: &Path) -> io::Result<File> {
    private(OpenOptions::new().write(true).create_new(true)).open(path)
}

/// The options, creating for this user alone.
pub(super) fn private(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Brings to the disk what was created, renamed or removed in a folder.
pub(super) fn sync_folder(folder: &Path) -> io::Result<()> {
    // Windows has no such call for folders.
    if cfg!(unix) {
        File::open(folder)?.sync_all()
    } else {
        Ok(())
    }
}

/// Whether an open file is still the one under its path.
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

    if metadata.uid() != own_user().at(path)? {
        return refuse(path, "it belongs to another user");
    }
    let mode = metadata.mode() & 0o7777;
    if mode & 0o077 != 0 {
        return refuse(
            path,
            &format!("it is open to other users (mode {mode:04o})"),
        );
    }
    Ok(())
}

#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "the signature is that of Unix")]
fn check_private(_: &Path, _: &Metadata) -> Result<(), StoreError> {
    Ok(())
}

/// The user as whom this process creates files. The standard library has no call for it, but
/// tells the owner of a pipe that was just created.
#[cfg(unix)]
fn own_user() -> io::Result<u32> {
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
