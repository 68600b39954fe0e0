//! The store, on tokio's blocking threads.

use super::access::{self, At as _};
use super::lock::Lock;
use super::slot::Slot;
use super::{directory, name};
use crate::store::{
    Content, Entry, ListQuery, RegistrationStore, StoreError, StoreFuture, StoreKey, Version,
};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Handle;
use tokio::sync::{Mutex, OwnedMutexGuard};
use tokio::time::{sleep, timeout};

/// The first pause between two attempts to lock the directory.
const MIN_RETRY_INTERVAL: Duration = Duration::from_millis(1);
/// The longest pause between two attempts to lock the directory.
const MAX_RETRY_INTERVAL: Duration = Duration::from_millis(20);

/// Stores registrations in a directory of this machine, one file each, for all processes that open
/// the same directory.
///
/// - **Atomic.** A new text is written to a temporary file, synced to disk and renamed over the old
///   one. A process that is killed leaves the old entry or the new one.
/// - **One writer at a time.** Writers lock the file `.lock` in the directory; the operating system
///   releases the lock when a process dies. If another process keeps the lock, for example because
///   it is suspended, a write fails after the [timeout](super::FileStoreBuilder::timeout). Do not
///   remove that file while a process runs: it also records which versions were used. A network file
///   system must support locks across all its machines.
/// - **Private.** The directory must belong to the current user and be closed to all others
///   (`0700`), and so must the files (`0600`). Neither may be a symbolic link. Each call checks
///   this, and fails with [`StoreError::Unsafe`] otherwise. **On Windows, modes and owners are not
///   checked**: protect the secrets with the directory's access control list.
/// - **Damaged files are preserved.** A file that is empty, truncated, too large, of another format
///   or of another registration is [`StoreError::Damaged`]. It is never overwritten and never
///   removed: repair it or move it away by hand.
/// - **A full disk** makes `save` fail, and the old entry stays. `clear` needs no free space.
///
/// The files hold secrets in the clear. `EncryptedStore` (feature `encryption`) encrypts them. Each
/// file is JSON with `format` (1), `issuer`, `name`, `version` and `content`.
///
/// A file is named after its registration: `name@issuer.json`. Characters other than lower-case
/// letters, digits, `-`, `_` and `.` are percent-encoded. That includes capitals, because some file
/// systems ignore case. A name that gets too long is cut and ends in a checksum. Should two long
/// names ever have the same checksum, the second one is [`StoreError::Damaged`].
///
/// The calls need a tokio runtime with its timer, and use its blocking threads. A call whose future
/// is dropped does nothing if it still waits for the lock, and otherwise completes.
///
/// ```
/// use ory_oidc_keeper::file::FileStore;
/// use ory_oidc_keeper::store::{Content, RegistrationStore, StoreKey};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let home = tempfile::tempdir()?;
/// # let directory = home.path().join("registrations");
/// let store = FileStore::open(directory)?;
/// let key = StoreKey::new("https://slug.projects.oryapis.com", "my-app");
/// let version = store.save(&key, None, &Content::new("{}")).await?;
///
/// let entry = store.load(&key).await?.expect("the entry was saved");
/// assert_eq!((entry.version, entry.content.expose()), (version, "{}"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FileStore {
    directory: PathBuf,
    timeout: Duration,
    max_entry_size: u64,
    /// Lets one task of this store and its clones wait for the lock at a time, in turn.
    turn: Arc<Mutex<()>>,
}

impl FileStore {
    pub(super) fn with_limits(
        directory: &Path,
        timeout: Duration,
        max_entry_size: u64,
    ) -> Result<Self, StoreError> {
        // A later change of the working directory must not matter, nor a trailing slash, which
        // would follow a symbolic link.
        let absolute = std::path::absolute(directory).at(directory)?;
        let directory: PathBuf = absolute.components().collect();
        access::create_directory(&directory).at(&directory)?;
        access::check_directory(&directory)?;
        Ok(Self {
            directory,
            timeout,
            max_entry_size,
            turn: Arc::default(),
        })
    }

