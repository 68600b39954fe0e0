//! The rules of all stores, on each of them.

use super::support::file_store;
use ory_oidc::{MemoryStore, RegistrationStore};

/// A store, and what has to live as long.
struct Subject<S, H> {
    store: S,
    _home: H,
}

fn subject<S: RegistrationStore, H>((home, store): (H, S)) -> Subject<S, H> {
    Subject { store, _home: home }
}

macro_rules! keeps_to_the_rules {
    ($($store:ident: $open:expr, [$($rule:ident)*];)*) => { $(
        mod $store {
            use super::*;

            $(
                #[tokio::test]
                async fn $rule() {
                    super::super::rules::$rule(&subject($open).store).await;
                }
            )*
        }
    )* };
    ($($(#[$condition:meta])? $store:ident: $open:expr;)*) => { $(
        $(#[$condition])?
        keeps_to_the_rules! {
            $store: $open, [
                an_entry_that_nobody_saved_is_not_there
                a_text_comes_back_to_the_letter
                a_save_replaces_the_entry
                a_stale_version_conflicts_and_writes_nothing
                a_save_that_expects_nothing_conflicts_with_an_entry
                a_save_that_expects_an_entry_conflicts_with_nothing
                an_entry_is_cleared_with_its_version_only
                a_version_is_never_given_twice
                many_keys_do_not_mix
                threads_that_count_lose_nothing
                no_secret_shows_in_debug
            ];
        }
    )* };
}

keeps_to_the_rules! {
    memory: ((), MemoryStore::new());
    files: file_store();
    #[cfg(feature = "encryption")]
    encrypted_memory: ((), super::super::encryption::sealing(MemoryStore::new()));
    #[cfg(feature = "encryption")]
    encrypted_files: {
        let (home, store) = file_store();
        (home, super::super::encryption::sealing(store))
    };
}
