//! What callers, servers and networks do wrong: each gets a clear error, and nothing is lost.

mod addresses;
mod bodies;
mod connections;
mod redirects;
