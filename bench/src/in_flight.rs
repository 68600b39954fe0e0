//! Many calls at the same time: how many complete in a second, and how much memory each one needs.

use crate::allocator::live_bytes;
use crate::contenders::{Contender, Failure};
use crate::measure::middle;
use crate::operation::Operation;
use crate::server::Server;
use cpu_time::ThreadTime;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::task::{JoinSet, LocalSet};

/// Discovery is left out: the facade's concurrent callers share one request.
pub(crate) const OPERATIONS: [Operation; 2] = [Operation::UserInfo, Operation::Get];
pub(crate) const LEVELS: [usize; 3] = [1, 64, 512];

const CALLS_PER_ROUND: usize = 2048;
const ROUNDS: usize = 9;
/// After this time, a row gets no more rounds.
const TIME_LIMIT: Duration = Duration::from_secs(20);

/// The throughput of a contender with a number of calls in flight.
#[derive(Clone, Copy)]
pub(crate) struct Throughput {
    pub(crate) operation: Operation,
    pub(crate) in_flight: usize,
    pub(crate) contender: &'static str,
    /// Calls per second.
    pub(crate) calls: f64,
    /// CPU time of the calling thread for one call, in microseconds.
    pub(crate) cpu: f64,
    /// The throughput divided by that of bare `reqwest` in the same round: by the clock, and by CPU time.
    pub(crate) of_bare: f64,
    pub(crate) cpu_of_bare: f64,
}

/// One round: seconds by the clock and of CPU time, for one call.
#[derive(Clone, Copy)]
struct Round {
    wall: f64,
    cpu: f64,
}

/// Measures all contenders that have the operations. They take turns, and the first one is bare `reqwest`.
pub(crate) fn throughput(
    contenders: &[Contender],
    runtime: &Runtime,
) -> Result<Vec<Throughput>, Failure> {
    let mut results = Vec::new();
    for operation in OPERATIONS {
        let contenders: Vec<_> = contenders.iter().filter(|one| one.has(operation)).collect();
        for in_flight in LEVELS {
            let mut rounds = vec![Vec::new(); contenders.len()];
            let started = Instant::now();
            for round in 0..=ROUNDS {
                for (contender, rounds) in contenders.iter().zip(&mut rounds) {
                    let cost = runtime.block_on(calls(contender, operation, in_flight))?;
                    // The first round opens connections.
                    if round > 0 {
                        rounds.push(cost);
                    }
                }
                if round > 2 && started.elapsed() > TIME_LIMIT {
                    break;
                }
            }
            let bare = rounds[0].clone();
            for (contender, rounds) in contenders.iter().zip(&rounds) {
                let median =
                    |of: fn(&Round) -> f64| middle(rounds.iter().map(of)).unwrap_or(f64::NAN);
                let ratio = |of: fn(&Round) -> f64| {
                    let pairs = rounds.iter().zip(&bare);
                    middle(pairs.map(|(one, bare)| of(bare) / of(one))).unwrap_or(f64::NAN)
                };
                results.push(Throughput {
                    operation,
                    in_flight,
                    contender: contender.name(),
                    calls: 1.0 / median(|round| round.wall),
                    cpu: median(|round| round.cpu * 1e6),
                    of_bare: ratio(|round| round.wall),
                    cpu_of_bare: ratio(|round| round.cpu),
                });
            }
        }
    }
    Ok(results)
}

/// Makes the calls of a round, each worker one after the other.
async fn calls(
    contender: &Contender,
    operation: Operation,
    in_flight: usize,
) -> Result<Round, Failure> {
    let calls_each = CALLS_PER_ROUND / in_flight;
    let workers = LocalSet::new();
    let mut running = JoinSet::new();
    for _ in 0..in_flight {
        let mut worker = contender.clone();
        let work = async move {
            for _ in 0..calls_each {
                worker.call(operation).await?;
            }
            Ok::<_, Failure>(())
        };
        running.spawn_local_on(work, &workers);
    }
    let (wall, cpu) = (Instant::now(), ThreadTime::now());
    let finished = workers.run_until(async {
        while let Some(finished) = running.join_next().await {
            finished??;
        }
        Ok::<_, Failure>(())
    });
    finished.await?;
    let calls = f64::from(u32::try_from(calls_each * in_flight)?);
    Ok(Round {
        wall: wall.elapsed().as_secs_f64() / calls,
        cpu: cpu.elapsed().as_secs_f64() / calls,
    })
}

/// Returns the bytes that one of many calls holds while it waits for its response, with its connection.
pub(crate) fn memory(
    contender: Contender,
    operation: Operation,
    runtime: &Runtime,
    server: &Server,
) -> Result<f64, Failure> {
    const CALLS: u32 = 512;
    let workers = LocalSet::new();
    let mut callers: Vec<_> = (0..CALLS).map(|_| contender.clone()).collect();
    workers.block_on(runtime, async {
        let (requests, before) = (server.requests(), live_bytes());
        server.hold(true);
        let mut running = JoinSet::new();
        while let Some(mut caller) = callers.pop() {
            running.spawn_local(async move {
                caller.call_in_own_block(operation).await?;
                Ok::<_, Failure>(caller)
            });
        }
        while server.requests() - requests < u64::from(CALLS) {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        let held = live_bytes() - before;
        server.hold(false);
        while let Some(finished) = running.join_next().await {
            finished??;
        }
        // The connections must be gone before the next contender is measured.
        drop(contender);
        let mut live = i64::MAX;
        while live_bytes() < live {
            live = live_bytes();
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        #[allow(clippy::cast_precision_loss, reason = "far below 2^52")]
        Ok(held as f64 / f64::from(CALLS))
    })
}
