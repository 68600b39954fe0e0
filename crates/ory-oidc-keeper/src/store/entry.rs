//! What a store holds under a key.

use std::fmt;

/// The version of an entry, for compare-and-swap.
///
/// A store never uses a version twice for the same key, not even after the entry was cleared and
/// saved again.
///
/// ```
/// use ory_oidc_keeper::store::Version;
///
/// assert_ne!(Version(1), Version(2));
/// ```
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
pub struct Version(pub u64);

/// An entry of a store: a text and its version.
///
/// ```
/// use ory_oidc_keeper::store::{Content, Entry, Version};
///
/// let entry = Entry::new(Version(7), Content::new("{}"));
/// assert_eq!(entry.version, Version(7));
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Entry {
    /// The version to pass to `save` or `clear`.
    pub version: Version,
    /// The stored text.
    pub content: Content,
}

impl Entry {
    /// Creates an entry, as a store does that has just loaded one.
    ///
    /// ```
    /// use ory_oidc_keeper::store::{Content, Entry, Version};
    ///
    /// let entry = Entry::new(Version(7), Content::new("{}"));
    /// ```
    #[must_use]
    pub fn new(version: Version, content: Content) -> Self {
        Self { version, content }
    }
}

/// The text of an entry: JSON that **holds secrets in the clear**. `Debug` redacts it.
///
/// ```
/// use ory_oidc_keeper::store::Content;
///
/// let content = Content::new(r#"{"client_secret": "s3cr3t"}"#);
/// assert_eq!(format!("{content:?}"), "Content([redacted])");
/// ```
#[derive(Clone, Eq, PartialEq)]
pub struct Content(String);

impl Content {
    /// Wraps a text.
    ///
    /// ```
    /// use ory_oidc_keeper::store::Content;
    ///
    /// let content = Content::new("{}");
    /// ```
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// Returns the text. The name marks the places where secrets leave their wrapper.
    ///
    /// ```
    /// # use ory_oidc_keeper::store::Content;
    /// assert_eq!(Content::new("{}").expose(), "{}");
    /// ```
    #[must_use]
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Content([redacted])")
    }
}
