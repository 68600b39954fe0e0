//! The user that the server runs as. PostgreSQL refuses to run as root.

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::path::Path;

use crate::process::User;

/// Gives the files to another user if they belong to root, and returns that user.
pub(super) fn instead_of_root(files: &[&Path]) -> Option<User> {
    let owner = fs::metadata(files[0]).expect("the file exists").uid();
    if owner != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").expect("the list of users can be read");
    let user = ["postgres", "nobody"]
        .into_iter()
        .find_map(|name| user(&users, name));
    let user = user.expect("a user `postgres` or `nobody`, as PostgreSQL does not run as root");
    for file in files {
        chown(file, Some(user.id), Some(user.group)).expect("root can change the owner");
    }
    Some(user)
}

fn user(users: &str, name: &str) -> Option<User> {
    let line = users
        .lines()
        .find(|line| line.split(':').next() == Some(name))?;
    let mut fields = line.split(':').skip(2);
    let id = fields.next()?.parse().ok()?;
    let group = fields.next()?.parse().ok()?;
    Some(User { id, group })
}
