//! Finds names among the described members of a model.

/// The most members that a model can have.
pub(crate) const MAX_MEMBERS: usize = 128;

/// The number of lists.
const LISTS: usize = 128;

/// The end of a list. The numbers of members start at 1.
const END: u8 = 0;

/// The names of a model in lists that mostly have one name. They are computed when the model is
/// compiled.
pub(crate) struct MemberNames {
    names: &'static [&'static str],
    /// The first member of each list.
    first: [u8; LISTS],
    /// For each member, the next one of its list.
    next: [u8; MAX_MEMBERS],
}

impl MemberNames {
    pub(crate) const fn new(names: &'static [&'static str]) -> Self {
        assert!(names.len() <= MAX_MEMBERS);
        let (mut first, mut next) = ([END; LISTS], [END; MAX_MEMBERS]);
        let mut index = names.len();
        while index > 0 {
            let list = list_of(names[index - 1]);
            next[index - 1] = first[list];
            #[allow(clippy::cast_possible_truncation)] // checked
            let number = index as u8;
            first[list] = number;
            index -= 1;
        }
        Self { names, first, next }
    }

    /// Returns the number of a member: its place among the names, from 1.
    #[inline]
    pub(crate) fn number(&self, name: &str) -> Option<usize> {
        let mut number = self.first[list_of(name)];
        while number != END {
            let index = usize::from(number) - 1;
            if self.names[index] == name {
                return Some(index + 1);
            }
            number = self.next[index];
        }
        None
    }
}

/// Returns the list of a name. Few described names have the same length and the same ends.
const fn list_of(name: &str) -> usize {
    let (first, last) = match name.as_bytes() {
        [] => (0, 0),
        [only] => (*only, *only),
        [first, .., last] => (*first, *last),
    };
    (name.len() * 3 + first as usize * 5 + last as usize * 11) % LISTS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_has_its_number_and_other_names_have_none() {
        const LONG: &str = "a_name_that_is_longer_than_any_name_of_a_member_in_a_description_is";
        const LONGER: &str = "another_name_that_is_longer_than_any_name_in_a_description_is_too";
        static NAMES: &[&str] = &["", "aa", "aba", "aca", "b", "ba", LONG, LONGER];
        let names = MemberNames::new(NAMES);
        for (index, name) in NAMES.iter().enumerate() {
            assert_eq!(names.number(name), Some(index + 1), "{name}");
        }
        for other in [
            "a",
            "bb",
            "aaa",
            "ada",
            "AA",
            &LONG.replace('_', "-"),
            &"x".repeat(1000),
        ] {
            assert_eq!(names.number(other), None, "{other}");
        }
    }

    #[test]
    fn model_can_have_as_many_members_as_permitted() {
        static NAMES: [&str; MAX_MEMBERS] = [const { "same length" }; MAX_MEMBERS];
        assert_eq!(MemberNames::new(&NAMES).number("same length"), Some(1));
        assert_eq!(MemberNames::new(&NAMES).number("sbme length"), None);
    }
}
