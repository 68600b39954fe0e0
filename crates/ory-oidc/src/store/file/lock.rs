//! One writer at a time, and no version twice.

use super::super::{StoreError, Version};
use super::access::{self, At as _};
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{SystemTime, UNIX_EPOCH};

/// How often the file may be replaced while we wait for it.
const ATTEMPTS: usize = 100;

/// The right to write into a folder, until it is dropped or the process dies.
///
/// The file is locked, never removed. It holds the highest version of an entry that was cleared,
/// in digits, lest a clock that was set back hands it out again.
pub(super) struct Lock {
    file: File,
    path: PathBuf,
    /// The highest version that was cleared.
    cleared: u64,
}

impl Lock {
    /// Waits for the lock of a folder.
    pub(super) fn acquire(folder: &Path) -> Result<Self, StoreError> {
        let path = folder.join(".lock");
        for _ in 0..ATTEMPTS {
            access::check_file(&path)?;
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            let mut file = access::private(&mut options).open(&path).at(&path)?;
            wait(&file).at(&path)?;
            // Were the file removed meanwhile, others would lock its successor.
            if access::is_at(&file, &path).at(&path)? {
                let mut digits = Vec::new();
                file.read_to_end(&mut digits).at(&path)?;
                // Nothing, or nothing of ours: the clock alone has to do.
                let cleared = str::from_utf8(&digits).map_or(0, |text| text.parse().unwrap_or(0));
                return Ok(Self {
                    file,
                    path,
                    cleared,
                });
            }
        }
        Err(io::Error::other("the file is replaced time and again")).at(&path)
    }

    /// A version that the folder never had: later than the one before, those that were cleared,
    /// and now.
    pub(super) fn version_after(&self, previous: Option<Version>) -> Option<Version> {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |past| u64::try_from(past.as_nanos()).unwrap_or(0));
        let last = previous.map_or(0, |version| version.0).max(self.cleared);
        last.checked_add(1).map(|next| Version(next.max(now)))
    }

    /// Remembers a version that is about to be cleared.
    pub(super) fn remember(&mut self, version: Version) -> Result<(), StoreError> {
        if version.0 > self.cleared {
            self.write(version.0).at(&self.path)?;
            self.cleared = version.0;
        }
        Ok(())
    }

    fn write(&mut self, version: u64) -> io::Result<()> {
        self.file.rewind()?;
        // Always as many digits, so that one write replaces all.
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
