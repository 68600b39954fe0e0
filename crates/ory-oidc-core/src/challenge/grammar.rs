//! The grammar of one element of a `WWW-Authenticate` list (RFC 9110 §5.6 and §11).

/// One element of the list.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Element<'a> {
    /// A scheme, which begins a challenge, with its first argument.
    Scheme(&'a str, Argument<'a>),
    /// A further parameter of the challenge before it.
    Parameter(Parameter<'a>),
    /// A parameter that breaks the grammar.
    BrokenParameter,
    /// Something else that breaks the grammar.
    Broken,
}

/// What follows a scheme.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Argument<'a> {
    None,
    Token68(&'a str),
    Parameter(Parameter<'a>),
}

/// The name and the decoded value of a parameter.
pub(super) type Parameter<'a> = (&'a str, String);

/// Reads the first element of a list. Empty elements are skipped (§5.6.1.2). Returns the element and
/// the rest of the list, or [`None`] at the end.
///
/// If a broken element opens quotes and does not close them, the rest is empty: nobody can tell where
/// the element ends.
pub(super) fn element(list: &str) -> Option<(Element<'_>, &str)> {
    let text = list.trim_start_matches([' ', '\t', ',']);
    if text.is_empty() {
        return None;
    }
    let (name, after) = token(text);
    let argument = trim(after);
    if name.is_empty() {
        return Some((Element::Broken, after_element(text)));
    }
    if argument.starts_with('=') {
        let parameter = parameter(text);
        return Some(match parameter {
            Some((parameter, rest)) => (Element::Parameter(parameter), rest),
            None => (Element::BrokenParameter, after_element(text)),
        });
    }
    if is_end(argument) {
        return Some((Element::Scheme(name, Argument::None), argument));
    }
    let argument = (argument.len() < after.len()).then_some(argument);
    let parameter = argument.and_then(parameter);
    if let Some((parameter, rest)) = parameter {
        return Some((Element::Scheme(name, Argument::Parameter(parameter)), rest));
    }
    Some(match argument.and_then(token68) {
        Some((token, rest)) => (Element::Scheme(name, Argument::Token68(token)), rest),
        None => (Element::Broken, after_element(text)),
    })
}

/// Reads `token BWS "=" BWS ( token / quoted-string )` up to the end of the element (§11.2).
fn parameter(text: &str) -> Option<(Parameter<'_>, &str)> {
    let (name, rest) = token(text);
    let value = trim(trim(rest).strip_prefix('=')?);
    let (value, rest) = match value.strip_prefix('"') {
        Some(quoted) => unquoted(quoted)?,
        None => match token(value) {
            ("", _) => return None,
            (value, rest) => (value.to_owned(), rest),
        },
    };
    let rest = trim(rest);
    (!name.is_empty() && is_end(rest)).then_some(((name, value), rest))
}

/// Reads a `token68` up to the end of the element (§11.2).
fn token68(text: &str) -> Option<(&str, &str)> {
    let is_character = |c: char| c.is_ascii_alphanumeric() || "-._~+/".contains(c);
    let rest = text.trim_start_matches(is_character);
    let characters = text.len() - rest.len();
    let rest = rest.trim_start_matches('=');
    let (token, rest) = text.split_at(text.len() - rest.len());
    (characters > 0 && is_end(trim(rest))).then_some((token, trim(rest)))
}

/// Splits after a token (§5.6.2), which may be empty.
fn token(text: &str) -> (&str, &str) {
    let is_character = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    let rest = text.trim_start_matches(is_character);
    text.split_at(text.len() - rest.len())
}

/// Decodes a quoted string after its opening quote (§5.6.4).
fn unquoted(text: &str) -> Option<(String, &str)> {
    let mut value = String::new();
    let mut characters = text.char_indices();
    while let Some((at, c)) = characters.next() {
        match c {
            '"' => return Some((value, &text[at + 1..])),
            '\\' => match characters.next()? {
                (_, escaped) if is_quotable(escaped) => value.push(escaped),
                _ => return None,
            },
            c if is_quotable(c) => value.push(c),
            _ => return None,
        }
    }
    None
}

/// Whether quotes may enclose a character: a visible one, a blank, or `obs-text`.
fn is_quotable(c: char) -> bool {
    c == '\t' || !c.is_ascii_control()
}

/// Returns the list after the element at its start: after a comma that is not in quotes.
fn after_element(text: &str) -> &str {
    let (mut quoted, mut escaped) = (false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            ',' if !quoted => return &text[at..],
            _ => {}
        }
    }
    ""
}

fn is_end(text: &str) -> bool {
    text.is_empty() || text.starts_with(',')
}

/// Removes blanks at the start. Blanks at the wrong places are tolerated (§5.6.3, `BWS`).
fn trim(text: &str) -> &str {
    text.trim_start_matches([' ', '\t'])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(list: &str) -> Element<'_> {
        element(list).expect("the list has an element").0
    }

    #[test]
    fn first_element_of_a_list_is_read() {
        let parameter = |name, value: &str| (name, value.to_owned());
        for (list, expected) in [
            ("Bearer", Element::Scheme("Bearer", Argument::None)),
            (" ,\t, Bearer ,", Element::Scheme("Bearer", Argument::None)),
            (
                "Negotiate YII=",
                Element::Scheme("Negotiate", Argument::Token68("YII=")),
            ),
            (
                "NTLM a/b+c==, x",
                Element::Scheme("NTLM", Argument::Token68("a/b+c==")),
            ),
            (
                "NTLM TlRM",
                Element::Scheme("NTLM", Argument::Token68("TlRM")),
            ),
            (
                "A  \t b = \"c\" ",
                Element::Scheme("A", Argument::Parameter(parameter("b", "c"))),
            ),
            (
                "A b=c,d=e",
                Element::Scheme("A", Argument::Parameter(parameter("b", "c"))),
            ),
            ("b =c", Element::Parameter(parameter("b", "c"))),
            ("b=\"\"", Element::Parameter(parameter("b", ""))),
            (
                r#"b="\"é,\\""#,
                Element::Parameter(parameter("b", r#""é,\"#)),
            ),
            ("b=", Element::BrokenParameter),
            ("b=c=d", Element::BrokenParameter),
            ("b=c d", Element::BrokenParameter),
            ("b=\"open", Element::BrokenParameter),
            ("b=\"\u{7f}\"", Element::BrokenParameter),
            ("b=\"c\"d", Element::BrokenParameter),
            ("=x", Element::Broken),
            ("A b=c=d", Element::Broken),
            ("A =", Element::BrokenParameter),
            ("A;b", Element::Broken),
            ("\"A\"", Element::Broken),
            ("é", Element::Broken),
        ] {
            assert_eq!(first(list), expected, "{list:?}");
        }
        for empty in ["", " ", ",", " ,, \t,"] {
            assert_eq!(element(empty), None, "{empty:?}");
        }
    }

    #[test]
    fn broken_element_ends_at_the_next_comma_outside_quotes() {
        for (list, rest) in [
            ("=x, A", ", A"),
            ("b=c d, A", ", A"),
            (r#"A;b="c, \", d", A"#, ", A"),
            (r#"b="open, A"#, ""),
        ] {
            assert_eq!(element(list).expect("the list has an element").1, rest);
        }
    }
}
