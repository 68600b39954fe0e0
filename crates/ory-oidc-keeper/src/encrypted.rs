//! A store that encrypts what another store keeps.

use crate::store::{
    Content, Entry, ListQuery, RegistrationStore, StoreError, StoreFuture, StoreKey, Version,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, Generate as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use ory_oidc_core::text::clip;
use std::fmt;
use std::time::Duration;

/// The prefix of an encrypted text. Another format needs another prefix.
const FORMAT_PREFIX: &str = "v1.";
const NONCE_LENGTH: usize = 24;

/// Encrypts registrations and stores them in another store.
///
/// The other store gets `v1.` followed by a random nonce and the XChaCha20-Poly1305 ciphertext, in
/// base64url. The ciphertext is bound to issuer and name, so an entry that was moved to another key
/// cannot be decrypted. An entry that cannot be decrypted, because the key is wrong or the text was
/// changed, is [`StoreError::Damaged`], and is neither overwritten nor removed.
///
/// Issuers, names, versions and lengths stay readable in the other store. Whoever can write there
/// can also restore an earlier text of the same entry.
///
/// ```
/// use ory_oidc_keeper::encrypted::EncryptedStore;
/// use ory_oidc_keeper::memory::MemoryStore;
/// use ory_oidc_keeper::store::{Content, RegistrationStore, StoreError, StoreKey};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), StoreError> {
/// # let encryption_key = [7; 32];
/// let inner = MemoryStore::new();
/// let store = EncryptedStore::new(inner.clone(), &encryption_key);
/// let key = StoreKey::new("https://slug.projects.oryapis.com", "my-app");
/// store.save(&key, None, &Content::new("{}")).await?;
///
/// assert_eq!(store.load(&key).await?.expect("the entry was saved").content.expose(), "{}");
/// let encrypted = inner.load(&key).await?.expect("the entry was saved");
/// assert!(encrypted.content.expose().starts_with("v1."));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct EncryptedStore<S> {
    inner: S,
    cipher: XChaCha20Poly1305,
    previous: Vec<XChaCha20Poly1305>,
}

/// Configures an [`EncryptedStore`]; see [`EncryptedStore::builder`].
#[derive(Debug)]
pub struct EncryptedStoreBuilder<S>(EncryptedStore<S>);

impl<S: RegistrationStore> EncryptedStore<S> {
    /// Encrypts what `inner` stores with a key of 32 random bytes. A passphrase is not such a key.
    ///
    /// ```
    /// # use ory_oidc_keeper::encrypted::EncryptedStore;
    /// # use ory_oidc_keeper::memory::MemoryStore;
    /// # let encryption_key = [7; 32];
    /// let store = EncryptedStore::new(MemoryStore::new(), &encryption_key);
    /// ```
    #[must_use]
    pub fn new(inner: S, key: &[u8; 32]) -> Self {
        Self::builder(inner, key).build()
    }

    /// Starts the configuration of a store, for key rotation.
    ///
    /// ```
    /// # use ory_oidc_keeper::encrypted::EncryptedStore;
    /// # use ory_oidc_keeper::memory::MemoryStore;
    /// # let (new, old) = ([7; 32], [6; 32]);
    /// let store = EncryptedStore::builder(MemoryStore::new(), &new)
    ///     .previous_key(&old)
    ///     .build();
    /// ```
    #[must_use]
    pub fn builder(inner: S, key: &[u8; 32]) -> EncryptedStoreBuilder<S> {
        EncryptedStoreBuilder(Self {
            inner,
            cipher: XChaCha20Poly1305::new(key.into()),
            previous: Vec::new(),
        })
    }

    async fn load_decrypted(&self, key: &StoreKey) -> Result<Option<Entry>, StoreError> {
        let Some(entry) = self.inner.load(key).await? else {
            return Ok(None);
        };
        match self.decrypt(key, entry.content.expose()) {
            Ok(content) => Ok(Some(Entry::new(entry.version, content))),
            Err(reason) => Err(StoreError::damaged(place(key), reason)),
        }
    }

    /// Never overwrite an entry that cannot be decrypted.
    async fn check(&self, key: &StoreKey, expected: Option<Version>) -> Result<(), StoreError> {
        if self.load_decrypted(key).await?.map(|entry| entry.version) == expected {
            Ok(())
        } else {
            Err(StoreError::Conflict)
        }
    }

