//! The user that the server runs as. PostgreSQL does not run as root.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

pub(super) struct User {
    pub(super) id: u32,
    pub(super) group: u32,
}

/// Returns another user to run the server as, if the owner of a new file is root.
pub(super) fn instead_of_root(made: &Path) -> Option<User> {
    if fs::metadata(made).expect("what was just made").uid() != 0 {
        return None;
    }
    let users = fs::read_to_string("/etc/passwd").expect("the list of users");
    let user = ["postgres", "nobody"].into_iter().find_map(|name| {
        let line = users
            .lines()
            .find(|line| line.split(':').next() == Some(name))?;
        let mut fields = line.split(':').skip(2);
        let id = fields.next()?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        Some(User { id, group })
    });
    Some(user.expect("a user `postgres` or `nobody`, as PostgreSQL does not run as root"))
}
