//! What a call may cost. Allocations decide, since they are the same in every run; times
//! are information.

use crate::operation::Operation;
use crate::results::Results;

const OURS: [&str; 2] = ["ory-oidc-gen", "ory-oidc"];
const PEER: &str = "ory-client";

/// How much slower than the peer a call may look before it is called so.
const NOISE: f64 = 1.1;

/// How much more than the stock models reading may take.
const DECODE: f64 = 1.1;

/// One line of the budget.
struct Line {
    what: String,
    measured: f64,
    limit: f64,
    unit: &'static str,
    decides: bool,
}

impl Line {
    fn is_over(&self) -> bool {
        // Medians of batches can differ in the last digit.
        self.measured > self.limit + 0.05
    }

    fn print(&self) {
        let verdict = if self.is_over() { "OVER" } else { "ok" };
        let note = if self.decides { "" } else { "  (information)" };
        println!(
            "{:<40}{:>8.1} of {:>6.1} {:<12}{verdict}{note}",
            self.what, self.measured, self.limit, self.unit
        );
    }
}

/// Prints the budget and tells whether it is kept.
pub(crate) fn print_and_judge(results: &Results) -> bool {
    println!("\nbudget");
    let lines = [calls(results), decodes(results), times(results)];
    let lines: Vec<Line> = lines.into_iter().flatten().collect();
    lines.iter().for_each(Line::print);
    !lines.iter().any(|line| line.decides && line.is_over())
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
            decides: true,
        })
    });
    let kept = results.of(Operation::DiscoverKept, "ory-oidc");
    let of_kept = |measured, limit, unit| Line {
        what: "discover, kept, ory-oidc".to_owned(),
        measured,
        limit,
        unit,
        decides: true,
    };
    lines
        .chain([
            of_kept(kept.allocations, 2.0, "allocations"),
            of_kept(kept.requests, 0.0, "requests"),
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
                decides: true,
            },
            Line {
                what: format!("decode {}", decode.what),
                measured: micros(&decode.ours),
                limit: micros(&decode.stock) * DECODE,
                unit: "us",
                decides: false,
            },
        ]
    });
    lines.collect()
}

fn times(results: &Results) -> Vec<Line> {
    let micros = |operation, contender| results.of(operation, contender).cpu.as_secs_f64() * 1e6;
    let compared = Operation::ALL.into_iter();
    let compared = compared.filter(|operation| *operation != Operation::DiscoverKept);
    let lines = compared.flat_map(|operation| {
        OURS.map(|contender| {
            let mut limit = micros(operation, PEER);
            // The facade's update is a read and a write.
            if operation == Operation::Put && contender == "ory-oidc" {
                limit += micros(Operation::Get, PEER);
            }
            Line {
                what: format!("{}, {contender}", operation.name()),
                measured: micros(operation, contender),
                limit: limit * NOISE,
                unit: "us",
                decides: false,
            }
        })
    });
    lines.collect()
}
