//! Fails when modules of a crate use each other in a circle: `module-cycles NAME=path/to/lib.rs ...`.
//!
//! Module A uses module B when code of A names an item that B defines, wherever it names it: in a `use`, in a type, in a
//! function body, in the arguments of a macro. Re-exports are followed to the definition, so a `mod.rs` or `lib.rs`
//! that only declares and re-exports modules is used by nobody. Code under `#[cfg(test)]` does not count. A method that
//! is called on a value names nothing and is not seen.
//!
//! The rule holds at every level: the children of a module, each taken together with everything inside it, and the
//! module's own items form no circle.

mod cycle;
mod names;
mod resolve;
mod tree;

use std::path::Path;
use std::process::ExitCode;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if arguments.is_empty() {
        eprintln!("usage: module-cycles NAME=path/to/lib.rs ...");
        return ExitCode::from(2);
    }
    let mut found = 0;
    let mut modules = 0;
    for argument in &arguments {
        let Some((name, file)) = argument.split_once('=') else {
            eprintln!("module-cycles: {argument}: expected NAME=path/to/lib.rs");
            return ExitCode::from(2);
        };
        let tree = match tree::read(name, Path::new(file)) {
            Ok(tree) => tree,
            Err(error) => {
                eprintln!("module-cycles: {error}");
                return ExitCode::from(2);
            }
        };
        modules += tree.modules.len();
        for cycle in cycle::find(&tree, &resolve::uses(&tree)) {
            found += 1;
            eprintln!("{cycle}");
        }
    }
    eprintln!(
        "module-cycles: {modules} modules in {} crates, {found} cycles",
        arguments.len()
    );
    if found == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}
