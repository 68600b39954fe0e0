//! Credentials that the store did not take.

use crate::exit::Exit;
use crate::explain;
use crate::failure::Failure;
use ory_oidc::Registration;
use ory_oidc_keeper::KeeperError;
use std::fs::OpenOptions;
use std::io::{self, Write as _};
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
            let path = path.display();
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
    let folders = [env::current_dir()?, env::temp_dir()];
    let mut result = Err(io::Error::other("no folder"));
    for folder in folders {
        result = write(&folder, registration);
        if result.is_ok() {
            break;
        }
    }
    result
}

fn write(folder: &Path, registration: &Registration) -> io::Result<PathBuf> {
    let path = folder.join(format!("ory-oidc-rescued-{}.json", process::id()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(&path)?;
    let content = serde_json::to_vec_pretty(&registration.export())?;
    file.write_all(&content)?;
    file.sync_all()?;
    Ok(path)
}
