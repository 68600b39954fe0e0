//! Finds out what is wrong with a setup of Ory, and how to fix it.

mod checks;
mod examination;
mod finding;
mod probe;
mod render;
mod trouble;
mod visit;

pub(crate) use examination::{Examination, examine};
pub(crate) use finding::Severity;
pub(crate) use render::text;
