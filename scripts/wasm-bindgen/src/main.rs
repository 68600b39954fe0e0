//! Writes the JavaScript of a WebAssembly module for browsers and Node.js: `wasm-bindgen-js MODULE FOLDER`.
//!
//! The library behind the program `wasm-bindgen` does the work. It must have the version of the crate
//! `wasm-bindgen`, which one lock file gives both.

use std::process::ExitCode;

use wasm_bindgen_cli_support::Bindgen;

fn main() -> ExitCode {
    let arguments: Vec<_> = std::env::args_os().skip(1).collect();
    let [module, folder] = &arguments[..] else {
        eprintln!("usage: wasm-bindgen-js MODULE FOLDER");
        return ExitCode::from(2);
    };
    let mut bindgen = Bindgen::new();
    bindgen.input_path(module).typescript(false);
    // Lets a page load the module without naming it.
    bindgen.omit_default_module_path(false);
    let done = bindgen
        .web(true)
        .and_then(|bindgen| bindgen.generate(folder));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("wasm-bindgen-js: {error:#}");
            ExitCode::FAILURE
        }
    }
}
