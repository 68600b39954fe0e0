//! The conformance suite finds the faults that stores really have.

use ory_oidc_keeper::memory::MemoryStore;
use ory_oidc_keeper::store::{
    Content, Entry, ListQuery, RegistrationStore, StoreError, StoreFuture, StoreKey, Version,
};
use ory_oidc_keeper::testing::{StoreFixture, conformance};
use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// How long a slow save takes.
const SLOW: Duration = Duration::from_secs(1);
/// The time between the two steps of a save that is not atomic: enough for the other callers to arrive.
const BETWEEN: Duration = Duration::from_millis(10);

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fault {
    None,
    /// Fails to load where there is no entry.
    MissingIsAnError,
    /// Stores the text without the white space around it.
    TrimsContent,
    /// Returns the same version again.
    KeepsVersionOnSave,
    /// Each handle has entries of its own.
    HandlesAreSeparate,
    /// Prints entries.
    DebugShowsContent,
    /// Does not compare versions before a save.
    IgnoresVersionOnSave,
    /// Treats a save that expects no entry as one that does not care.
    OverwritesOnFirstSave,
    /// Creates an entry where one was expected.
    CreatesOnLaterSave,
    /// Does not compare versions before a clear.
    IgnoresVersionOnClear,
    /// Clears all entries.
    ClearsTooMuch,
    /// Starts again at version 1 when the entry was cleared.
    RestartsVersions,
    /// Compares names without regard to case.
    IgnoresCase,
    /// Concatenates issuer and name.
    ConcatenatesKeys,
    /// Cuts names at a NUL character.
    CutsAtNul,
    /// Compares first and writes later, with others in between.
    IsNotAtomic,
    /// Lists the names of all issuers.
    ListsAllIssuers,
    /// Lists everything in one page.
    IgnoresTheLimit,
    /// Ends when a page is not full, which the first one is not.
    ListsTheFirstPageOnly,
    /// Looks for the last name of the previous page, and ends if that was cleared.
    LosesItsPlace,
    /// Takes a prefix for a pattern in which `_` matches any character.
    MatchesPatterns,
    /// Takes longer than its timeout.
    OutlastsItsTimeout,
    /// Refuses a NUL character as if it were unavailable.
    RefusesNulForNow,
}

/// A store with one fault.
struct Faulty {
    fault: Fault,
    state: Arc<Mutex<State>>,
}

#[derive(Clone, Debug, Default)]
struct State {
    entries: HashMap<String, Entry>,
    last_version: u64,
}

impl Faulty {
    fn row(&self, key: &StoreKey) -> String {
        let (issuer, name) = (key.issuer(), key.name());
        match self.fault {
            Fault::IgnoresCase => format!("{}:{issuer}{}", issuer.len(), name.to_lowercase()),
            Fault::ConcatenatesKeys => format!("{issuer}{name}"),
            Fault::CutsAtNul => {
                let name = name.split('\0').next().unwrap_or_default();
                format!("{}:{issuer}{name}", issuer.len())
            }
            _ => format!("{}:{issuer}{name}", issuer.len()),
        }
    }

    fn may_save(&self, found: Option<Version>, expected: Option<Version>) -> bool {
        found == expected
            || match self.fault {
                Fault::IgnoresVersionOnSave => found.is_some() && expected.is_some(),
                Fault::OverwritesOnFirstSave => expected.is_none(),
                Fault::CreatesOnLaterSave => found.is_none(),
                _ => false,
            }
    }
}

impl fmt::Debug for Faulty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.fault == Fault::DebugShowsContent {
            let state = self.state.lock().expect("nothing panicked");
            let texts = state.entries.values().map(|entry| entry.content.expose());
            return f.debug_list().entries(texts).finish();
        }
        f.write_str("Faulty")
    }
}

impl RegistrationStore for Faulty {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Entry>> {
        Box::pin(async move {
            let state = self.state.lock().expect("nothing panicked");
            match state.entries.get(&self.row(key)) {
                None if self.fault == Fault::MissingIsAnError => {
                    Err(StoreError::unavailable("memory", "no such row"))
                }
                entry => Ok(entry.cloned()),
            }
        })
    }

