//! The npm package with PostgreSQL. npm cannot package symbolic links, so an install script creates
//! them; this does the same.

use std::fs;
use std::os::unix::fs::{chown, symlink};
use std::path::{Path, PathBuf};

use super::user::User;

/// Returns a complete copy of the npm package below `to`, which the server's user can access, if the
/// programs are those of the package; otherwise the programs as they are.
pub(super) fn completed(programs: PathBuf, to: &Path, user: Option<&User>) -> PathBuf {
    let package = programs.parent().expect("a folder above").to_owned();
    let Ok(links) = fs::read(package.join("pg-symlinks.json")) else {
        return programs;
    };
    copy(&package, &to.join("native"), user);
    let links: serde_json::Value = serde_json::from_slice(&links).expect("a list of links");
    for link in links.as_array().expect("a list of links") {
        let path = |member: &str| to.join(link[member].as_str().expect("a path"));
        let source = path("source");
        symlink(source.file_name().expect("a file"), path("target")).expect("a link");
    }
    to.join("native/bin")
}

fn copy(from: &Path, to: &Path, user: Option<&User>) {
    fs::create_dir(to).expect("a folder for the programs");
    if let Some(user) = user {
        chown(to, Some(user.id), Some(user.group)).expect("a folder of the server's user");
    }
    for entry in fs::read_dir(from)
        .expect("the package")
        .map(|entry| entry.expect("its entry"))
    {
        let target = to.join(entry.file_name());
        if entry.file_type().expect("its type").is_dir() {
            copy(&entry.path(), &target, user);
        } else if entry
            .path()
            .extension()
            .is_none_or(|extension| extension != "a")
        {
            fs::copy(entry.path(), target).expect("a copy of a file of the package");
        }
    }
}
