//! Processes that are stopped for a while.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::time::sleep;

const STOP_TIMEOUT: Duration = Duration::from_secs(30);
const POLL_INTERVAL: Duration = Duration::from_millis(1);

/// Processes that neither answer nor end until this is dropped.
///
/// They hold their connections and locks, as on a machine that hangs.
#[derive(Debug)]
#[must_use = "the processes continue when this is dropped"]
pub struct Paused {
    processes: Vec<Pid>,
}

impl Paused {
    pub(crate) fn new() -> Self {
        Self {
            processes: Vec::new(),
        }
    }

    /// Stops one more process. A process that has ended meanwhile is left out.
    pub(crate) async fn pause(&mut self, process: i32) {
        let process = Pid::from_raw(process).expect("process ids are positive");
        if kill_process(process, Signal::STOP).is_err() {
            return;
        }
        self.processes.push(process);
        // The signal is delivered later on a busy machine.
        let deadline = Instant::now() + STOP_TIMEOUT;
        while is_running(process) {
            assert!(Instant::now() < deadline, "a process does not stop");
            sleep(POLL_INTERVAL).await;
        }
    }

    /// Lets the processes continue.
    pub fn resume(self) {}
}

impl Drop for Paused {
    fn drop(&mut self) {
        for process in &self.processes {
            let _ = kill_process(*process, Signal::CONT);
        }
    }
}

/// Whether one of the threads is not stopped yet, as far as the system has /proc to tell.
fn is_running(process: Pid) -> bool {
    let threads = fs::read_dir(format!("/proc/{process}/task"));
    let mut states = threads
        .into_iter()
        .flatten()
        .flatten()
        .filter_map(|thread| fs::read_to_string(thread.path().join("stat")).ok())
        // The state follows the name, which is in parentheses and may contain some.
        .filter_map(|line| line.rsplit_once(") ")?.1.chars().next());
    states.any(|state| !matches!(state, 'T' | 't' | 'Z' | 'X'))
}
