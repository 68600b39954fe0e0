//! Which names to list.

/// The names that [`RegistrationStore::list`](super::RegistrationStore::list) returns: those of one
/// issuer, page by page.
///
/// ```
/// # async fn example(store: impl ory_oidc_keeper::RegistrationStore) -> Result<(), ory_oidc_keeper::store::StoreError> {
/// use ory_oidc_keeper::store::ListQuery;
///
/// let mut query = ListQuery::new("https://slug.projects.oryapis.com");
/// query.prefix = "tenant-".to_owned();
/// loop {
///     let page = store.list(&query).await?;
///     for name in &page {
///         println!("{name}");
///     }
///     match page.into_iter().next_back() {
///         Some(last) => query.after = Some(last),
///         None => break, // an empty page is the end
///     }
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ListQuery {
    /// The issuer of the keys, as in [`StoreKey::issuer`](super::StoreKey::issuer).
    pub issuer: String,
    /// The text that the names start with, compared byte for byte. Empty for all names.
    pub prefix: String,
    /// The last name of the previous page; [`None`] for the first page.
    pub after: Option<String>,
    /// The maximum length of the page (default: 500 names). A store may return fewer.
    pub limit: usize,
}

impl ListQuery {
    /// Creates a query for the first page of all names of an issuer.
    ///
    /// ```
    /// use ory_oidc_keeper::store::ListQuery;
    ///
    /// let query = ListQuery::new("https://slug.projects.oryapis.com");
    /// assert_eq!(query.after, None);
    /// ```
    #[must_use]
    pub fn new(issuer: impl Into<String>) -> Self {
        Self {
            issuer: issuer.into(),
            prefix: String::new(),
            after: None,
            limit: 500,
        }
    }
}