    fn encrypt(&self, key: &StoreKey, content: &Content) -> Result<Content, StoreError> {
        let nonce =
            XNonce::try_generate().map_err(|error| StoreError::unavailable(place(key), error))?;
        let payload = Payload {
            msg: content.expose().as_bytes(),
            aad: &associated_data(key),
        };
        let ciphertext = self
            .cipher
            .encrypt(&nonce, payload)
            .map_err(|_| StoreError::refused(place(key), "it is too long to be encrypted"))?;
        let bytes = [nonce.as_slice(), &ciphertext].concat();
        Ok(Content::new(
            FORMAT_PREFIX.to_owned() + &URL_SAFE_NO_PAD.encode(bytes),
        ))
    }

    fn decrypt(&self, key: &StoreKey, text: &str) -> Result<Content, &'static str> {
        let text = text
            .strip_prefix(FORMAT_PREFIX)
            .ok_or("it is not encrypted, or in a format that this version does not know")?;
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| "its encrypted text is not base64url")?;
        let (nonce, ciphertext) = bytes
            .split_first_chunk::<NONCE_LENGTH>()
            .ok_or("its encrypted text is truncated")?;
        let aad = &associated_data(key);
        std::iter::once(&self.cipher)
            .chain(&self.previous)
            .find_map(|cipher| {
                let payload = Payload {
                    msg: ciphertext,
                    aad,
                };
                cipher.decrypt(nonce.into(), payload).ok()
            })
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .map(Content::new)
            .ok_or(
                "no key decrypts it: it was encrypted with another key, changed, or moved from \
                 another entry",
            )
    }
}

impl<S: RegistrationStore> EncryptedStoreBuilder<S> {
    /// Adds an earlier key, to read entries that were encrypted with it. Every save encrypts with
    /// the current key, so an earlier key is no longer needed once each entry was saved again.
    ///
    /// ```
    /// # use ory_oidc_keeper::encrypted::EncryptedStore;
    /// # use ory_oidc_keeper::memory::MemoryStore;
    /// # let (new, old) = ([7; 32], [6; 32]);
    /// let builder = EncryptedStore::builder(MemoryStore::new(), &new).previous_key(&old);
    /// ```
    #[must_use]
    pub fn previous_key(mut self, key: &[u8; 32]) -> Self {
        self.0.previous.push(XChaCha20Poly1305::new(key.into()));
        self
    }

    /// Builds the store.
    ///
    /// ```
    /// # use ory_oidc_keeper::encrypted::EncryptedStore;
    /// # use ory_oidc_keeper::memory::MemoryStore;
    /// let store = EncryptedStore::builder(MemoryStore::new(), &[7; 32]).build();
    /// ```
    #[must_use]
    pub fn build(self) -> EncryptedStore<S> {
        self.0
    }
}

impl<S: RegistrationStore> RegistrationStore for EncryptedStore<S> {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Entry>> {
        Box::pin(self.load_decrypted(key))
    }

    fn save<'a>(
        &'a self,
        key: &'a StoreKey,
        expected: Option<Version>,
        content: &'a Content,
    ) -> StoreFuture<'a, Version> {
        Box::pin(async move {
            self.check(key, expected).await?;
            let encrypted = self.encrypt(key, content)?;
            self.inner.save(key, expected, &encrypted).await
        })
    }

    fn clear<'a>(&'a self, key: &'a StoreKey, expected: Version) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            self.check(key, Some(expected)).await?;
            self.inner.clear(key, expected).await
        })
    }

    fn list<'a>(&'a self, query: &'a ListQuery) -> StoreFuture<'a, Vec<String>> {
        self.inner.list(query)
    }

    fn timeout(&self) -> Option<Duration> {
        // A save loads the entry first.
        let timeout = self.inner.timeout();
        timeout.map(|timeout| timeout.saturating_mul(2))
    }
}

/// Shows the inner store, and no key.
impl<S: fmt::Debug> fmt::Debug for EncryptedStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptedStore")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

/// Binds a ciphertext to its format, issuer and name. The issuer's length separates the two.
fn associated_data(key: &StoreKey) -> Vec<u8> {
    let (issuer, name) = (key.issuer(), key.name());
    format!("ory-oidc {FORMAT_PREFIX}{}:{issuer}{name}", issuer.len()).into_bytes()
}

fn place(key: &StoreKey) -> String {
    // Quoted, so that no control character of a name gets into a log.
    clip(&format!("{:?} at {:?}", key.name(), key.issuer()))
}
