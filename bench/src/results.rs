//! Collects and prints the measurements.

use crate::contenders::{Contender, Failure};
use crate::decode::{self, Decode};
use crate::measure::{self, Cost};
use crate::operation::Operation;
use crate::server::Server;
use tokio::runtime::Runtime;

pub(crate) struct Results {
    calls: Vec<(Operation, &'static str, Cost)>,
    pub(crate) decodes: [Decode; 4],
    pub(crate) extra_claims: Cost,
}

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
        Ok(Self {
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

    pub(crate) fn print(&self) {
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
            println!(
                "{:<20}{contender:<18}{}{:>10.0}",
                if name == last { "" } else { name },
                row(cost),
                cost.requests
            );
            last = name;
        }
        println!(
            "\n{:<20}{:<18}{:>12}{:>10}{:>10}",
            "decode alone", "", "allocations", "bytes", "CPU us"
        );
        for decode in &self.decodes {
            println!(
                "{:<20}{:<18}{}",
                decode.what,
                "ory-oidc-gen",
                row(&decode.ours)
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
}

fn row(cost: &Cost) -> String {
    let cpu = cost.cpu.as_secs_f64() * 1e6;
    format!("{:>12.1}{:>10.0}{cpu:>10.1}", cost.allocations, cost.bytes)
}
