//! `ory-oidc ensure --file`: many registrations, with their progress.

use super::ensured::action_name;
use super::rescue::explain;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::interrupt::Interruptions;
use crate::output::{BAD, FAINT, GOOD, Output, WARN, print, styled};
use indicatif::{ProgressBar, ProgressStyle};
use ory_oidc_core::text::clip;
use ory_oidc_keeper::{EnsureAll, EnsuredName, Progress};
use serde::Serialize;
use serde_json::json;
use tokio::select;

/// What was done about one name.
#[derive(Serialize)]
struct Line {
    name: String,
    action: Option<&'static str>,
    client_id: Option<String>,
    error: Option<Failure>,
}

pub(super) async fn run(mut all: EnsureAll, output: Output) -> Result<Exit, Failure> {
    // Hidden if the standard error is not a terminal.
    let bar = ProgressBar::new(all.progress().total as u64).with_style(style());
    let mut lines = Vec::new();
    let mut interruptions = Interruptions::new();
    loop {
        let ensured = select! {
            ensured = all.next() => ensured,
            () = interruptions.next() => {
                all.stop();
                continue;
            }
        };
        let Some(ensured) = ensured else { break };
        let line = Line::new(ensured);
        let progress = all.progress();
        bar.set_position(progress.done() as u64);
        bar.set_message(remark(progress));
        if !output.json
            && let Some(text) = line.text()
        {
            // A failure to print is reported with the result.
            bar.suspend(|| print(&text)).ok();
        }
        lines.push(line);
    }
    bar.finish_and_clear();
    let interrupted = interruptions.was_interrupted();
    interruptions.end();
    let progress = all.progress();
    let result = json!({
        "total": progress.total,
        "registered": progress.registered,
        "found": progress.found,
        "elsewhere": progress.elsewhere,
        "failed": progress.failed,
        "rate_limited": progress.rate_limited,
        "interrupted": interrupted,
        "registrations": lines,
    });
    output.result(&result, || summary(progress))?;
    Ok(match exit(&lines) {
        Exit::Done if progress.done() < progress.total => Exit::TryAgain,
        exit => exit,
    })
}

impl Line {
    fn new(ensured: EnsuredName) -> Self {
        let name = ensured.name;
        match ensured.result {
            Ok(done) => Self {
                action: Some(action_name(done.action())),
                client_id: Some(done.registration().client_id().to_owned()),
                error: None,
                name,
            },
            Err(error) => Self {
                action: None,
                client_id: None,
                error: Some(explain("ensure", &name, &error)),
                name,
            },
        }
    }

    /// Returns what a person wants to know: nothing about a client that was as wanted.
    fn text(&self) -> Option<String> {
        let name = clip(&self.name);
        if let Some(failure) = &self.error {
            let why = failure.why.join(": ");
            let fix = failure.fix.as_deref().unwrap_or_default();
            let fix = styled(FAINT, format!("fix: {fix}"));
            return Some(format!("{} {name}  {why}\n  {fix}", styled(BAD, "✗")));
        }
        let (style, sign) = match self.action? {
            "reused" => return None,
            "key_lost" => (WARN, "!"),
            _ => (GOOD, "✓"),
        };
        let (action, id) = (self.action?, self.client_id.as_deref()?);
        let action = if action == "key_lost" {
            "in use, but its registration access token is lost"
        } else {
            action
        };
        let id = styled(FAINT, id);
        Some(format!("{} {name}  {action}  {id}", styled(style, sign)))
    }
}

fn style() -> ProgressStyle {
    let template = "{bar:30} {pos} of {len} {msg}";
    ProgressStyle::with_template(template).expect("the template is valid")
}

fn remark(progress: Progress) -> String {
    let mut remark = String::new();
    if progress.failed > 0 {
        remark += &format!(", {} failed", progress.failed);
    }
    if progress.rate_limited > 0 {
        remark += ", slowed down by the server's rate limit";
    }
    remark
}

fn summary(progress: Progress) -> String {
    let Progress {
        total,
        registered,
        found,
        elsewhere,
        failed,
        ..
    } = progress;
    let plural = if total == 1 { "" } else { "s" };
    let mut summary =
        format!("{total} registration{plural}: {registered} registered, {found} found");
    if elsewhere > 0 {
        summary += &format!(", {elsewhere} by other processes");
    }
    summary += &format!(", {failed} failed");
    let missing = total - progress.done();
    if missing > 0 {
        summary += &format!(", {missing} not done");
    }
    let style = if failed + missing > 0 { BAD } else { GOOD };
    styled(style, summary)
}

/// Returns the exit code: that of the failures if they all have the same.
fn exit(lines: &[Line]) -> Exit {
    let lost = |line: &Line| line.action == Some("key_lost");
    let exits = lines.iter().filter_map(|line| match &line.error {
        Some(failure) => Some(failure.exit),
        None => lost(line).then_some(Exit::Attention),
    });
    let mut exits: Vec<Exit> = exits.collect();
    exits.dedup();
    match exits[..] {
        [] => Exit::Done,
        [exit] => exit,
        _ => Exit::Failed,
    }
}
