//! Measures the cost of a call with `ory-oidc` and with its peers. All of them call one
//! server that replays recorded responses. See the README.

mod allocator;
mod bearer;
mod budget;
mod contenders;
mod decode;
mod in_flight;
mod measure;
mod operation;
mod reasons;
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

/// Time limit for a run that hangs. A normal run takes a fraction of it.
const LIMIT: Duration = Duration::from_secs(300);

fn main() -> Result<ExitCode, Failure> {
    thread::spawn(|| {
        thread::sleep(LIMIT);
        eprintln!("aborted: not finished after {LIMIT:?}");
        std::process::exit(2);
    });
    let server = Server::start()?;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let mut contenders = Contender::all(server.address())?;
    if let Ok(wanted) = std::env::var("BENCH_TRACE") {
        trace_call(&wanted, &mut contenders, &runtime, &server)?;
        return Ok(ExitCode::SUCCESS);
    }
    if let Ok(wanted) = std::env::var("BENCH_REPEAT") {
        repeat_call(&wanted, &mut contenders, &runtime, &server)?;
        return Ok(ExitCode::SUCCESS);
    }
    let results = Results::measure(&mut contenders, &runtime, &server)?;
    results.print();
    let bearer = bearer::print_and_judge(server.address(), &runtime)?;
    let within_budget = budget::print_and_judge(&results) && bearer;
    Ok(if within_budget {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Finds the contender and the operation of a setting such as `ory-oidc/get`.
fn find<'a>(
    wanted: &str,
    contenders: &'a mut [Contender],
) -> Result<(&'a mut Contender, Operation), Failure> {
    let unknown = || format!("invalid `{wanted}`: expected `contender/operation`");
    let (contender, operation) = wanted.split_once('/').ok_or_else(unknown)?;
    let mut operations = Operation::ALL.into_iter();
    let operation = operations
        .find(|known| known.name() == operation)
        .ok_or_else(unknown)?;
    let mut contenders = contenders.iter_mut();
    let contender = contenders
        .find(|known| known.name() == contender && known.has(operation))
        .ok_or_else(unknown)?;
    Ok((contender, operation))
}

/// Makes one call many times, for a profiler.
fn repeat_call(
    wanted: &str,
    contenders: &mut [Contender],
    runtime: &Runtime,
    server: &Server,
) -> Result<(), Failure> {
    let (contender, operation) = find(wanted, contenders)?;
    server.prepare(operation);
    runtime.block_on(async {
        for _ in 0..2000 {
            contender.call(operation).await?;
        }
        Ok(())
    })
}

/// Prints the call stacks of the allocations of one call. `wanted` has the form
/// `ory-oidc/get`.
fn trace_call(
    wanted: &str,
    contenders: &mut [Contender],
    runtime: &Runtime,
    server: &Server,
) -> Result<(), Failure> {
    let (contender, operation) = find(wanted, contenders)?;
    server.prepare(operation);
    let sites = runtime.block_on(async {
        // The first calls connect and fill caches.
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
