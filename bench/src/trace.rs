//! Records the call stacks of allocations on request.

use std::backtrace::Backtrace;
use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

thread_local! {
    static ON: Cell<bool> = const { Cell::new(false) };
    static SEEN: RefCell<Vec<(usize, String)>> = const { RefCell::new(Vec::new()) };
}

/// Records the stack of an allocation if this thread is traced.
pub(crate) fn record(bytes: usize) {
    if ON.get() {
        pause(|| {
            let stack = Backtrace::force_capture().to_string();
            SEEN.with_borrow_mut(|seen| seen.push((bytes, stack)));
        });
    }
}

/// Runs work without recording its allocations.
pub(crate) fn pause<T>(work: impl FnOnce() -> T) -> T {
    let was = ON.replace(false);
    let result = work();
    ON.set(was);
    result
}

/// Starts recording the allocations of this thread.
pub(crate) fn start() {
    SEEN.take();
    ON.set(true);
}

/// Allocations with the same call stack.
pub(crate) struct Site {
    /// The library functions on the stack, innermost first.
    pub(crate) stack: String,
    pub(crate) times: usize,
    pub(crate) bytes: usize,
}

/// Stops recording and returns the allocations since [`start`].
pub(crate) fn stop() -> Vec<Site> {
    ON.set(false);
    let mut sites = BTreeMap::new();
    for (bytes, stack) in SEEN.take() {
        let (times, sum) = sites.entry(places(&stack)).or_insert((0, 0));
        *times += 1;
        *sum += bytes;
    }
    let sites = sites.into_iter();
    sites
        .map(|(stack, (times, bytes))| Site {
            stack,
            times,
            bytes,
        })
        .collect()
}

/// Returns the lines of a stack without those of the standard library and of this crate.
fn places(stack: &str) -> String {
    let places = stack.lines().filter_map(|line| {
        let place = line.trim().strip_prefix("at ")?;
        let (root, file) = place.rsplit_once("/src/")?;
        let name = root.rsplit('/').next()?;
        let is_ours = root.starts_with('.') || name == "bench";
        let is_std = root.starts_with("/rustc/") || root.contains("/rustlib/");
        let line = file.rsplit_once(':').map_or(file, |(line, _column)| line);
        (!is_ours && !is_std).then(|| format!("{name}/src/{line}"))
    });
    places.collect::<Vec<_>>().join("\n    ")
}
