//! The npm package. Its install script would make the symbolic links that npm cannot carry.

use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::path::{Path, PathBuf};

use crate::process::User;

/// Copies the npm package below `to` and adds the links, so that the user of the server can reach it.
/// Returns the folder of the programs: of the copy, or of `programs` if that is not the npm package.
pub(super) fn completed(programs: PathBuf, to: &Path, user: Option<User>) -> PathBuf {
    let package = programs
        .parent()
        .expect("programs are in a folder of the package");
    let Ok(links) = fs::read(package.join("pg-symlinks.json")) else {
        return programs;
    };
    copy(package, &to.join("native"), user);
    let links: serde_json::Value = serde_json::from_slice(&links).expect("the links are in JSON");
    for link in links.as_array().expect("the links are a list") {
        let path = |member: &str| to.join(link[member].as_str().expect("a link has two paths"));
        let source = path("source");
        let name = source.file_name().expect("a link leads to a file");
        symlink(name, path("target")).expect("a link can be made");
    }
    to.join("native/bin")
}

fn copy(from: &Path, to: &Path, user: Option<User>) {
    fs::create_dir(to).expect("a folder can be made");
    if let Some(user) = user {
        chown(to, Some(user.id), Some(user.group)).expect("root can change the owner");
    }
    let entries = fs::read_dir(from).expect("the package can be read");
    for entry in entries.map(|entry| entry.expect("its entries can be read")) {
        let target = to.join(entry.file_name());
        let kind = entry.file_type().expect("an entry has a type");
        let path = entry.path();
        let is_archive = path.extension().is_some_and(|extension| extension == "a");
        if kind.is_dir() {
            copy(&path, &target, user);
        } else if !kind.is_symlink() && !is_archive {
            // Without links: the install script may have run.
            fs::copy(path, target).expect("a file can be copied");
        }
    }
}
