//! Prints the public API of a crate, an item a line, from the JSON that rustdoc writes: `public-api-text FILE`.
//!
//! The library behind `cargo public-api` does the work. That program itself needs OpenSSL to build.

use std::fmt::Write as _;
use std::io::Write as _;
use std::process::ExitCode;

use public_api::Builder;

fn main() -> ExitCode {
    let Some(file) = std::env::args_os().nth(1) else {
        eprintln!("usage: public-api-text FILE");
        return ExitCode::from(2);
    };
    // Blanket and auto trait implementations are many lines that follow from the others.
    let builder = Builder::from_rustdoc_json(file)
        .omit_blanket_impls(true)
        .omit_auto_trait_impls(true);
    let api = match builder.build() {
        Ok(api) => api,
        Err(error) => {
            eprintln!("public-api-text: {error}");
            return ExitCode::FAILURE;
        }
    };
    let mut text = String::new();
    for item in api.items() {
        writeln!(text, "{item}").expect("a String takes any text");
    }
    match std::io::stdout().write_all(text.as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("public-api-text: {error}");
            ExitCode::FAILURE
        }
    }
}
