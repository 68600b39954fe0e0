//! The names in a store.

use super::keepers::Keepers;
use crate::store::{ListQuery, RegistrationStore, StoreError};
use std::fmt;
use std::sync::Arc;

/// The names in a store, fetched page by page; see [`Keepers::names`].
#[must_use = "call `next` to get the names"]
pub struct Names {
    store: Arc<dyn RegistrationStore>,
    query: ListQuery,
    page: std::vec::IntoIter<String>,
}

impl Keepers {
    /// Lists the names of all registrations in the store at this issuer, in no particular order. A name
    /// that is added or removed during the listing may be listed or not.
    ///
    /// ```no_run
    /// # async fn example(keepers: ory_oidc_keeper::Keepers, is_tenant: impl Fn(&str) -> bool) -> Result<(), Box<dyn std::error::Error>> {
    /// // Retire the clients of tenants that have left.
    /// let mut names = keepers.names().prefix("tenant-");
    /// while let Some(name) = names.next().await? {
    ///     if !is_tenant(&name) {
    ///         keepers.keeper(name).retire().await?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn names(&self) -> Names {
        Names {
            store: self.store(),
            query: ListQuery::new(self.identity().0),
            page: Vec::new().into_iter(),
        }
    }
}

impl Names {
    /// Selects the names that start with a text.
    ///
    /// ```
    /// # fn example(keepers: ory_oidc_keeper::Keepers) {
    /// let names = keepers.names().prefix("tenant-");
    /// # }
    /// ```
    pub fn prefix(mut self, prefix: impl Into<String>) -> Self {
        self.query.prefix = prefix.into();
        self
    }

    /// Returns the next name; [`None`] at the end.
    ///
    /// # Errors
    /// [`StoreError`] if the store fails. The next call tries again.
    ///
    /// ```no_run
    /// # async fn example(keepers: ory_oidc_keeper::Keepers) -> Result<(), ory_oidc_keeper::store::StoreError> {
    /// let mut names = keepers.names();
    /// while let Some(name) = names.next().await? {
    ///     println!("{name}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub async fn next(&mut self) -> Result<Option<String>, StoreError> {
        if self.page.len() == 0 {
            self.page = self.store.list(&self.query).await?.into_iter();
        }
        let next = self.page.next();
        if next.is_some() {
            self.query.after.clone_from(&next);
        }
        Ok(next)
    }
}

impl fmt::Debug for Names {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Names")
            .field("query", &self.query)
            .finish_non_exhaustive()
    }
}
