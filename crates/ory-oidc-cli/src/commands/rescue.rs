//! Credentials that the store did not take.

use crate::exit::Exit;
use crate::explain;
use crate::failure::Failure;
use crate::shell;
use ory_oidc::Registration;
use ory_oidc_keeper::KeeperError;
use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::{env, process};

/// Explains a keeper's error. If it holds the only copy of credentials, they are written to a file.
pub(super) fn explain(doing: &str, name: &str, error: &KeeperError) -> Failure {
    let KeeperError::NotSaved {
        registration,
        source,
    } = error
    else {
        return explain::keeper(doing, name, error);
    };
    let failure = Failure::new(
        "not_saved",
        format!("could not save {name:?}, although the server made the change"),
    )
    .because(source)
    .exit(Exit::Attention);
    match write_anywhere(registration) {
        Ok(path) => {
            let (name, path) = (shell::word(name), shell::path(&path));
            failure.fix(format!(
                "the only copy of the credentials is in {path}. When the store works again, \
                 wait for a minute and run `ory-oidc adopt {name} --file {path}`"
            ))
        }
        Err(error) => failure
            .why(format!(
                "the credentials could not be written to a file: {error}"
            ))
            .fix("they are lost: ask an administrator to delete the client"),
    }
}

/// Writes the registration to the current folder, or else to the one for temporary files.
fn write_anywhere(registration: &Registration) -> io::Result<PathBuf> {
    // The current folder may have been removed.
    let here = env::current_dir().and_then(|folder| write(&folder, registration));
    here.or_else(|_| write(&env::temp_dir(), registration))
}

fn write(folder: &Path, registration: &Registration) -> io::Result<PathBuf> {
    let content = serde_json::to_vec_pretty(&registration.export())?;
    let (path, mut file) = create(folder)?;
    let written = file.write_all(&content).and_then(|()| file.sync_all());
    if let Err(error) = written {
        // A part of the secrets helps nobody.
        let _ = fs::remove_file(&path);
        return Err(error);
    }
    Ok(path)
}

/// Creates a private file of a new name. There may be files of other registrations, and of another
/// process that had the same number in its container.
fn create(folder: &Path) -> io::Result<(PathBuf, File)> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let process = process::id();
    for number in 1.. {
        let path = folder.join(format!("ory-oidc-rescued-{process}-{number}.json"));
        match options.open(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            opened => return opened.map(|file| (path, file)),
        }
    }
    unreachable!("a folder does not hold so many files")
}

#[cfg(test)]
mod tests {
    use super::*;
    use ory_oidc::registration::RegistrationAccessToken;

    #[test]
    fn each_registration_gets_a_file_of_its_own() {
        let folder = tempfile::tempdir().expect("a folder can be created");
        let ids: Vec<_> = (0..5).map(|number| format!("client-{number}")).collect();
        let mut paths = Vec::new();
        for id in &ids {
            let token = RegistrationAccessToken::new("t");
            let registration = Registration::from_saved(id.as_str(), token);
            paths.push(write(folder.path(), &registration).expect("the folder is writable"));
        }
        for (id, path) in ids.iter().zip(paths) {
            let content = fs::read_to_string(path).expect("the file exists");
            assert!(content.contains(id.as_str()), "{content}");
        }
    }
}
