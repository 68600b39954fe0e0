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
    static COUNTS: Cell<Counts> = const { Cell::new(Counts { allocations: 0, bytes: 0 }) };
}

/// Returns the allocations of this thread so far.
pub(crate) fn counts() -> Counts {
    COUNTS.get()
}

/// Runs work whose allocations are not part of the measured call, such as copying a model
/// that a peer takes by value.
pub(crate) fn uncounted<T>(work: impl FnOnce() -> T) -> T {
    let before = COUNTS.get();
    let result = trace::pause(work);
    COUNTS.set(before);
    result
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
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size());
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size.saturating_sub(layout.size()));
        unsafe { System.realloc(block, layout, size) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        unsafe { System.dealloc(block, layout) }
    }
}
