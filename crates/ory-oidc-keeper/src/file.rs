//! A store that keeps each registration in a file.

mod access;
mod format;
mod lock;
mod name;

use self::access::At as _;
use self::lock::Lock;
use crate::store::{Content, Entry, RegistrationStore, StoreError, StoreFuture, StoreKey, Version};
use std::fs;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use tokio::runtime::Handle;

/// The file that a new text is written to before it replaces an entry. Only the holder of the lock
/// uses it, so an existing one was left by a process that died.
const NEW_FILE: &str = ".new";

/// Stores registrations in a directory of this machine, one file each, for all processes that open
/// the same directory.
///
/// - **Atomic.** A new text is written to a temporary file, synced to disk and renamed over the old
///   one. A process that is killed leaves the old entry or the new one.
/// - **One writer at a time.** Writers lock the file `.lock` in the directory; the operating system
///   releases the lock when a process dies. Do not remove that file while a process runs: it also
///   records which versions were used. A network file system must support locks across all its
///   machines.
/// - **Private.** The directory must belong to the current user and be closed to all others
///   (`0700`), and so must the files (`0600`). Neither may be a symbolic link. Each call checks
///   this, and fails with [`StoreError::Unsafe`] otherwise. **On Windows, modes and owners are not
///   checked**: protect the secrets with the directory's access control list.
/// - **Damaged files are preserved.** A file that is empty, truncated, of another format or of
///   another registration is [`StoreError::Damaged`]. It is never overwritten and never removed:
///   repair it or move it away by hand.
///
/// The files hold secrets in the clear. `EncryptedStore` (feature `encryption`) encrypts them. Each
/// file is JSON with `format` (1), `issuer`, `name`, `version` and `content`.
///
/// A file is named after its registration: `name@issuer.json`. Characters other than lower-case
/// letters, digits, `-`, `_` and `.` are percent-encoded. That includes capitals, because some file
/// systems ignore case. A name that gets too long is cut and ends in a checksum. Should two long
/// names ever have the same checksum, the second one is [`StoreError::Damaged`].
///
/// The calls run on tokio's blocking threads, so they need a tokio runtime. A call whose future is
/// dropped still completes.
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
}

impl FileStore {
    /// Opens a directory. If it does not exist, it is created for the current user alone, with its
    /// parents.
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
        let directory = directory.as_ref();
        // A later change of the working directory must not matter, nor a trailing slash, which
        // would follow a symbolic link.
        let absolute = std::path::absolute(directory).at(directory)?;
        let directory: PathBuf = absolute.components().collect();
        access::create_directory(&directory).at(&directory)?;
        access::check_directory(&directory)?;
        Ok(Self { directory })
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

    /// Runs blocking work on a blocking thread.
    async fn blocking<T: Send + 'static>(
        &self,
        key: &StoreKey,
        work: impl FnOnce(&Slot) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let path = self.path(key);
        let runtime = Handle::try_current().at(&path)?;
        let slot = Slot {
            directory: self.directory.clone(),
            path: path.clone(),
            key: key.clone(),
        };
        runtime
            .spawn_blocking(move || work(&slot))
            .await
            .at(&path)?
    }
}

impl RegistrationStore for FileStore {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Entry>> {
        Box::pin(self.blocking(key, Slot::load))
    }

    fn save<'a>(
        &'a self,
        key: &'a StoreKey,
        expected: Option<Version>,
        content: &'a Content,
    ) -> StoreFuture<'a, Version> {
        let content = content.clone();
        Box::pin(self.blocking(key, move |slot| slot.save(expected, &content)))
    }

    fn clear<'a>(&'a self, key: &'a StoreKey, expected: Version) -> StoreFuture<'a, ()> {
        Box::pin(self.blocking(key, move |slot| slot.clear(expected)))
    }
}

/// The file of one registration.
struct Slot {
    directory: PathBuf,
    path: PathBuf,
    key: StoreKey,
}

impl Slot {
    fn load(&self) -> Result<Option<Entry>, StoreError> {
        access::check_directory(&self.directory)?;
        self.read()
    }

    fn save(&self, expected: Option<Version>, content: &Content) -> Result<Version, StoreError> {
        let lock = self.lock_if(expected)?;
        let Some(version) = lock.version_after(expected) else {
            return Err(self.damaged("no version is left after its last one"));
        };
        let text = format::encode(&self.key, version, content).at(&self.path)?;
        self.replace(&text).at(&self.path)?;
        Ok(version)
    }

    fn clear(&self, expected: Version) -> Result<(), StoreError> {
        let mut lock = self.lock_if(Some(expected))?;
        lock.record_cleared(expected)?;
        fs::remove_file(&self.path)
            .and_then(|()| access::sync_directory(&self.directory))
            .at(&self.path)
    }

    /// Acquires the lock, if the entry is readable and has the version that the caller expects.
    fn lock_if(&self, expected: Option<Version>) -> Result<Lock, StoreError> {
        access::check_directory(&self.directory)?;
        let lock = Lock::acquire(&self.directory)?;
        if self.read()?.map(|entry| entry.version) == expected {
            Ok(lock)
        } else {
            Err(StoreError::Conflict)
        }
    }

    fn read(&self) -> Result<Option<Entry>, StoreError> {
        let Some(mut file) = access::open(&self.path)? else {
            return Ok(None);
        };
        let mut text = Vec::new();
        file.read_to_end(&mut text).at(&self.path)?;
        match format::decode(&text, &self.key) {
            Ok(entry) => Ok(Some(entry)),
            Err(reason) => Err(self.damaged(reason)),
        }
    }

    fn replace(&self, text: &[u8]) -> io::Result<()> {
        let new = self.directory.join(NEW_FILE);
        match fs::remove_file(&new) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        let mut file = access::create(&new)?;
        let written = file
            .write_all(text)
            .and_then(|()| file.sync_all())
            .and_then(|()| fs::rename(&new, &self.path));
        if let Err(error) = written {
            // It holds secrets and may fill a full disk. If this fails too, the next save removes
            // the file.
            let _ = fs::remove_file(&new);
            return Err(error);
        }
        access::sync_directory(&self.directory)
    }

    fn damaged(&self, reason: impl Into<String>) -> StoreError {
        StoreError::damaged(self.path.display().to_string(), reason)
    }
}
