//! The file of one registration. All functions block.

use super::access::{self, At as _};
use super::format;
use super::lock::Lock;
use super::name;
use crate::store::{Content, Entry, StoreError, StoreKey, Version};
use std::fs;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};

/// The file that a new text is written to before it replaces an entry. Only the holder of the lock
/// uses it, so an existing one was left by a process that died.
const NEW_FILE: &str = ".new";

/// The file of one registration.
pub(super) struct Slot {
    pub(super) directory: PathBuf,
    pub(super) path: PathBuf,
    pub(super) key: StoreKey,
    pub(super) max_size: u64,
}

impl Slot {
    pub(super) fn load(&self) -> Result<Option<Entry>, StoreError> {
        access::check_directory(&self.directory)?;
        self.read()
    }

    pub(super) fn save(
        &self,
        mut lock: Lock,
        expected: Option<Version>,
        content: &Content,
    ) -> Result<Version, StoreError> {
        self.prepare(expected)?;
        let Some(version) = lock.version_after(expected) else {
            return Err(damaged(
                &self.path,
                "its version cannot be increased; restore it from a backup",
            ));
        };
        let text = format::encode(&self.key, version, content).at(&self.path)?;
        if text.len() as u64 > self.max_size {
            let reason = too_large(text.len() as u64, self.max_size);
            return Err(StoreError::refused(self.path.display().to_string(), reason));
        }
        lock.reserve_record()?;
        self.replace(&text).at(&self.path)?;
        Ok(version)
    }

    /// Removes the entry. This needs no free space, so that it works on a full disk.
    pub(super) fn clear(&self, mut lock: Lock, expected: Version) -> Result<(), StoreError> {
        self.prepare(Some(expected))?;
        let recorded = lock.record_cleared(expected);
        if let Err(error) = recorded {
            if !is_out_of_space(&error) {
                return Err(error).at(lock.path());
            }
            // Some file systems need space to overwrite a file. The entry gives it.
            fs::remove_file(&self.path).at(&self.path)?;
            lock.record_cleared(expected).at(lock.path())?;
        } else {
            fs::remove_file(&self.path).at(&self.path)?;
        }
        access::sync_directory(&self.directory).at(&self.path)
    }

    /// Removes what a killed process left behind, and checks that the entry is readable and has the
    /// version that the caller expects. The caller holds the lock.
    fn prepare(&self, expected: Option<Version>) -> Result<(), StoreError> {
        access::check_directory(&self.directory)?;
        let new = self.directory.join(NEW_FILE);
        match fs::remove_file(&new) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error).at(&new),
            _ => {}
        }
        if self.read()?.map(|entry| entry.version) == expected {
            Ok(())
        } else {
            Err(StoreError::Conflict)
        }
    }

    fn read(&self) -> Result<Option<Entry>, StoreError> {
        let Some(text) = read_text(&self.path, self.max_size)? else {
            return Ok(None);
        };
        match format::decode(&text, &self.key) {
            Ok(entry) => Ok(Some(entry)),
            Err(reason) => Err(damaged(&self.path, reason)),
        }
    }

    fn replace(&self, text: &[u8]) -> io::Result<()> {
        let new = self.directory.join(NEW_FILE);
        let mut file = access::create(&new)?;
        let written = file
            .write_all(text)
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&new, &self.path));
        if let Err(error) = written {
            // It holds secrets and may fill a full disk. If this fails too, the next write removes
            // the file.
            let _ = fs::remove_file(&new);
            return Err(error);
        }
        access::sync_directory(&self.directory)
    }
}

/// Returns the key of a file whose name does not contain all of it; [`None`] if there is no file.
pub(super) fn read_key(path: &Path, max_size: u64) -> Result<Option<StoreKey>, StoreError> {
    let Some(text) = read_text(path, max_size)? else {
        return Ok(None);
    };
    let key = format::decode_key(&text).map_err(|reason| damaged(path, reason))?;
    if path.file_name().and_then(|name| name.to_str()) != Some(&name::of(&key)) {
        return Err(damaged(path, "it holds another registration"));
    }
    Ok(Some(key))
}

/// Reads a file, if it is not too large.
fn read_text(path: &Path, max_size: u64) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(file) = access::open(path)? else {
        return Ok(None);
    };
    let size = file.metadata().at(path)?.len();
    if size > max_size {
        return Err(damaged(path, too_large(size, max_size)));
    }
    let mut text = Vec::new();
    // It may grow meanwhile.
    let read = file.take(max_size.saturating_add(1)).read_to_end(&mut text);
    let size = read.at(path)? as u64;
    if size > max_size {
        return Err(damaged(path, too_large(size, max_size)));
    }
    Ok(Some(text))
}

fn too_large(size: u64, max_size: u64) -> String {
    format!("it has {size} bytes, and the limit is {max_size}")
}

fn is_out_of_space(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded | ErrorKind::FileTooLarge
    )
}

fn damaged(path: &Path, reason: impl Into<String>) -> StoreError {
    StoreError::damaged(path.display().to_string(), reason)
}
