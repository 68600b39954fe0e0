//! One PostgreSQL server for all tests of this process. It ends with the process.

mod npm;
mod programs;
mod user;

use std::env;
use std::fs;
use std::net::TcpListener;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio, id};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use user::User;

/// The password of the administrator, with characters that a URL must escape.
pub(crate) const PASSWORD: &str = "zebra/of@the?tests";

pub(crate) struct Server {
    pub(crate) port: u16,
    pub(crate) folder: PathBuf,
    watcher: Child,
}

/// Returns the server of this process, started when it is first needed. Its destructor never runs:
/// the end of the process closes the standard input of the watcher, which stops the server.
pub(crate) fn shared() -> &'static Server {
    static SHARED: OnceLock<Server> = OnceLock::new();
    SHARED.get_or_init(Server::start)
}

impl Server {
    pub(crate) fn start() -> Self {
        // Another process may take the free port before the server does.
        (0..5)
            .find_map(|_| Self::on_a_free_port())
            .expect("a port that stays free")
    }

    fn on_a_free_port() -> Option<Self> {
        let programs = programs::find();
        let (folder, user) = new_folder();
        let programs = npm::completed(programs, &folder, user.as_ref());
        let port = free_port();
        let watcher = watch(&folder, &programs, port, user.as_ref());
        let mut server = Self {
            port,
            folder,
            watcher,
        };
        server.wait_until_ready().then_some(server)
    }

    /// Waits until the server is ready; `false` if another process has taken the port.
    fn wait_until_ready(&mut self) -> bool {
        let deadline = Instant::now() + Duration::from_mins(2);
        loop {
            let status = fs::read_to_string(self.folder.join("data/postmaster.pid"));
            // The eighth line is written last.
            if status.is_ok_and(|status| status.lines().nth(7).is_some_and(|s| s.trim() == "ready"))
            {
                return true;
            }
            let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
            if log.contains("could not create any TCP/IP sockets") {
                return false;
            }
            let gone = self
                .watcher
                .try_wait()
                .expect("the watcher's state")
                .is_some();
            let failed = gone || log.contains("FATAL:") || Instant::now() > deadline;
            assert!(!failed, "PostgreSQL does not start:\n{log}");
            sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.watcher.stdin.take());
        let _ = self.watcher.wait();
        // The watcher removed it, unless it failed to start the server.
        let _ = fs::remove_dir_all(&self.folder);
    }
}

fn watch(folder: &Path, programs: &Path, port: u16, user: Option<&User>) -> Child {
    let mut command = Command::new("sh");
    command
        .args(["-c", include_str!("watch.sh"), "sh"])
        .args([folder, programs])
        .arg(port.to_string())
        .current_dir(folder)
        .env_clear()
        .env("PATH", env::var_os("PATH").unwrap_or_default())
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        // A terminal's Ctrl-C must not stop the watcher, which cleans up afterwards.
        .process_group(0);
    if let Some(user) = user {
        command.uid(user.id).gid(user.group);
    }
    command.spawn().expect("a shell to watch the server")
}

/// Creates a directory for the server, with the password in it, and returns its owner if that is
/// another user.
fn new_folder() -> (PathBuf, Option<User>) {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let folder = env::temp_dir().join(format!("ory-oidc-postgres-{}-{number}", id()));
    fs::create_dir(&folder).expect("a temporary folder");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).expect("its permissions");
    let password = folder.join("password");
    fs::write(&password, PASSWORD).expect("a file for the password");
    let user = user::instead_of_root(&folder);
    if let Some(user) = &user {
        for path in [&folder, &password] {
            chown(path, Some(user.id), Some(user.group)).expect("another owner");
        }
    }
    (folder, user)
}

fn free_port() -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    listener.local_addr().expect("its address").port()
}

#[test]
#[ignore = "needs PostgreSQL: `make test` finds or installs it and runs this"]
fn a_killed_test_leaves_no_server_behind() {
    const CHILD: &str = "ORY_OIDC_TEST_TO_BE_KILLED";
    if let Some(note) = env::var_os(CHILD) {
        let server = Server::start();
        let draft = PathBuf::from(&note).with_extension("draft");
        fs::write(
            &draft,
            format!("{} {}", server.port, server.folder.display()),
        )
        .unwrap();
        fs::rename(draft, note).unwrap();
        sleep(Duration::from_mins(10));
        return;
    }
    let note = env::temp_dir().join(format!("ory-oidc-postgres-note-{}", id()));
    let mut test = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "server::a_killed_test_leaves_no_server_behind",
            "--include-ignored",
        ])
        .env(CHILD, &note)
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    while !note.exists() {
        assert!(
            test.try_wait().unwrap().is_none(),
            "it ended before its server was there"
        );
        sleep(Duration::from_millis(20));
    }
    let server = fs::read_to_string(&note).unwrap();
    let (port, folder) = server.split_once(' ').unwrap();
    let port: u16 = port.parse().unwrap();
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_ok());

    test.kill().unwrap();
    test.wait().unwrap();
    fs::remove_file(note).unwrap();

    let deadline = Instant::now() + Duration::from_mins(1);
    while Path::new(folder).exists() {
        assert!(Instant::now() < deadline, "{folder} is still there");
        sleep(Duration::from_millis(20));
    }
    assert!(std::net::TcpStream::connect(("127.0.0.1", port)).is_err());
}
