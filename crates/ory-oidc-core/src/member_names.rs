//! Finds names among the described members of a model.

/// The most members that a model can have.
pub(crate) const MAX_MEMBERS: usize = 128;

/// One more than the longest length that has a list of its own.
const LENGTHS: usize = 64;

/// The end of a list.
const END: u8 = u8::MAX;

/// Lists of names of equal length: few names share one. It is computed when the model is compiled.
pub(crate) struct MemberNames {
    names: &'static [&'static str],
    /// The first name of each length.
    first: [u8; LENGTHS],
    /// For each name, the next one of its length.
    next: [u8; MAX_MEMBERS],
}

impl MemberNames {
    pub(crate) const fn new(names: &'static [&'static str]) -> Self {
        assert!(names.len() <= MAX_MEMBERS);
        let (mut first, mut next) = ([END; LENGTHS], [END; MAX_MEMBERS]);
        let mut index = names.len();
        while index > 0 {
            index -= 1;
            let list = list_of(names[index]);
            next[index] = first[list];
            #[allow(clippy::cast_possible_truncation)] // checked
            let this = index as u8;
            first[list] = this;
        }
        Self { names, first, next }
    }

    /// Returns the index of a name.
    pub(crate) fn position(&self, name: &str) -> Option<usize> {
        let mut index = self.first[list_of(name)];
        while index != END {
            let this = usize::from(index);
            if self.names[this] == name {
                return Some(this);
            }
            index = self.next[this];
        }
        None
    }
}

const fn list_of(name: &str) -> usize {
    if name.len() < LENGTHS {
        name.len()
    } else {
        LENGTHS - 1
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_its_index_and_other_names_have_none() {
        const LONG: &str = "a_name_that_is_longer_than_the_longest_length_with_a_list_of_its_own";
        const LONGER: &str = "another_name_that_is_longer_than_the_longest_length_with_a_list_too";
        static NAMES: &[&str] = &["", "aa", "ab", "b", "ba", LONG, LONGER];
        let names = MemberNames::new(NAMES);
        for (index, name) in NAMES.iter().enumerate() {
            assert_eq!(names.position(name), Some(index), "{name}");
        }
        for other in [
            "a",
            "bb",
            "aaa",
            "AB",
            &LONG.replace('a', "e"),
            &"x".repeat(1000),
        ] {
            assert_eq!(names.position(other), None, "{other}");
        }
    }

    #[test]
    fn model_can_have_as_many_members_as_permitted() {
        static NAMES: [&str; MAX_MEMBERS] = [const { "same length" }; MAX_MEMBERS];
        assert_eq!(MemberNames::new(&NAMES).position("same length"), Some(0));
        assert_eq!(MemberNames::new(&NAMES).position("other texts"), None);
    }
}
