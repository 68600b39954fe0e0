//! The cost budget. Allocations are the same in every run, so they are limits. Times are
//! informational.

use crate::operation::Operation;
use crate::results::{NOISE, Note, OURS, Results};

/// The peer that times are compared with.
const PEER: &str = "ory-client";

/// Factor by which decoding may cost more than with the stock models.
const DECODE: f64 = 1.1;

/// One line of the budget.
struct Line {
    what: String,
    measured: f64,
    limit: f64,
    unit: &'static str,
    is_limit: bool,
}

impl Line {
    fn is_over(&self) -> bool {
        // Medians of batches can differ in the last digit.
        self.measured > self.limit + 0.05
    }

    fn print(&self) {
        let verdict = if self.is_over() { "OVER" } else { "ok" };
        let note = if self.is_limit {
            ""
        } else {
            "  (informational)"
        };
        println!(
            "{:<40}{:>8.1} of {:>6.1} {:<12}{verdict}{note}",
            self.what, self.measured, self.limit, self.unit
        );
    }
}

/// Prints the budget and returns whether every limit is met.
pub(crate) fn print_and_judge(results: &Results) -> bool {
    println!("\nbudget");
    let lines = [
        calls(results),
        decodes(results),
        memory(results),
        throughputs(results),
        times(results),
    ];
    let lines: Vec<Line> = lines.into_iter().flatten().collect();
    lines.iter().for_each(Line::print);
    let is_behind = Operation::ALL.into_iter().any(|operation| {
        let compared = OURS.into_iter().filter(|_| !operation.is_of_the_facade());
        let mut notes = compared.filter_map(|contender| results.note(operation, contender));
        notes.any(|note| matches!(note, Note::Behind))
    });
    if is_behind {
        println!("a peer is ahead on a row, and no reason is known");
    }
    !is_behind && !lines.iter().any(|line| line.is_limit && line.is_over())
}

fn calls(results: &Results) -> Vec<Line> {
    let limits = [
        (Operation::Get, "ory-oidc-gen", 68.0),
        (Operation::Get, "ory-oidc", 48.0),
        (Operation::Register, "ory-oidc-gen", 72.0),
        (Operation::Register, "ory-oidc", 73.0),
        // The read and the write need 124. The rest is a copy of the metadata, to change it.
        (Operation::Put, "ory-oidc", 146.0),
        (Operation::Discover, "ory-oidc-gen", 117.0),
        // A block each for the future, the task and the metadata.
        (Operation::Discover, "ory-oidc", 120.0),
        (Operation::DiscoverUnchanged, "ory-oidc", 46.0),
        (Operation::DiscoverCached, "ory-oidc", 0.0),
        // The generated client decodes all claims, and keeps them.
        (
            Operation::UserInfo,
            "ory-oidc-gen",
            48.0 + results.extra_claims.allocations,
        ),
        // One is a copy of the claims, so that a retained user does not retain the connection's buffer.
        (Operation::UserInfo, "ory-oidc", 49.0),
        (Operation::Logout, "ory-oidc-gen", 78.0),
        // The future, three parameters, and the URL of the redirect: three, two of them for its IPv4 address.
        (Operation::Logout, "ory-oidc", 85.0),
    ];
    let lines = limits
        .into_iter()
        .map(|(operation, contender, limit)| Line {
            what: format!("{}, {contender}", operation.name()),
            measured: results.of(operation, contender).allocations,
            limit,
            unit: "allocations",
            is_limit: true,
        });
    let cached = results.of(Operation::DiscoverCached, "ory-oidc");
    lines
        .chain([Line {
            what: "discover, cached, ory-oidc".to_owned(),
            measured: cached.requests,
            limit: 0.0,
            unit: "requests",
            is_limit: true,
        }])
        .collect()
}

/// Bytes of a call in flight, over those of bare `reqwest`. A growing table of the runtime can add up to 400.
fn memory(results: &Results) -> Vec<Line> {
    let limits = [
        (Operation::UserInfo, "ory-oidc-gen", 700.0),
        // The request and the configuration, beside the future of the generated client.
        (Operation::UserInfo, "ory-oidc", 1100.0),
        (Operation::Get, "ory-oidc-gen", 700.0),
        (Operation::Get, "ory-oidc", 1100.0),
    ];
    let lines = limits.map(|(operation, contender, limit)| Line {
        what: format!("{} in flight, {contender}", operation.name()),
        measured: results.memory(operation, contender) - results.memory(operation, "reqwest 0.13"),
        limit,
        unit: "bytes",
        is_limit: true,
    });
    lines.into()
}

/// CPU time of one of 64 calls in flight: as that of bare `reqwest` permits, and as the peer's.
fn throughputs(results: &Results) -> Vec<Line> {
    let of = |operation, contender| results.throughput(operation, 64, contender);
    let targets = [(Operation::UserInfo, 0.95), (Operation::Get, 0.88)];
    let lines = targets.into_iter().flat_map(|(operation, share)| {
        let of_bare = of(operation, "reqwest 0.13").cpu / share;
        let of_peer = of(operation, PEER).cpu;
        OURS.into_iter().flat_map(move |contender| {
            [("bare", of_bare), ("peer", of_peer)].map(|(other, limit)| Line {
                what: format!("{} of 64, {contender}, {other}", operation.name()),
                measured: of(operation, contender).cpu,
                limit,
                unit: "us",
                is_limit: false,
            })
        })
    });
    lines.collect()
}

fn decodes(results: &Results) -> Vec<Line> {
    let judged = results
        .decodes
        .iter()
        .filter(|decode| decode.what != "userinfo");
    let lines = judged.flat_map(|decode| {
        let micros = |cost: &crate::measure::Cost| cost.cpu.as_secs_f64() * 1e6;
        [
            Line {
                what: format!("decode {}", decode.what),
                measured: decode.ours.allocations,
                limit: decode.stock.allocations * DECODE,
                unit: "allocations",
                is_limit: true,
            },
            Line {
                what: format!("decode {}", decode.what),
                measured: micros(&decode.ours),
                limit: micros(&decode.stock) * DECODE,
                unit: "us",
                is_limit: false,
            },
        ]
    });
    lines.collect()
}

fn times(results: &Results) -> Vec<Line> {
    let micros = |operation, contender| results.of(operation, contender).cpu.as_secs_f64() * 1e6;
    let compared = Operation::ALL.into_iter();
    let compared = compared.filter(|operation| !operation.is_of_the_facade());
    let lines = compared.flat_map(|operation| {
        OURS.map(|contender| {
            let mut limit = micros(operation, PEER);
            // The facade's update sends a read and a write.
            if operation == Operation::Put && contender == "ory-oidc" {
                limit += micros(Operation::Get, PEER);
            }
            Line {
                what: format!("{}, {contender}", operation.name()),
                measured: micros(operation, contender),
                limit: limit * NOISE,
                unit: "us",
                is_limit: false,
            }
        })
    });
    lines.collect()
}
