//! The cost budget. Allocations are the same in every run, so they are limits. Times are
//! informational.

use crate::operation::Operation;
use crate::results::Results;

const OURS: [&str; 2] = ["ory-oidc-gen", "ory-oidc"];
const PEER: &str = "ory-client";

/// Factor by which a call may be slower than the peer's, to allow for noise.
const NOISE: f64 = 1.1;

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
    let lines = [calls(results), decodes(results), times(results)];
    let lines: Vec<Line> = lines.into_iter().flatten().collect();
    lines.iter().for_each(Line::print);
    !lines.iter().any(|line| line.is_limit && line.is_over())
}

fn calls(results: &Results) -> Vec<Line> {
    let limits = [
        (Operation::Get, 76.0),
        (Operation::Register, 90.0),
        (Operation::Discover, 130.0),
        (Operation::UserInfo, 60.0 + results.extra_claims.allocations),
    ];
    let lines = limits.into_iter().flat_map(|(operation, limit)| {
        OURS.map(|contender| Line {
            what: format!("{}, {contender}", operation.name()),
            measured: results.of(operation, contender).allocations,
            limit,
            unit: "allocations",
            is_limit: true,
        })
    });
    let cached = results.of(Operation::DiscoverCached, "ory-oidc");
    let of_cached = |measured, limit, unit| Line {
        what: "discover, cached, ory-oidc".to_owned(),
        measured,
        limit,
        unit,
        is_limit: true,
    };
    lines
        .chain([
            of_cached(cached.allocations, 2.0, "allocations"),
            of_cached(cached.requests, 0.0, "requests"),
        ])
        .collect()
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
    let compared = compared.filter(|operation| *operation != Operation::DiscoverCached);
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
