//! What a call costs with `ory-oidc` and with its peers, all against one server that
//! repeats recorded answers. See the README.

mod allocator;
mod budget;
mod contenders;
mod decode;
mod measure;
mod operation;
mod recorded;
mod results;
mod server;
mod trace;

use contenders::{Contender, Failure};
use operation::Operation;
use results::Results;
use server::Server;
use std::process::ExitCode;
use std::thread;
use std::time::Duration;
use tokio::runtime::Runtime;

/// A run takes a fraction of this; one that hangs is ended.
const LIMIT: Duration = Duration::from_secs(110);

fn main() -> Result<ExitCode, Failure> {
    thread::spawn(|| {
        thread::sleep(LIMIT);
        eprintln!("not done after {LIMIT:?}: given up");
        std::process::exit(2);
    });
    let server = Server::start()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut contenders = Contender::all(server.address())?;
    if let Ok(wanted) = std::env::var("BENCH_TRACE") {
        trace_call(&wanted, &mut contenders, &runtime)?;
        return Ok(ExitCode::SUCCESS);
    }
    let results = Results::measure(&mut contenders, &runtime, &server)?;
    results.print();
    let kept = budget::print_and_judge(&results);
    Ok(if kept {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Prints where the allocations of one call come from; `wanted` is as in `ory-oidc/get`.
fn trace_call(
    wanted: &str,
    contenders: &mut [Contender],
    runtime: &Runtime,
) -> Result<(), Failure> {
    let unknown = || format!("BENCH_TRACE is `contender/operation`, not `{wanted}`");
    let (contender, operation) = wanted.split_once('/').ok_or_else(unknown)?;
    let mut operations = Operation::ALL.into_iter();
    let operation = operations
        .find(|known| known.name() == operation)
        .ok_or_else(unknown)?;
    let mut contenders = contenders.iter_mut();
    let contender = contenders
        .find(|known| known.name() == contender && known.has(operation))
        .ok_or_else(unknown)?;
    let sites = runtime.block_on(async {
        // The first calls connect and fill what is kept.
        for _ in 0..10 {
            contender.call(operation).await?;
        }
        trace::start();
        let result = contender.call(operation).await;
        let sites = trace::stop();
        result.map(|()| sites)
    })?;
    let total: usize = sites.iter().map(|site| site.times).sum();
    println!("{total} allocations");
    for site in sites {
        println!("{} x, {} bytes\n    {}", site.times, site.bytes, site.stack);
    }
    Ok(())
}
