//! What counts as a use of another module, and which circles are found.

use std::fs;
use std::path::Path;
use std::process::Command;

/// Writes the files of a crate and checks it. Returns the error output if there is a cycle.
fn check(files: &[(&str, &str)]) -> Result<(), String> {
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, text) in files {
        let file = folder.path().join(name);
        fs::create_dir_all(file.parent().expect("files are in a folder"))
            .expect("the folder is writable");
        fs::write(file, text).expect("the folder is writable");
    }
    run(&folder.path().join("lib.rs"))
}

fn run(root: &Path) -> Result<(), String> {
    let program = env!("CARGO_BIN_EXE_module-cycles");
    let argument = format!("demo={}", root.display());
    let output = Command::new(program)
        .arg(argument)
        .output()
        .expect("the program runs");
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    match output.status.code() {
        Some(0) => Ok(()),
        Some(1) => Err(words),
        _ => panic!("the check could not run: {words}"),
    }
}

fn cycle(files: &[(&str, &str)]) -> String {
    check(files).expect_err("there is a cycle")
}

const TWO: &str = "pub mod a; pub mod b;";

#[test]
fn modules_in_one_direction_pass() {
    check(&[
        ("lib.rs", TWO),
        ("a.rs", "pub struct A;"),
        ("b.rs", "use crate::a::A; pub struct B(A);"),
    ])
    .expect("no cycle");
}

#[test]
fn a_cycle_is_named_with_the_lines_that_make_it() {
    let words = cycle(&[
        ("lib.rs", TWO),
        ("a.rs", "\nuse crate::b::B;\npub struct A(B);"),
        ("b.rs", "pub struct B;\npub fn f(_: crate::a::A) {}"),
    ]);
    assert!(
        words.contains("cycle: demo::a -> demo::b -> demo::a\n"),
        "{words}"
    );
    assert!(words.contains("a.rs:2: crate::b::B\n"), "{words}");
    assert!(words.contains("b.rs:2: crate::a::A\n"), "{words}");
}

#[test]
fn a_cycle_of_three_is_found() {
    let words = cycle(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "pub fn f() { crate::b::f() }"),
        ("b.rs", "pub fn f() { super::c::f() }"),
        ("c.rs", "use crate::a; pub fn f() { a::f() }"),
    ]);
    assert!(
        words.contains("demo::a -> demo::b -> demo::c -> demo::a"),
        "{words}"
    );
}

#[test]
fn all_modules_of_a_knot_are_listed() {
    let words = cycle(&[
        ("lib.rs", "mod a; mod b; mod c;"),
        ("a.rs", "pub fn f() { crate::b::f(); crate::c::f() }"),
        ("b.rs", "pub fn f() { crate::a::f() }"),
        ("c.rs", "pub fn f() { crate::b::f() }"),
    ]);
    let listed = "3 modules use each other: demo::a, demo::b, demo::c\n";
    assert!(words.contains(listed), "{words}");
    assert_eq!(words.matches("cycle:").count(), 1, "{words}");
}

#[test]
fn uses_in_bodies_macros_attributes_patterns_and_constants_count() {
    let uses = [
        "pub fn f() { crate::a::f() }",
        "pub fn f() { println!(\"{}\", crate::a::N) }",
        "#[derive(S)] struct B { #[serde(with = \"crate::a\")] field: u8 }",
        "#[serde_as] struct B { #[serde_as(as = \"Option<crate::a::A>\")] field: u8 }",
        "pub const M: u8 = crate::a::N;",
        "pub fn f(n: u8) { match n { crate::a::N => {} _ => {} } }",
        "impl crate::a::A { fn g(self) {} }",
        "impl crate::a::T for u8 {}",
        "pub fn f() { use crate::a::f as g; g() }",
        "macro_rules! m { () => { $crate::a::f() } }",
        "use crate::a::{self as other}; pub fn f() { other::f() }",
        "use crate::a::*; pub fn f(_: A) {}",
    ];
    for text in uses {
        let a =
            "use crate::b::B as _; pub struct A; pub trait T {} pub const N: u8 = 0; pub fn f() {}";
        let b = format!("{text} pub struct B;").replace("struct B { #", "struct C { #");
        let words = cycle(&[("lib.rs", TWO), ("a.rs", a), ("b.rs", &b)]);
        assert!(words.contains("demo::a -> demo::b"), "{text}: {words}");
    }
}

