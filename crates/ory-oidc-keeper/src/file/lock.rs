//! The lock of a directory: one writer at a time, and no version twice.

use super::access::{self, At as _};
use crate::store::{StoreError, Version};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// How often the lock file may be replaced while this process waits for it.
const MAX_ATTEMPTS: usize = 100;

/// The right to write into a directory, until it is dropped or the process dies.
///
/// The file is locked and never removed. It holds the highest version that was cleared, in digits,
/// so that a clock that was set back cannot produce it again.
pub(super) struct Lock {
    file: File,
    path: PathBuf,
    highest_cleared: u64,
}

impl Lock {
    /// Waits for the lock of a directory.
    pub(super) fn acquire(directory: &Path) -> Result<Self, StoreError> {
        let path = directory.join(".lock");
        for _ in 0..MAX_ATTEMPTS {
            access::check_file(&path)?;
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            let mut file = access::private(&mut options).open(&path).at(&path)?;
            wait(&file).at(&path)?;
            // If the file was removed meanwhile, other processes lock its successor.
            if access::is_at(&file, &path).at(&path)? {
                let mut digits = Vec::new();
                file.read_to_end(&mut digits).at(&path)?;
                // If there is no number, versions are taken from the clock alone.
                let highest_cleared =
                    str::from_utf8(&digits).map_or(0, |text| text.parse().unwrap_or(0));
                return Ok(Self {
                    file,
                    path,
                    highest_cleared,
                });
            }
        }
        Err(io::Error::other("the lock file keeps being replaced")).at(&path)
    }

    /// Returns a version that the directory never had: higher than the previous one, than all that
    /// were cleared, and at least the current time.
    pub(super) fn version_after(&self, previous: Option<Version>) -> Option<Version> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |past| u64::try_from(past.as_nanos()).unwrap_or(0));
        let last = previous
            .map_or(0, |version| version.0)
            .max(self.highest_cleared);
        last.checked_add(1).map(|next| Version(next.max(now)))
    }

    /// Records a version that is about to be cleared.
    pub(super) fn record_cleared(&mut self, version: Version) -> Result<(), StoreError> {
        if version.0 > self.highest_cleared {
            self.write(version.0).at(&self.path)?;
            self.highest_cleared = version.0;
        }
        Ok(())
    }

    fn write(&mut self, version: u64) -> io::Result<()> {
        self.file.rewind()?;
        // Always the same number of digits, so that one write replaces them all.
        self.file.write_all(format!("{version:020}").as_bytes())?;
        self.file.sync_all()
    }
}

fn wait(file: &File) -> io::Result<()> {
    loop {
        match file.lock() {
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
