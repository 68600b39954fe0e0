//! Scopes, and the rules by which Hydra grants them.

/// Splits a list of scopes that are separated by spaces.
pub(crate) fn split(scopes: &str) -> Vec<String> {
    scopes.split_whitespace().map(str::to_owned).collect()
}

/// Returns the first scope that the client must not request. A `*` in a registered scope matches
/// any part between dots, and at the end all further parts.
pub(crate) fn forbidden<'a>(registered: &str, requested: &'a [String]) -> Option<&'a str> {
    let is_allowed = |scope: &String| {
        registered
            .split_whitespace()
            .any(|pattern| matches(pattern, scope))
    };
    requested
        .iter()
        .find(|scope| !is_allowed(scope))
        .map(String::as_str)
}

fn matches(pattern: &str, scope: &str) -> bool {
    let (pattern, scope): (Vec<&str>, Vec<&str>) =
        (pattern.split('.').collect(), scope.split('.').collect());
    let is_shorter = pattern.len() < scope.len();
    pattern.len() <= scope.len()
        && !(is_shorter && pattern.last() != Some(&"*"))
        && pattern
            .iter()
            .zip(&scope)
            .all(|(wanted, part)| wanted == part || (*wanted == "*" && !part.is_empty()))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_matches_one_part_and_at_the_end_all_further_parts() {
        for (pattern, scope, expected) in [
            ("openid", "openid", true),
            ("openid", "openid.x", false),
            ("a.*", "a.b", true),
            ("a.*", "a.b.c", true),
            ("a.*", "a", false),
            ("a.*.c", "a.b.c", true),
            ("a.*.c", "a.b.d", false),
            ("*", "a.b", true),
        ] {
            assert_eq!(matches(pattern, scope), expected, "{pattern} {scope}");
        }
    }
}
