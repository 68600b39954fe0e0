//! What every store of registrations keeps to, and what each one adds.

mod rules;
mod suite;
#[cfg_attr(not(unix), allow(dead_code))]
mod support;

#[cfg(unix)]
mod damaged_files;
#[cfg(feature = "encryption")]
mod encryption;
mod fixture;
#[cfg(unix)]
mod folders;
mod memory;
#[cfg(unix)]
mod other_process;
#[cfg(unix)]
mod processes;
#[cfg(unix)]
mod unsafe_files;
mod versions;