    /// Returns the path of a registration's file, whether it exists or not: the file to examine
    /// when its entry is [`StoreError::Damaged`].
    ///
    /// ```
    /// use ory_oidc_keeper::file::FileStore;
    /// use ory_oidc_keeper::store::StoreKey;
    ///
    /// # let home = tempfile::tempdir()?;
    /// # let directory = home.path().join("registrations");
    /// let store = FileStore::open(&directory)?;
    /// let key = StoreKey::new("https://ory.example", "my-app");
    /// assert_eq!(store.path(&key), directory.join("my-app@https%3a%2f%2fory.example.json"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn path(&self, key: &StoreKey) -> PathBuf {
        self.directory.join(name::of(key))
    }

    fn slot(&self, key: &StoreKey) -> Slot {
        Slot {
            directory: self.directory.clone(),
            path: self.path(key),
            key: key.clone(),
            max_size: self.max_entry_size,
        }
    }

    /// Acquires the lock, and then runs work on a blocking thread.
    async fn write<T: Send + 'static>(
        &self,
        key: &StoreKey,
        work: impl FnOnce(&Slot, Lock) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let slot = self.slot(key);
        let path = slot.path.clone();
        self.in_time(&path, async {
            let (turn, lock) = self.lock().await?;
            // The turn ends with the work, even if the caller goes away.
            self.blocking(&path, move || {
                let _turn = turn;
                work(&slot, lock)
            })
            .await
        })
        .await
    }

    /// Waits for the lock of the directory, without blocking a thread: another process may keep it.
    async fn lock(&self) -> Result<(OwnedMutexGuard<()>, Lock), StoreError> {
        let turn = Arc::clone(&self.turn).lock_owned().await;
        let mut interval = MIN_RETRY_INTERVAL;
        loop {
            let directory = self.directory.clone();
            let tried = self.blocking(&self.directory, move || Lock::try_acquire(&directory));
            if let Some(lock) = tried.await? {
                return Ok((turn, lock));
            }
            sleep(interval).await;
            interval = (interval * 2).min(MAX_RETRY_INTERVAL);
        }
    }

    /// Limits the time of a call.
    async fn in_time<T>(
        &self,
        path: &Path,
        call: impl Future<Output = Result<T, StoreError>>,
    ) -> Result<T, StoreError> {
        Handle::try_current().at(path)?;
        timeout(self.timeout, call).await.unwrap_or_else(|_| {
            let reason = format!(
                "not done within {:?}: another process may hold the lock of the directory",
                self.timeout
            );
            Err(io::Error::new(ErrorKind::TimedOut, reason)).at(path)
        })
    }

    /// Runs work on a blocking thread.
    async fn blocking<T: Send + 'static>(
        &self,
        path: &Path,
        work: impl FnOnce() -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        tokio::task::spawn_blocking(work).await.at(path)?
    }
}

impl RegistrationStore for FileStore {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Entry>> {
        let slot = self.slot(key);
        Box::pin(async move {
            let path = slot.path.clone();
            self.in_time(&path, self.blocking(&path, move || slot.load()))
                .await
        })
    }

    fn save<'a>(
        &'a self,
        key: &'a StoreKey,
        expected: Option<Version>,
        content: &'a Content,
    ) -> StoreFuture<'a, Version> {
        let content = content.clone();
        Box::pin(self.write(key, move |slot, lock| slot.save(lock, expected, &content)))
    }

    fn clear<'a>(&'a self, key: &'a StoreKey, expected: Version) -> StoreFuture<'a, ()> {
        Box::pin(self.write(key, move |slot, lock| slot.clear(lock, expected)))
    }

    fn list<'a>(&'a self, query: &'a ListQuery) -> StoreFuture<'a, Vec<String>> {
        let (directory, query) = (self.directory.clone(), query.clone());
        let max_entry_size = self.max_entry_size;
        let work = move || directory::list(&directory, &query, max_entry_size);
        Box::pin(self.in_time(&self.directory, self.blocking(&self.directory, work)))
    }

    fn timeout(&self) -> Option<Duration> {
        Some(self.timeout)
    }
}
