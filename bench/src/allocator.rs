//! A global allocator that counts the allocations of each thread.

use crate::trace;
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::ops::Sub;

/// Allocations of a thread. Growing a block counts as one allocation of the additional bytes.
/// Freeing is not counted.
#[derive(Clone, Copy, Default)]
pub(crate) struct Counts {
    pub(crate) allocations: u64,
    pub(crate) bytes: u64,
}

impl Sub for Counts {
    type Output = Self;

    fn sub(self, earlier: Self) -> Self {
        Self {
            allocations: self.allocations - earlier.allocations,
            bytes: self.bytes - earlier.bytes,
        }
    }
}

thread_local! {
    /// The bytes that are allocated and not yet freed. Blocks can be freed by another thread.
    static LIVE: Cell<i64> = const { Cell::new(0) };
    static COUNTS: Cell<Counts> = const { Cell::new(Counts { allocations: 0, bytes: 0 }) };
}

/// Returns the allocations of this thread so far.
pub(crate) fn counts() -> Counts {
    COUNTS.get()
}

/// Returns the bytes that this thread has allocated and not freed.
pub(crate) fn live_bytes() -> i64 {
    LIVE.get()
}

/// Runs work whose allocations are not part of the measured call, such as copying a model
/// that a peer takes by value.
pub(crate) fn uncounted<T>(work: impl FnOnce() -> T) -> T {
    let before = COUNTS.get();
    let result = trace::pause(work);
    COUNTS.set(before);
    result
}

#[allow(clippy::cast_possible_wrap, reason = "no block has 2^63 bytes")]
fn hold(bytes: usize) {
    LIVE.set(LIVE.get() + bytes as i64);
}

#[allow(clippy::cast_possible_wrap, reason = "no block has 2^63 bytes")]
fn release(bytes: usize) {
    LIVE.set(LIVE.get() - bytes as i64);
}

fn count(bytes: usize) {
    let counts = COUNTS.get();
    COUNTS.set(Counts {
        allocations: counts.allocations + 1,
        bytes: counts.bytes + bytes as u64,
    });
    trace::record(bytes);
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

// SAFETY: every call is forwarded unchanged to the system allocator.
#[allow(unsafe_code, reason = "`GlobalAlloc` is an unsafe trait")]
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        hold(layout.size());
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        hold(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size.saturating_sub(layout.size()));
        release(layout.size());
        hold(size);
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        release(layout.size());
        unsafe { System.dealloc(block, layout) }
    }
}
