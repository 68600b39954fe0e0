//! A server process, and the shell script that stops it.

use std::env;
use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::net::TcpListener;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

/// A shell script that runs a server until its standard input ends, and then removes the folder.
///
/// Its standard input is a pipe from this process, which the operating system closes even if this
/// process is killed. So no server outlives its test.
#[derive(Debug)]
pub(crate) struct Watched {
    folder: PathBuf,
    shell: Child,
}

/// The user id and group id to run a process as.
#[derive(Debug, Clone, Copy)]
pub(crate) struct User {
    pub(crate) id: u32,
    pub(crate) group: u32,
}

impl Watched {
    /// Runs a script. `$1` is the folder, and the other arguments follow.
    pub(crate) fn start(
        folder: PathBuf,
        script: &str,
        arguments: &[&OsStr],
        user: Option<User>,
    ) -> Self {
        let mut command = Command::new("sh");
        command
            .args(["-c", script, "sh"])
            .arg(&folder)
            .args(arguments)
            .current_dir(&folder)
            .env_clear()
            .env("PATH", env::var_os("PATH").unwrap_or_default())
            .env("LC_ALL", "C")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            // Ctrl-C in a terminal must not reach the script: it has to clean up.
            .process_group(0);
        if let Some(user) = user {
            command.uid(user.id).gid(user.group);
        }
        let shell = command.spawn().expect("a shell starts");
        Self { folder, shell }
    }

    /// Returns the path of a file in the folder.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// Returns the text of a file in the folder, or an empty text if there is no such file.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).unwrap_or_default()
    }

    /// Sends a line to the script.
    pub(crate) fn order(&mut self, order: &str) {
        let stdin = self.shell.stdin.as_mut().expect("stdin is piped");
        writeln!(stdin, "{order}").expect("the script reads its orders");
    }

    pub(crate) fn has_ended(&mut self) -> bool {
        let status = self.shell.try_wait();
        status.expect("the state of a child is known").is_some()
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        drop(self.shell.stdin.take());
        let _ = self.shell.wait();
        // The script removed it, unless the script failed before it started the server.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Makes a temporary folder that only its owner can enter. [`Watched`] removes it.
pub(crate) fn new_folder(server: &str) -> PathBuf {
    let folder = tempfile::Builder::new()
        .prefix(&format!("ory-oidc-{server}-"))
        .tempdir();
    folder.expect("a temporary folder can be made").keep()
}

/// Returns a loopback port that was free a moment ago.
pub(crate) fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port is free");
    listener
        .local_addr()
        .expect("a listener has an address")
        .port()
}
