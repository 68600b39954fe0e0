//! Finds what is wrong with a set-up of Ory, and says what to do about it.

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
