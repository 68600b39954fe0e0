//! A store that seals what another store keeps.

use super::{Content, Entry, RegistrationStore, StoreError, StoreFuture, StoreKey, Version};
use crate::text::clip;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chacha20poly1305::aead::{Aead as _, Generate as _, Payload};
use chacha20poly1305::{KeyInit as _, XChaCha20Poly1305, XNonce};
use std::fmt;

/// What a sealed text starts with. Another way to seal gets another mark.
const MARK: &str = "v1.";
const NONCE: usize = 24;

/// Keeps registrations in another store, encrypted.
///
/// The text that the other store gets is `v1.` and, in base64url, a random nonce and what
/// XChaCha20-Poly1305 makes of the entry. It is bound to its issuer and name: one that was moved
/// to another key does not open. What does not open, be the key wrong or the text changed, is
/// [`StoreError::Damaged`] and neither overwritten nor removed.
///
/// Issuers, names, versions and lengths can be read in the other store, and whoever can write there
/// can put back an earlier text of the same entry.
///
/// ```
/// use ory_oidc::{Content, EncryptedStore, MemoryStore, RegistrationStore, StoreKey};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> Result<(), ory_oidc::StoreError> {
/// # let secret = [7; 32];
/// let inner = MemoryStore::new();
/// let store = EncryptedStore::new(inner.clone(), &secret);
/// let key = StoreKey::new("https://slug.projects.oryapis.com", "my-app");
/// store.save(&key, None, &Content::new("{}")).await?;
///
/// assert_eq!(store.load(&key).await?.expect("it was saved").content.expose(), "{}");
/// let sealed = inner.load(&key).await?.expect("it was saved");
/// assert!(sealed.content.expose().starts_with("v1."));
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct EncryptedStore<S> {
    inner: S,
    writes: XChaCha20Poly1305,
    reads: Vec<XChaCha20Poly1305>,
}

impl<S: RegistrationStore> EncryptedStore<S> {
    /// Seals what `inner` keeps with a key of 32 random bytes. A pass phrase is no such key.
    ///
    /// ```
    /// # use ory_oidc::{EncryptedStore, MemoryStore};
    /// # let secret = [7; 32];
    /// let store = EncryptedStore::new(MemoryStore::new(), &secret);
    /// ```
    #[must_use]
    pub fn new(inner: S, key: &[u8; 32]) -> Self {
        Self {
            inner,
            writes: XChaCha20Poly1305::new(key.into()),
            reads: Vec::new(),
        }
    }

    /// Also opens what was sealed with an earlier key. Whatever is saved is sealed with the new
    /// one, so that a key is done with once each entry was saved again.
    ///
    /// ```
    /// # use ory_oidc::{EncryptedStore, MemoryStore};
    /// # let (new, old) = ([7; 32], [6; 32]);
    /// let store = EncryptedStore::new(MemoryStore::new(), &new).also_reads(&old);
    /// ```
    #[must_use]
    pub fn also_reads(mut self, key: &[u8; 32]) -> Self {
        self.reads.push(XChaCha20Poly1305::new(key.into()));
        self
    }

    async fn open(&self, key: &StoreKey) -> Result<Option<Entry>, StoreError> {
        let Some(entry) = self.inner.load(key).await? else {
            return Ok(None);
        };
        match self.unseal(key, entry.content.expose()) {
            Ok(content) => Ok(Some(Entry::new(entry.version, content))),
            Err(reason) => Err(StoreError::Damaged {
                place: place(key),
                reason: reason.to_owned(),
            }),
        }
    }

    /// An entry that does not open is nobody's to write.
    async fn expect(&self, key: &StoreKey, expected: Option<Version>) -> Result<(), StoreError> {
        if self.open(key).await?.map(|entry| entry.version) == expected {
            Ok(())
        } else {
            Err(StoreError::Conflict)
        }
    }

    fn seal(&self, key: &StoreKey, content: &Content) -> Result<Content, StoreError> {
        let failed = |source| StoreError::Unavailable {
            place: place(key),
            source,
        };
        let nonce = XNonce::try_generate().map_err(|error| failed(error.into()))?;
        let payload = Payload {
            msg: content.expose().as_bytes(),
            aad: &associated(key),
        };
        let sealed = self
            .writes
            .encrypt(&nonce, payload)
            .map_err(|_| failed("the entry is too long to be encrypted".into()))?;
        let bytes = [nonce.as_slice(), &sealed].concat();
        Ok(Content::new(
            MARK.to_owned() + &URL_SAFE_NO_PAD.encode(bytes),
        ))
    }

    fn unseal(&self, key: &StoreKey, text: &str) -> Result<Content, &'static str> {
        let text = text
            .strip_prefix(MARK)
            .ok_or("it is not encrypted, or in a way that this program does not know")?;
        let bytes = URL_SAFE_NO_PAD
            .decode(text)
            .map_err(|_| "its encrypted text is not base64url")?;
        let (nonce, sealed) = bytes
            .split_first_chunk::<NONCE>()
            .ok_or("its encrypted text is cut short")?;
        let aad = &associated(key);
        std::iter::once(&self.writes)
            .chain(&self.reads)
            .find_map(|cipher| {
                let payload = Payload { msg: sealed, aad };
                cipher.decrypt(nonce.into(), payload).ok()
            })
            .and_then(|bytes| String::from_utf8(bytes).ok())
            .map(Content::new)
            .ok_or("no key opens it: it was encrypted with another, changed, or moved here")
    }
}

impl<S: RegistrationStore> RegistrationStore for EncryptedStore<S> {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Entry>> {
        Box::pin(self.open(key))
    }

    fn save<'a>(
        &'a self,
        key: &'a StoreKey,
        expected: Option<Version>,
        content: &'a Content,
    ) -> StoreFuture<'a, Version> {
        Box::pin(async move {
            self.expect(key, expected).await?;
            let sealed = self.seal(key, content)?;
            self.inner.save(key, expected, &sealed).await
        })
    }

    fn clear<'a>(&'a self, key: &'a StoreKey, expected: Version) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            self.expect(key, Some(expected)).await?;
            self.inner.clear(key, expected).await
        })
    }
}

/// Shows the inner store and no key.
impl<S: fmt::Debug> fmt::Debug for EncryptedStore<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EncryptedStore")
            .field("inner", &self.inner)
            .finish_non_exhaustive()
    }
}

/// What a text is bound to: the format, the issuer and the name, told apart by the issuer's length.
fn associated(key: &StoreKey) -> Vec<u8> {
    let (issuer, name) = (key.issuer(), key.name());
    format!("ory-oidc {MARK}{}:{issuer}{name}", issuer.len()).into_bytes()
}

fn place(key: &StoreKey) -> String {
    // Quoted, so that no control character of a name gets into a log.
    clip(&format!("{:?} at {:?}", key.name(), key.issuer()))
}
