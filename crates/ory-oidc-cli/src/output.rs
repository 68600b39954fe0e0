//! What the program prints: text for people, or one JSON document.

use crate::exit::Exit;
use crate::failure::Failure;
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use serde_json::json;
use std::fmt::Display;
use std::io::{self, Write as _};

pub(crate) const STRONG: Style = Style::new().bold();
pub(crate) const FAINT: Style = Style::new().dimmed();
pub(crate) const GOOD: Style = AnsiColor::Green.on_default();
pub(crate) const BAD: Style = AnsiColor::Red.on_default().bold();
pub(crate) const WARN: Style = AnsiColor::Yellow.on_default().bold();

/// The width at which sentences are wrapped if the output is not a terminal.
const DEFAULT_WIDTH: usize = 100;
const MIN_WIDTH: usize = 40;

/// How a command prints its result.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    pub(crate) json: bool,
    pub(crate) show_secrets: bool,
}

impl Output {
    /// Prints a result as JSON or as text.
    pub(crate) fn result(
        self,
        value: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        let printed = if self.json {
            let value = serde_json::to_value(value).expect("results are plain data");
            print(&format!("{value:#}"))
        } else {
            print(&text())
        };
        printed.map_err(|error| {
            Failure::new(
                "output_failed",
                "the command is done, but its result could not be written",
            )
            .why(error.to_string())
            .fix("`ory-oidc show NAME` shows a stored registration")
            .exit(Exit::Attention)
        })
    }

    /// Tells people something that is not part of the result.
    pub(crate) fn note(self, text: &str) {
        if !self.json {
            notice(text);
        }
    }

    pub(crate) fn failure(self, failure: &Failure) {
        let document = self
            .json
            .then(|| format!("{:#}", json!({ "error": failure })));
        let printed = document.is_some_and(|document| print(&document).is_ok());
        if !printed {
            eprint(&failure_text(failure));
        }
    }
}

/// Prints lines to the standard output. Colours are removed if they are not wanted. A reader that
/// has gone away is no failure.
pub(crate) fn print(text: &str) -> io::Result<()> {
    let mut out = anstream::stdout().lock();
    let written = writeln!(out, "{}", text.trim_end()).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        written => written,
    }
}

/// Tells people something in the course of a command, also beside JSON.
pub(crate) fn notice(text: &str) {
    eprint(&styled(FAINT, text));
}

fn eprint(text: &str) {
    let mut out = anstream::stderr().lock();
    let _ = writeln!(out, "{}", text.trim_end());
}

pub(crate) fn styled(style: Style, text: impl Display) -> String {
    format!("{style}{text}{style:#}")
}

fn failure_text(failure: &Failure) -> String {
    let mut text = format!("{} {}\n", styled(BAD, "error:"), failure.what);
    for why in &failure.why {
        text += &labelled("why", why, 2);
    }
    if let Some(fix) = &failure.fix {
        text += &labelled("fix", fix, 2);
    }
    text
}

/// Returns a paragraph after a label: wrapped to the width of the terminal, and indented.
pub(crate) fn labelled(label: &str, text: &str, indent: usize) -> String {
    let hanging = indent + label.chars().count() + 2;
    let start = format!("{:indent$}{}", "", styled(FAINT, label));
    paragraph(&start, hanging, text)
}

/// Returns a paragraph that begins after `start` and whose other lines are indented.
pub(crate) fn paragraph(start: &str, hanging: usize, text: &str) -> String {
    let room = width().saturating_sub(hanging).max(MIN_WIDTH);
    let mut lines = text.lines().flat_map(|line| wrap(line, room));
    let first = lines.next().unwrap_or_default();
    let mut paragraph = format!("{start}  {first}\n");
    for line in lines {
        paragraph += &format!("{:hanging$}{line}\n", "");
    }
    paragraph
}

fn width() -> usize {
    let terminal = terminal_size::terminal_size();
    terminal.map_or(DEFAULT_WIDTH, |(columns, _)| {
        usize::from(columns.0).min(DEFAULT_WIDTH)
    })
}

fn wrap(line: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in line.split(' ') {
        let current = lines.last_mut().expect("it starts with a line");
        let length = current.chars().count() + 1 + word.chars().count();
        if current.is_empty() {
            current.push_str(word);
        } else if length <= room {
            current.push(' ');
            current.push_str(word);
        } else {
            lines.push(word.to_owned());
        }
    }
    lines
}