#[test]
fn an_item_that_a_macro_makes_belongs_to_the_module_of_the_call() {
    let words = cycle(&[
        ("lib.rs", "mod a; mod b; pub use a::A;"),
        ("a.rs", "item! { A } pub fn f() { crate::b::f() }"),
        ("b.rs", "use crate::A; pub fn f() {}"),
    ]);
    assert!(words.contains("demo::a -> demo::b -> demo::a"), "{words}");
}

#[test]
fn a_macro_is_used_by_its_bare_name() {
    cycle(&[
        ("lib.rs", "#[macro_use] mod a; mod b;"),
        ("a.rs", "macro_rules! m { () => { crate::b::f() } }"),
        ("b.rs", "pub fn f() { m!() }"),
    ]);
}

#[test]
fn what_is_only_for_tests_does_not_count() {
    check(&[
        ("lib.rs", TWO),
        (
            "a.rs",
            "pub struct A; #[cfg(test)] mod tests { use crate::b::B; } #[cfg(test)] use crate::b::B;",
        ),
        ("b.rs", "pub struct B(crate::a::A);"),
    ])
    .expect("no cycle");
}

#[test]
fn texts_features_and_visibilities_are_no_uses() {
    check(&[
        ("lib.rs", TWO),
        ("a.rs", "//! See [`crate::b::B`].\n#[cfg(feature = \"b\")] pub(in crate::b) struct A; pub fn f() -> &'static str { \"crate::b::B\" }"),
        ("b.rs", "pub struct B(crate::a::A);"),
    ])
    .expect("no cycle");
}

#[test]
fn a_root_that_only_re_exports_is_used_by_nobody() {
    check(&[
        ("lib.rs", "mod a; mod b; pub use a::A; pub use b::*;"),
        ("a.rs", "pub struct A;"),
        (
            "b.rs",
            "use crate::A; pub struct B(A); pub struct C(crate::B);",
        ),
    ])
    .expect("no cycle");
}

#[test]
fn a_re_export_leads_to_the_module_that_defines() {
    let words = cycle(&[
        ("lib.rs", "mod a; mod b; pub use a::A; pub use b::B;"),
        ("a.rs", "use crate::B; pub struct A(B);"),
        ("b.rs", "use crate::A; pub struct B(A);"),
    ]);
    assert!(
        words.contains("cycle: demo::a -> demo::b -> demo::a\n"),
        "{words}"
    );
}

#[test]
fn a_parent_with_items_of_its_own_and_its_child_can_make_a_cycle() {
    let words = cycle(&[
        ("lib.rs", "mod a;"),
        ("a/mod.rs", "mod c; pub use c::C; pub struct A;"),
        ("a/c.rs", "pub struct C(super::A);"),
    ]);
    assert!(
        words.contains("demo::a -> demo::a::c -> demo::a"),
        "{words}"
    );
    check(&[
        ("lib.rs", "mod a;"),
        ("a.rs", "mod c; pub struct A;"),
        ("a/c.rs", "pub struct C(super::A);"),
    ])
    .expect("no cycle");
}

#[test]
fn folders_that_use_each_other_are_a_cycle_even_if_no_two_files_do() {
    let words = cycle(&[
        ("lib.rs", TWO),
        ("a/mod.rs", "pub mod x; pub mod y;"),
        ("a/x.rs", "pub struct X(crate::b::B);"),
        ("a/y.rs", "pub struct Y;"),
        ("b.rs", "pub struct B(crate::a::y::Y);"),
    ]);
    assert!(words.contains("demo::a -> demo::b -> demo::a"), "{words}");
}

#[test]
fn inline_modules_and_named_files_are_read() {
    cycle(&[
        (
            "lib.rs",
            "mod a { pub mod deep; } #[path = \"elsewhere.rs\"] mod b;",
        ),
        ("a/deep.rs", "pub struct A(crate::b::B);"),
        ("elsewhere.rs", "pub struct B(crate::a::deep::A);"),
    ]);
}

#[test]
fn names_of_other_crates_lead_nowhere() {
    check(&[
        ("lib.rs", "mod a; mod b;"),
        ("a.rs", "use url::Url; use std::b::B; pub struct A(Url, B);"),
        (
            "b.rs",
            "use url; pub struct B(crate::a::A, ::a::A, url::Url);",
        ),
    ])
    .expect("no cycle");
}
