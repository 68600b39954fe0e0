//! The lock of a directory: one writer at a time, and no version twice.

use super::access::{self, At as _};
use crate::store::{StoreError, Version};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// How often the lock file may be replaced while this process opens it.
const MAX_ATTEMPTS: usize = 100;
/// The highest version that is recorded: a clock reaches it in the year 2262. One damaged entry must
/// not use up the versions of the whole directory.
const MAX_RECORD: u64 = i64::MAX as u64;
/// The number of digits in the file. Always the same, so that a later number needs no more space.
const DIGITS: usize = 20;

/// The right to write into a directory, until it is dropped or the process dies.
///
/// The file is locked and never removed. It holds the highest version that was cleared, in digits,
/// so that a clock that was set back cannot produce it again.
pub(super) struct Lock {
    file: File,
    path: PathBuf,
    highest_cleared: u64,
    /// Whether the file has its full length, so that a record needs no more space.
    is_reserved: bool,
}

impl Lock {
    /// Locks a directory; [`None`] if another process or another handle of this one holds the lock.
    pub(super) fn try_acquire(directory: &Path) -> Result<Option<Self>, StoreError> {
        access::check_directory(directory)?;
        let path = directory.join(".lock");
        for _ in 0..MAX_ATTEMPTS {
            access::check_file(&path)?;
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            let mut file = access::private(&mut options).open(&path).at(&path)?;
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => return Ok(None),
                Err(TryLockError::Error(error)) if error.kind() == ErrorKind::Interrupted => {
                    return Ok(None);
                }
                Err(TryLockError::Error(error)) => return Err(error).at(&path),
            }
            // If the file was removed meanwhile, other processes lock its successor.
            if access::is_at(&file, &path).at(&path)? {
                let mut digits = Vec::new();
                let mut limited = (&mut file).take(DIGITS as u64);
                limited.read_to_end(&mut digits).at(&path)?;
                // If there is no number, versions are taken from the clock alone.
                let recorded = str::from_utf8(&digits).ok();
                let recorded = recorded.and_then(|text| text.parse().ok());
                let highest_cleared = recorded.filter(|number| *number <= MAX_RECORD);
                return Ok(Some(Self {
                    file,
                    path,
                    highest_cleared: highest_cleared.unwrap_or_default(),
                    is_reserved: digits.len() == DIGITS,
                }));
            }
        }
        Err(io::Error::other("the lock file keeps being replaced")).at(&path)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
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

    /// Gives the file its full length, so that [`record_cleared`](Self::record_cleared) works on a
    /// full disk.
    pub(super) fn reserve_record(&mut self) -> Result<(), StoreError> {
        if !self.is_reserved {
            self.write(self.highest_cleared).at(&self.path)?;
            self.is_reserved = true;
        }
        Ok(())
    }

    /// Records a version that is about to be cleared.
    pub(super) fn record_cleared(&mut self, version: Version) -> io::Result<()> {
        if version.0 > self.highest_cleared && version.0 <= MAX_RECORD {
            self.write(version.0)?;
            self.highest_cleared = version.0;
        }
        Ok(())
    }

    fn write(&mut self, version: u64) -> io::Result<()> {
        self.file.rewind()?;
        // One write replaces all digits.
        let digits = format!("{version:0DIGITS$}");
        self.file.write_all(digits.as_bytes())?;
        self.file.sync_all()
    }
}
