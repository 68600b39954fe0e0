//! Readers copy code from the pages, and follow their links.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The prefix of a link to a file of this repository, for pages that are shown elsewhere, too.
const REPOSITORY: [&str; 2] = [
    "https://github.com/ory-oidc/ory-oidc/blob/main/",
    "https://github.com/ory-oidc/ory-oidc/tree/main/",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// Returns the guides, the READMEs and the pages beside them.
fn pages() -> Vec<PathBuf> {
    let mut pages = vec![
        root().join("README.md"),
        root().join("CHANGELOG.md"),
        root().join("CONTRIBUTING.md"),
        root().join("SECURITY.md"),
    ];
    for folder in ["docs", "crates", "examples"] {
        for entry in fs::read_dir(root().join(folder)).expect("the folder exists") {
            let path = entry.expect("the folder can be read").path();
            let page = path.join("README.md");
            if page.exists() {
                pages.push(page);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                pages.push(path);
            }
        }
    }
    assert!(pages.len() > 20, "{pages:?}");
    pages
}

/// Returns the lines of a page, and whether each is code.
fn lines(page: &Path) -> Vec<(String, bool)> {
    let text = fs::read_to_string(page).expect("the page is text");
    let mut in_code = false;
    let mark = |line: &str| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        (line.to_owned(), in_code || is_fence)
    };
    text.lines().map(mark).collect()
}

/// Returns the anchors of a page's headings, as GitHub makes them.
fn anchors(page: &Path) -> BTreeSet<String> {
    let headings = lines(page).into_iter().filter(|(_, is_code)| !is_code);
    headings
        .filter_map(|(line, _)| Some(line.strip_prefix('#')?.trim_start_matches('#').to_owned()))
        .map(|heading| {
            let text = heading.trim().to_lowercase().replace(' ', "-");
            text.replace(|c: char| !c.is_alphanumeric() && c != '-' && c != '_', "")
        })
        .collect()
}

/// Returns the targets of the links in a line, in the forms `[text](target)` and `[text]: target`.
fn targets(line: &str) -> Vec<&str> {
    let inline = line
        .split("](")
        .skip(1)
        .filter_map(|rest| rest.split(')').next());
    let reference = line
        .starts_with('[')
        .then(|| line.split_once("]: "))
        .flatten();
    inline.chain(reference.map(|(_, target)| target)).collect()
}

#[test]
fn code_is_shown_as_it_is_compiled() {
    for page in pages() {
        for (line, is_code) in lines(&page) {
            // Rustdoc hides such a line; GitHub and crates.io show it.
            let is_hidden = is_code
                && line.trim_start().starts_with("# ")
                && line.ends_with([';', '{', '}', ')']);
            assert!(!is_hidden, "{}: {line}", page.display());
        }
    }
}

#[test]
fn links_lead_to_files_and_headings_that_exist() {
    for page in pages() {
        for (line, _) in lines(&page).into_iter().filter(|(_, is_code)| !is_code) {
            for target in targets(&line) {
                let path = REPOSITORY
                    .iter()
                    .find_map(|prefix| target.strip_prefix(prefix));
                if path.is_none() && target.contains(':') {
                    continue;
                }
                let (path, base) = match path {
                    Some(path) => (path, root()),
                    None => (
                        target,
                        page.parent().expect("a page is in a folder").to_owned(),
                    ),
                };
                let (file, anchor) = path.split_once('#').unwrap_or((path, ""));
                let file = if file.is_empty() {
                    page.clone()
                } else {
                    base.join(file)
                };
                let is_there =
                    file.exists() && (anchor.is_empty() || anchors(&file).contains(anchor));
                assert!(is_there, "{}: {target}", page.display());
            }
        }
    }
}
