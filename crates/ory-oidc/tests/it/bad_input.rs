//! Invalid input from callers, servers and networks: each gives a clear error, and nothing is lost.

mod addresses;
mod bodies;
mod connections;
mod redirects;
