//! The rules that all stores keep, and what each store adds.

mod conformance;
mod suite;
#[cfg_attr(not(unix), allow(dead_code))]
mod support;

#[cfg(unix)]
mod damaged_files;
#[cfg(unix)]
mod directories;
mod encryption;
mod fixture;
#[cfg(unix)]
mod limits;
mod memory;
mod nul_characters;
#[cfg(unix)]
mod other_process;
#[cfg(unix)]
mod processes;
#[cfg(unix)]
mod unsafe_files;
mod versions;
