//! Collects and prints the measurements.

use crate::contenders::{Contender, Failure};
use crate::decode::{self, Decode};
use crate::in_flight::{self, Throughput};
use crate::measure::{self, Cost};
use crate::operation::Operation;
use crate::reasons::{self, Counted};
use crate::server::Server;
use tokio::runtime::Runtime;

pub(crate) struct Results {
    calls: Vec<(Operation, &'static str, Cost)>,
    pub(crate) decodes: [Decode; 4],
    pub(crate) extra_claims: Cost,
    pub(crate) throughputs: Vec<Throughput>,
    /// Bytes of a call in flight.
    pub(crate) memory: Vec<(Operation, &'static str, f64)>,
}

/// The contenders of this project, and those that others use today.
pub(crate) const OURS: [&str; 2] = ["ory-oidc-gen", "ory-oidc"];
pub(crate) const PEERS: [&str; 3] = ["ory-client", "ory-hydra-client", "openidconnect"];

/// Factor by which a time may be longer than a peer's, to allow for noise.
pub(crate) const NOISE: f64 = 1.1;

impl Results {
    pub(crate) fn measure(
        contenders: &mut [Contender],
        runtime: &Runtime,
        server: &Server,
    ) -> Result<Self, Failure> {
        let mut calls = Vec::new();
        for operation in Operation::ALL {
            let costs = measure::operation(operation, contenders, runtime, server)?;
            for (contender, cost) in contenders.iter().zip(costs) {
                calls.extend(cost.map(|cost| (operation, contender.name(), cost)));
            }
        }
        let mut memory = Vec::new();
        for operation in in_flight::OPERATIONS {
            // The first calls also pay for tables of the runtime, which stay.
            let [first, ..] = Contender::all(server.address())?;
            in_flight::memory(first, operation, runtime, server)?;
            // Without open connections.
            for contender in Contender::all(server.address())? {
                if contender.has(operation) {
                    let name = contender.name();
                    let bytes = in_flight::memory(contender, operation, runtime, server)?;
                    memory.push((operation, name, bytes));
                }
            }
        }
        Ok(Self {
            throughputs: in_flight::throughput(contenders, runtime)?,
            memory,
            calls,
            decodes: decode::all(),
            extra_claims: decode::extra_claims(),
        })
    }

    /// Returns the cost of an operation with a contender.
    pub(crate) fn of(&self, operation: Operation, contender: &str) -> Cost {
        let mut calls = self.calls.iter();
        let call = calls.find(|(known, name, _)| *known == operation && *name == contender);
        call.expect("the operation was measured with this contender")
            .2
    }

    /// Returns the throughput of a contender.
    pub(crate) fn throughput(
        &self,
        operation: Operation,
        in_flight: usize,
        contender: &str,
    ) -> Throughput {
        let mut all = self.throughputs.iter();
        let found = all.find(|one| {
            one.operation == operation && one.in_flight == in_flight && one.contender == contender
        });
        *found.expect("the operation was measured with this contender")
    }

    /// Returns the bytes of a call in flight.
    pub(crate) fn memory(&self, operation: Operation, contender: &str) -> f64 {
        let mut all = self.memory.iter();
        let found = all.find(|(known, name, _)| *known == operation && *name == contender);
        found
            .expect("the operation was measured with this contender")
            .2
    }

    /// Returns a note for a row of this project on which a peer is ahead.
    pub(crate) fn note(&self, operation: Operation, contender: &str) -> Option<Note> {
        let ours = self.of(operation, contender);
        let calls = self.calls.iter();
        let peers = calls.filter(|(known, name, _)| *known == operation && PEERS.contains(name));
        let peers: Vec<_> = peers.map(|(_, _, cost)| cost).collect();
        let ahead = |of: fn(&Cost) -> f64, tolerance: f64| {
            peers
                .iter()
                .any(|peer| of(&ours) > of(peer) * tolerance + 0.05)
        };
        let counted = if ahead(|cost| cost.allocations, 1.0) {
            Some(Counted::Allocations)
        } else {
            ahead(|cost| cost.bytes, 1.0).then_some(Counted::Bytes)
        };
        let is_slower = ahead(|cost| cost.cpu.as_secs_f64() * 1e6, NOISE);
        match counted.map(|counted| reasons::of(operation, contender, counted)) {
            Some(Some(reason)) => Some(Note::Reason(reason)),
            Some(None) => Some(Note::Behind),
            None => is_slower.then_some(Note::Slower),
        }
    }

    pub(crate) fn print(&self) {
        self.print_calls();
        self.print_decodes();
        self.print_in_flight();
    }

    fn print_calls(&self) {
        println!(
            "{:<20}{:<18}{:>12}{:>10}{:>10}{:>10}",
            "per call", "", "allocations", "bytes", "CPU us", "requests"
        );
        let mut last = "";
        for (operation, contender, cost) in &self.calls {
            if *contender == "reqwest 0.13" {
                println!();
            }
            let name = operation.name();
            let is_ours = OURS.contains(contender);
            let note = is_ours.then(|| self.note(*operation, contender)).flatten();
            println!(
                "{:<20}{contender:<18}{}{:>10.0}{}",
                if name == last { "" } else { name },
                row(cost),
                cost.requests,
                note.map(|note| format!("  {}", note.text()))
                    .unwrap_or_default(),
            );
            last = name;
        }
    }

    fn print_decodes(&self) {
        println!(
            "\n{:<20}{:<18}{:>12}{:>10}{:>10}",
            "decode alone", "", "allocations", "bytes", "CPU us"
        );
        for decode in &self.decodes {
            let note = decode.note.map(|note| format!("  {note}"));
            println!(
                "{:<20}{:<18}{}{}",
                decode.what,
                "ory-oidc-gen",
                row(&decode.ours),
                note.unwrap_or_default()
            );
            println!("{:<20}{:<18}{}", "", "ory-hydra-client", row(&decode.stock));
        }
        println!(
            "{:<20}{:<18}{}",
            "extra claims alone",
            "map",
            row(&self.extra_claims)
        );
    }

    fn print_in_flight(&self) {
        println!(
            "\n{:<20}{:<18}{:>12}{:>10}{:>10}{:>10}",
            "calls in flight", "", "calls/s", "of bare", "CPU us", "of bare"
        );
        for one in &self.throughputs {
            let is_bare = one.contender == "reqwest 0.13";
            if is_bare {
                println!();
            }
            let mut peers = PEERS.into_iter().filter_map(|peer| {
                let mut all = self.throughputs.iter();
                all.find(|other| {
                    other.contender == peer
                        && other.operation == one.operation
                        && other.in_flight == one.in_flight
                })
            });
            let is_slower =
                OURS.contains(&one.contender) && peers.any(|peer| one.cpu > peer.cpu * NOISE);
            let what = format!("{}, {}", one.operation.name(), one.in_flight);
            println!(
                "{:<20}{:<18}{:>12.0}{:>10.2}{:>10.1}{:>10.2}{}",
                if is_bare { &what } else { "" },
                one.contender,
                one.calls,
                one.of_bare,
                one.cpu,
                one.cpu_of_bare,
                if is_slower {
                    reasons::of_time(one.operation)
                } else {
                    ""
                }
            );
        }
        println!(
            "\n{:<20}{:<18}{:>12}{:>10}",
            "memory in flight", "", "bytes", "over bare"
        );
        for (operation, contender, bytes) in &self.memory {
            let bare = self.memory(*operation, "reqwest 0.13");
            let is_bare = *contender == "reqwest 0.13";
            println!(
                "{:<20}{contender:<18}{bytes:>12.0}{:>10.0}",
                if is_bare { operation.name() } else { "" },
                bytes - bare,
            );
        }
    }
}

/// What is said of a row on which a peer is ahead.
#[derive(Clone, Copy)]
pub(crate) enum Note {
    /// A peer allocates less, for this reason.
    Reason(&'static str),
    /// A peer allocates less.
    Behind,
    /// A peer needed less time in this run.
    Slower,
}

impl Note {
    fn text(self) -> &'static str {
        match self {
            Self::Reason(reason) => reason,
            Self::Behind => "BEHIND A PEER",
            Self::Slower => "slower than a peer in this run",
        }
    }
}

fn row(cost: &Cost) -> String {
    let cpu = cost.cpu.as_secs_f64() * 1e6;
    format!("{:>12.1}{:>10.0}{cpu:>10.1}", cost.allocations, cost.bytes)
}
