#!/usr/bin/env bash
# Makes sure that Rust's standard library is there for other platforms.
#
#   scripts/tools/rust-target.sh TARGET...
set -euo pipefail
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

for target; do
    library=$("${RUSTC:-rustc}" --print target-libdir --target "$target") || die "this Rust does not know $target"
    [ -d "$library" ] && continue
    command -v rustup >/dev/null || die "Rust's standard library for $target is missing; install it, or rustup, which does"
    echo "fetching Rust's standard library for $target" >&2
    rustup target add "$target" >&2
done
