//! A store that keeps each registration in a file.

mod access;
mod format;
mod lock;
mod name;

use self::access::At as _;
use self::lock::Lock;
use super::{Content, Entry, RegistrationStore, StoreError, StoreFuture, StoreKey, Version};
use std::fs;
use std::io::{self, ErrorKind, Read as _, Write as _};
use std::path::{Path, PathBuf};
use tokio::runtime::Handle;

/// Where a text is written before it takes the place of an entry. Only the holder of the lock
/// touches it, so one that is found was left by a process that died.
const NEW: &str = ".new";

/// Keeps registrations in a folder of this machine, one file for each, for all processes that
/// open the same folder.
///
/// - **Whole or not at all.** A new text is written to a file beside, brought to the disk and
///   renamed over the old one. A process that is killed leaves the old entry or the new one.
/// - **One at a time.** Writers hold the lock of the file `.lock` in the folder; the operating
///   system releases it when a process dies. Do not remove that file while a process runs: it
///   also remembers which versions were given. On a network file system this takes one whose
///   locks reach all its machines.
/// - **Private.** The folder has to be this user's own and closed to everybody else (`0700`), and
///   so have the files (`0600`); neither may be a symbolic link. What is not so is refused at each
///   call with [`StoreError::Unsafe`]. **On Windows modes and owners are not looked at**: there the
///   folder's access list is what protects the secrets.
/// - **Damage is kept.** A file that is empty, cut short, of another format or another
///   registration's is [`StoreError::Damaged`]. It is never overwritten and never removed: mend it
///   or move it away by hand.
///
/// The files hold secrets in the clear. With the feature `encryption`, `EncryptedStore` seals
/// them. They are JSON: `format` (1), `issuer`, `name`, `version` and `content`.
///
/// A file is named after its registration, `name@issuer.json`. What is not a lower-case letter, a
/// digit, `-`, `_` or `.` is percent-encoded, capitals too, for file systems that do not tell them
/// apart. A name that gets too long so is cut and ends in a checksum, `na+…32 digits….json`. Two
/// long names with the same checksum, which do not come about by chance, are noticed: the second
/// is [`StoreError::Damaged`].
///
/// The calls run on the threads that tokio keeps for blocking work, so they need its runtime. One
/// that is dropped half-way still takes place.
///
/// ```
/// use ory_oidc::{Content, FileStore, RegistrationStore, StoreKey};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let home = tempfile::tempdir()?;
/// # let folder = home.path().join("registrations");
/// let store = FileStore::open(folder)?;
/// let key = StoreKey::new("https://slug.projects.oryapis.com", "my-app");
/// let version = store.save(&key, None, &Content::new("{}")).await?;
///
/// let entry = store.load(&key).await?.expect("it was saved");
/// assert_eq!((entry.version, entry.content.expose()), (version, "{}"));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct FileStore {
    folder: PathBuf,
}

impl FileStore {
    /// Opens a folder. It is created if it is missing, for this user alone, and its parents too.
    ///
    /// Does a little blocking work: a matter for the start of a program.
    ///
    /// # Errors
    /// [`StoreError::Unsafe`] for a folder that others could look into, that is somebody else's, a
    /// symbolic link or no folder; [`StoreError::Unavailable`] when it cannot be created or read.
    ///
    /// ```
    /// # let home = tempfile::tempdir()?;
    /// # let folder = home.path().join("registrations");
    /// let store = ory_oidc::FileStore::open(folder)?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn open(folder: impl AsRef<Path>) -> Result<Self, StoreError> {
        let folder = folder.as_ref();
        // Neither a later change of the working directory nor a trailing slash, which would
        // follow a symbolic link, shall matter.
        let absolute = std::path::absolute(folder).at(folder)?;
        let folder: PathBuf = absolute.components().collect();
        access::create_folder(&folder).at(&folder)?;
        access::check_folder(&folder)?;
        Ok(Self { folder })
    }

    /// The file of a registration, whether it exists or not: what to look at when its entry is
    /// [`StoreError::Damaged`].
    ///
    /// ```
    /// # let home = tempfile::tempdir()?;
    /// # let folder = home.path().join("registrations");
    /// let store = ory_oidc::FileStore::open(&folder)?;
    /// let key = ory_oidc::StoreKey::new("https://ory.example", "my-app");
    /// assert_eq!(store.path(&key), folder.join("my-app@https%3a%2f%2fory.example.json"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn path(&self, key: &StoreKey) -> PathBuf {
        self.folder.join(name::of(key))
    }

    /// Does blocking work where it holds nobody up.
    async fn blocking<T: Send + 'static>(
        &self,
        key: &StoreKey,
        work: impl FnOnce(&Slot) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let path = self.path(key);
        let runtime = Handle::try_current().at(&path)?;
        let slot = Slot {
            folder: self.folder.clone(),
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

/// The place of one registration.
struct Slot {
    folder: PathBuf,
    path: PathBuf,
    key: StoreKey,
}

impl Slot {
    fn load(&self) -> Result<Option<Entry>, StoreError> {
        access::check_folder(&self.folder)?;
        self.read()
    }

    fn save(&self, expected: Option<Version>, content: &Content) -> Result<Version, StoreError> {
        let lock = self.locked_if(expected)?;
        let Some(version) = lock.version_after(expected) else {
            return Err(self.damaged("there is no version after its last one"));
        };
        let text = format::encode(&self.key, version, content).at(&self.path)?;
        self.replace(&text).at(&self.path)?;
        Ok(version)
    }

    fn clear(&self, expected: Version) -> Result<(), StoreError> {
        let mut lock = self.locked_if(Some(expected))?;
        lock.remember(expected)?;
        fs::remove_file(&self.path)
            .and_then(|()| access::sync_folder(&self.folder))
            .at(&self.path)
    }

    /// The lock, if the entry is sound and has the version that the caller knows.
    fn locked_if(&self, expected: Option<Version>) -> Result<Lock, StoreError> {
        access::check_folder(&self.folder)?;
        let lock = Lock::acquire(&self.folder)?;
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
        let new = self.folder.join(NEW);
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
            // It holds secrets and may fill a full disk. Should this fail too, the next save
            // removes it.
            let _ = fs::remove_file(&new);
            return Err(error);
        }
        access::sync_folder(&self.folder)
    }

    fn damaged(&self, reason: impl Into<String>) -> StoreError {
        StoreError::Damaged {
            place: self.path.display().to_string(),
            reason: reason.into(),
        }
    }
}