    fn save<'a>(
        &'a self,
        key: &'a StoreKey,
        expected: Option<Version>,
        content: &'a Content,
    ) -> StoreFuture<'a, Version> {
        Box::pin(async move {
            let row = self.row(key);
            match self.fault {
                Fault::OutlastsItsTimeout => tokio::time::sleep(SLOW).await,
                Fault::RefusesNulForNow if key.name().contains('\0') => {
                    return Err(StoreError::unavailable("memory", "NUL character"));
                }
                _ => {}
            }
            let find = |state: &State| state.entries.get(&row).map(|entry| entry.version);
            if self.fault == Fault::IsNotAtomic {
                let found = find(&self.state.lock().expect("nothing panicked"));
                if !self.may_save(found, expected) {
                    return Err(StoreError::Conflict);
                }
                tokio::time::sleep(BETWEEN).await;
            }
            let mut state = self.state.lock().expect("nothing panicked");
            let found = find(&state);
            if self.fault != Fault::IsNotAtomic && !self.may_save(found, expected) {
                return Err(StoreError::Conflict);
            }
            let version = match (self.fault, found) {
                (Fault::KeepsVersionOnSave, Some(found)) => found,
                (Fault::RestartsVersions, found) => {
                    Version(found.map_or(1, |version| version.0 + 1))
                }
                _ => {
                    state.last_version += 1;
                    Version(state.last_version)
                }
            };
            let content = match self.fault {
                Fault::TrimsContent => Content::new(content.expose().trim()),
                _ => content.clone(),
            };
            state.entries.insert(row, Entry::new(version, content));
            Ok(version)
        })
    }

    fn clear<'a>(&'a self, key: &'a StoreKey, expected: Version) -> StoreFuture<'a, ()> {
        Box::pin(async move {
            let row = self.row(key);
            let mut state = self.state.lock().expect("nothing panicked");
            let found = state.entries.get(&row).map(|entry| entry.version);
            let ignores = self.fault == Fault::IgnoresVersionOnClear && found.is_some();
            if found != Some(expected) && !ignores {
                return Err(StoreError::Conflict);
            }
            if self.fault == Fault::ClearsTooMuch {
                state.entries.clear();
            }
            state.entries.remove(&row);
            Ok(())
        })
    }

    fn list<'a>(&'a self, query: &'a ListQuery) -> StoreFuture<'a, Vec<String>> {
        Box::pin(async move {
            let state = self.state.lock().expect("nothing panicked");
            let keys = state.entries.keys().filter_map(|row| {
                let (length, rest) = row.split_once(':')?;
                rest.split_at_checked(length.parse().ok()?)
            });
            let mut names: Vec<String> = keys
                .filter(|(issuer, _)| {
                    *issuer == query.issuer || self.fault == Fault::ListsAllIssuers
                })
                .map(|(_, name)| name.to_owned())
                .collect();
            names.sort();
            let after = match &query.after {
                Some(_) if self.fault == Fault::ListsTheFirstPageOnly => return Ok(Vec::new()),
                Some(after) if self.fault == Fault::LosesItsPlace && !names.contains(after) => {
                    return Ok(Vec::new());
                }
                after => after.as_ref(),
            };
            names.retain(|name| {
                let prefix = match self.fault {
                    Fault::MatchesPatterns => query.prefix.trim_end_matches('_'),
                    _ => &query.prefix,
                };
                name.starts_with(prefix) && Some(name) > after
            });
            if self.fault != Fault::IgnoresTheLimit {
                names.truncate(query.limit);
            }
            Ok(names)
        })
    }

    fn timeout(&self) -> Option<Duration> {
        (self.fault == Fault::OutlastsItsTimeout).then_some(SLOW / 100)
    }
}

struct WithFault(Fault, Arc<Mutex<State>>);

impl StoreFixture for WithFault {
    type Store = Faulty;

    async fn open(&self) -> Faulty {
        let state = match self.0 {
            Fault::HandlesAreSeparate => Arc::default(),
            _ => Arc::clone(&self.1),
        };
        Faulty {
            fault: self.0,
            state,
        }
    }
}

fn with(fault: Fault) -> WithFault {
    WithFault(fault, Arc::default())
}

/// Each test runs a rule on a store that breaks it, and expects the rule's message.
macro_rules! detects {
    ($($test:ident: $rule:ident, $fault:ident, $message:literal;)*) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 4)]
            #[should_panic(expected = $message)]
            async fn $test() {
                conformance::$rule(&with(Fault::$fault)).await;
            }
        )*
    };
}

