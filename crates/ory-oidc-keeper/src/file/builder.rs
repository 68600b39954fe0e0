//! How a directory is opened.

use super::store::FileStore;
use crate::store::StoreError;
use std::path::{Path, PathBuf};
use std::time::Duration;

const DEFAULT_TIMEOUT: Duration = Duration::from_secs(10);
const DEFAULT_MAX_ENTRY_SIZE: u64 = 16 << 20;

/// Configures a [`FileStore`]; see [`FileStore::builder`].
#[derive(Clone, Debug)]
pub struct FileStoreBuilder {
    directory: PathBuf,
    timeout: Duration,
    max_entry_size: u64,
}

impl FileStore {
    /// Opens a directory with the default settings. If it does not exist, it is created for the
    /// current user alone, with its parents.
    ///
    /// Does a little blocking I/O: call it when the program starts.
    ///
    /// # Errors
    /// [`StoreError::Unsafe`] for a directory that other users can access or that belongs to
    /// another user, for a symbolic link, and for anything that is not a directory;
    /// [`StoreError::Unavailable`] when it cannot be created or read.
    ///
    /// ```
    /// use ory_oidc_keeper::file::FileStore;
    ///
    /// # let home = tempfile::tempdir()?;
    /// # let directory = home.path().join("registrations");
    /// let store = FileStore::open(directory)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(directory: impl AsRef<Path>) -> Result<Self, StoreError> {
        Self::builder(directory).open()
    }

    /// Starts the configuration of a store in a directory.
    ///
    /// ```
    /// use ory_oidc_keeper::file::FileStore;
    /// use std::time::Duration;
    ///
    /// # let home = tempfile::tempdir()?;
    /// # let directory = home.path().join("registrations");
    /// let store = FileStore::builder(directory)
    ///     .timeout(Duration::from_secs(2))
    ///     .open()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn builder(directory: impl AsRef<Path>) -> FileStoreBuilder {
        FileStoreBuilder {
            directory: directory.as_ref().to_owned(),
            timeout: DEFAULT_TIMEOUT,
            max_entry_size: DEFAULT_MAX_ENTRY_SIZE,
        }
    }
}

impl FileStoreBuilder {
    /// Sets how long a call may take (default: 10 seconds), including the time that it waits for the
    /// lock of the directory. A call that takes longer fails with [`StoreError::Unavailable`].
    ///
    /// ```
    /// # use ory_oidc_keeper::file::FileStore;
    /// use std::time::Duration;
    ///
    /// let builder = FileStore::builder("/var/lib/my-app/ory").timeout(Duration::from_secs(2));
    /// ```
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// Sets the maximum size of a file, in bytes (default: 16 MiB). A larger file is
    /// [`StoreError::Damaged`], and is not read. A larger entry is [`StoreError::Refused`], and is not
    /// saved.
    ///
    /// ```
    /// # use ory_oidc_keeper::file::FileStore;
    /// let builder = FileStore::builder("/var/lib/my-app/ory").max_entry_size(64 << 10);
    /// ```
    #[must_use]
    pub fn max_entry_size(mut self, bytes: u64) -> Self {
        self.max_entry_size = bytes;
        self
    }

    /// Opens the directory.
    ///
    /// # Errors
    /// As for [`FileStore::open`].
    ///
    /// ```
    /// # use ory_oidc_keeper::file::FileStore;
    /// # let home = tempfile::tempdir()?;
    /// # let directory = home.path().join("registrations");
    /// let store = FileStore::builder(directory).open()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(self) -> Result<FileStore, StoreError> {
        FileStore::with_limits(&self.directory, self.timeout, self.max_entry_size)
    }
}
