//! The requests, by area. The names of the cases are unique.

#![allow(clippy::too_many_lines, reason = "a table is as long as it is")]

mod access_tokens;
mod administration;
mod authorization;
mod bodies;
mod discovery;
mod keys;
mod logout;
mod management;
mod members;
mod methods;
mod paths;
mod revocation;
mod token;
mod updates;
mod uris;
mod userinfo;

use super::case::Case;

pub(super) fn cases() -> Vec<Case> {
    [
        members::cases(),
        uris::cases(),
        keys::cases(),
        bodies::cases(),
        updates::cases(),
        management::cases(),
        methods::cases(),
        paths::cases(),
        discovery::cases(),
        userinfo::cases(),
        logout::cases(),
        revocation::cases(),
        administration::cases(),
        authorization::cases(),
        token::cases(),
        access_tokens::cases(),
    ]
    .concat()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn the_names_of_the_cases_are_unique() {
        let mut names = BTreeSet::new();
        for case in super::cases() {
            assert!(names.insert(case.name.clone()), "{}", case.name);
        }
    }
}