detects! {
    a_missing_entry_that_is_an_error_is_detected:
        missing_entry_is_none, MissingIsAnError, "load failed";
    trimmed_content_is_detected:
        content_is_returned_unchanged, TrimsContent, "load must return the text of the last save";
    a_version_kept_on_save_is_detected:
        save_replaces_the_entry, KeepsVersionOnSave, "each save must return a new version";
    separate_handles_are_detected:
        other_handles_see_every_change, HandlesAreSeparate, "the entry must exist";
    debug_output_of_content_is_detected:
        debug_hides_the_content, DebugShowsContent, "Debug shows the text";
    an_ignored_version_on_save_is_detected:
        stale_version_is_a_conflict, IgnoresVersionOnSave,
        "save with a version that is not the current one must be a conflict";
    an_overwriting_first_save_is_detected:
        save_without_version_needs_a_missing_entry, OverwritesOnFirstSave,
        "save without a version over an existing entry must be a conflict";
    a_creating_later_save_is_detected:
        save_with_version_needs_an_entry, CreatesOnLaterSave,
        "save with a version without an entry must be a conflict";
    an_ignored_version_on_clear_is_detected:
        clear_needs_the_current_version, IgnoresVersionOnClear,
        "clear with a version that is not the current one must be a conflict";
    a_clear_of_other_entries_is_detected:
        clear_needs_the_current_version, ClearsTooMuch, "the entry must exist";
    reused_versions_are_detected:
        versions_are_never_reused, RestartsVersions, "was used before";
    names_compared_without_case_are_detected:
        keys_are_independent, IgnoresCase, "was never saved";
    concatenated_keys_are_detected:
        issuer_and_name_are_separate, ConcatenatesKeys, "was never saved";
    names_cut_at_nul_are_detected:
        nul_characters_are_stored_or_refused, CutsAtNul, "was never saved";
    names_of_other_issuers_are_detected:
        every_name_is_listed_once, ListsAllIssuers, "each name must be listed once";
    a_page_over_its_limit_is_detected:
        every_name_is_listed_once, IgnoresTheLimit, "a page is longer than its limit";
    a_listing_of_the_first_page_only_is_detected:
        every_name_is_listed_once, ListsTheFirstPageOnly, "each name must be listed once";
    a_listing_that_loses_its_place_is_detected:
        a_listing_continues_after_a_cleared_name, LosesItsPlace,
        "each name must be listed once";
    a_prefix_taken_for_a_pattern_is_detected:
        a_prefix_selects_names, MatchesPatterns, "prefix";
    several_winning_first_saves_are_detected:
        one_of_many_first_saves_wins, IsNotAtomic, "exactly one save must succeed";
    lost_updates_are_detected:
        concurrent_updates_are_not_lost, IsNotAtomic, "additions were lost";
    a_save_that_outlasts_the_timeout_is_detected:
        calls_end_within_the_timeout, OutlastsItsTimeout, "save takes longer than the timeout";
    a_retryable_refusal_is_detected:
        nul_characters_are_stored_or_refused, RefusesNulForNow, "must not be retryable";
}

mod a_store_without_faults_passes {
    use super::{Fault, with};

    ory_oidc_keeper::store_conformance_tests!(with(Fault::None));
}

/// A store that may refuse a NUL character.
#[derive(Debug)]
struct RefusesNul(MemoryStore);

impl RefusesNul {
    fn check(texts: &[&str]) -> Result<(), StoreError> {
        if texts.iter().any(|text| text.contains('\0')) {
            return Err(StoreError::refused("memory", "NUL character"));
        }
        Ok(())
    }
}

impl RegistrationStore for RefusesNul {
    fn load<'a>(&'a self, key: &'a StoreKey) -> StoreFuture<'a, Option<Entry>> {
        Box::pin(async move {
            Self::check(&[key.issuer(), key.name()])?;
            self.0.load(key).await
        })
    }

    fn save<'a>(
        &'a self,
        key: &'a StoreKey,
        expected: Option<Version>,
        content: &'a Content,
    ) -> StoreFuture<'a, Version> {
        Box::pin(async move {
            Self::check(&[key.issuer(), key.name(), content.expose()])?;
            self.0.save(key, expected, content).await
        })
    }

    fn clear<'a>(&'a self, key: &'a StoreKey, expected: Version) -> StoreFuture<'a, ()> {
        self.0.clear(key, expected)
    }

    fn list<'a>(&'a self, query: &'a ListQuery) -> StoreFuture<'a, Vec<String>> {
        self.0.list(query)
    }
}

struct RefusingFixture(MemoryStore);

impl StoreFixture for RefusingFixture {
    type Store = RefusesNul;

    async fn open(&self) -> RefusesNul {
        RefusesNul(self.0.clone())
    }
}

mod a_store_that_refuses_nul_passes {
    use super::{MemoryStore, RefusingFixture};

    ory_oidc_keeper::store_conformance_tests!(RefusingFixture(MemoryStore::new()));
}
