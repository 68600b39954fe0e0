//! The tests of the stores and of the keeper.

mod keeper;
mod many;
mod stores;
