//! Which registration an entry belongs to.

/// The key of a stored registration: the issuer it was registered at, and the name that the caller
/// gave it.
///
/// ```
/// use ory_oidc_keeper::store::StoreKey;
///
/// let key = StoreKey::new("https://slug.projects.oryapis.com", "my-app");
/// assert_eq!(key.name(), "my-app");
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct StoreKey {
    issuer: String,
    name: String,
}

impl StoreKey {
    /// Creates a key. Both parts may be any text; stores compare them byte for byte.
    ///
    /// ```
    /// use ory_oidc_keeper::store::StoreKey;
    ///
    /// let key = StoreKey::new("https://slug.projects.oryapis.com", "my-app");
    /// ```
    #[must_use]
    pub fn new(issuer: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            name: name.into(),
        }
    }

    /// Returns the issuer.
    ///
    /// ```
    /// # use ory_oidc_keeper::store::StoreKey;
    /// let key = StoreKey::new("https://slug.projects.oryapis.com", "my-app");
    /// assert_eq!(key.issuer(), "https://slug.projects.oryapis.com");
    /// ```
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.issuer
    }

    /// Returns the caller's name for the registration.
    ///
    /// ```
    /// # use ory_oidc_keeper::store::StoreKey;
    /// let key = StoreKey::new("https://slug.projects.oryapis.com", "my-app");
    /// assert_eq!(key.name(), "my-app");
    /// ```
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }
}
