//! Measures calls in batches and takes the median batch.

use crate::allocator::{Counts, counts};
use crate::contenders::{Contender, Failure};
use crate::operation::Operation;
use crate::server::Server;
use cpu_time::ThreadTime;
use std::time::Duration;
use tokio::runtime::Runtime;

const WARM_UP_CALLS: u32 = 100;
const BATCHES: usize = 15;
const CALLS_PER_BATCH: u32 = 100;

/// The cost of one call.
#[derive(Clone, Copy, Default)]
pub(crate) struct Cost {
    pub(crate) allocations: f64,
    pub(crate) bytes: f64,
    pub(crate) cpu: Duration,
    pub(crate) requests: f64,
}

/// The counters of this thread at the start of a batch.
struct Started {
    counts: Counts,
    cpu: ThreadTime,
}

impl Started {
    fn now() -> Self {
        Self {
            counts: counts(),
            cpu: ThreadTime::now(),
        }
    }

    fn cost_of(&self, calls: u32) -> Cost {
        let cpu = self.cpu.elapsed() / calls;
        let counts = counts() - self.counts;
        Cost {
            allocations: per_call(counts.allocations, calls),
            bytes: per_call(counts.bytes, calls),
            cpu,
            requests: 0.0,
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "counts stay far below 2^52")]
fn per_call(total: u64, calls: u32) -> f64 {
    total as f64 / f64::from(calls)
}

/// Measures an operation with each contender. Returns `None` for contenders that lack it.
/// Contenders take turns, so that a slowdown of the machine affects all of them.
pub(crate) fn operation(
    operation: Operation,
    contenders: &mut [Contender],
    runtime: &Runtime,
    server: &Server,
) -> Result<Vec<Option<Cost>>, Failure> {
    server.prepare(operation);
    let mut batches = vec![Vec::new(); contenders.len()];
    for batch in 0..=BATCHES {
        for (contender, costs) in contenders.iter_mut().zip(&mut batches) {
            if !contender.has(operation) {
                continue;
            }
            let calls = if batch == 0 {
                WARM_UP_CALLS
            } else {
                CALLS_PER_BATCH
            };
            let requests = server.requests();
            let cost = runtime.block_on(async {
                let started = Started::now();
                for _ in 0..calls {
                    contender.call(operation).await?;
                }
                Ok::<_, Failure>(started.cost_of(calls))
            })?;
            if batch > 0 {
                let requests = per_call(server.requests() - requests, calls);
                costs.push(Cost { requests, ..cost });
            }
        }
    }
    Ok(batches.iter().map(|costs| median(costs)).collect())
}

/// Measures work that sends no requests. The rivals take turns.
pub(crate) fn work<const N: usize>(rivals: [&dyn Fn(); N]) -> [Cost; N] {
    let mut batches = [const { Vec::new() }; N];
    for batch in 0..=BATCHES {
        for (rival, costs) in rivals.iter().zip(&mut batches) {
            let started = Started::now();
            for _ in 0..CALLS_PER_BATCH {
                rival();
            }
            let cost = started.cost_of(CALLS_PER_BATCH);
            if batch > 0 {
                costs.push(cost);
            }
        }
    }
    batches.map(|costs| median(&costs).unwrap_or_default())
}

fn median(costs: &[Cost]) -> Option<Cost> {
    Some(Cost {
        allocations: middle(costs.iter().map(|cost| cost.allocations))?,
        bytes: middle(costs.iter().map(|cost| cost.bytes))?,
        cpu: middle(costs.iter().map(|cost| cost.cpu))?,
        requests: middle(costs.iter().map(|cost| cost.requests))?,
    })
}

/// Returns the median of numbers.
pub(crate) fn middle<T: PartialOrd + Copy>(values: impl Iterator<Item = T>) -> Option<T> {
    let mut values: Vec<T> = values.collect();
    values.sort_by(|one, other| one.partial_cmp(other).expect("costs are numbers"));
    values.get(values.len() / 2).copied()
}
