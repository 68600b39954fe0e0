#!/usr/bin/env bash
# Says in one line each what this machine lacks, before anything takes long; then finds or fetches the rest, and prints
# where each program is.
set -euo pipefail
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

lacking=0
lacks() {
    echo "tools: $1" >&2
    lacking=$((lacking + 1))
}

# --- what only a person can install ------------------------------------------------------------------------------------

if command -v python3 >/dev/null && python3 -c 'import sys; sys.exit(sys.version_info < (3, 10))'; then
    python3 -m pip --version >/dev/null 2>&1 || lacks "pip is missing for $(command -v python3) (Debian: python3-pip)"
else
    lacks "Python 3.10 or newer is missing"
fi
for compiler in "${CC:-}" cc gcc clang; do
    [ -n "$compiler" ] && command -v "$compiler" >/dev/null && break
    [ "$compiler" != clang ] || lacks "a C compiler is missing (Debian: build-essential)"
done
cargo=${CARGO:-cargo}
if command -v "$cargo" >/dev/null; then
    if command -v python3 >/dev/null; then
        wanted=$(python3 "$root/scripts/workspace.py" rust-versions | tail -n 1 | cut -d ' ' -f 1)
        version=$("${RUSTC:-rustc}" --version | cut -d ' ' -f 2)
        at_least "$wanted" "$version" || lacks "Rust $wanted or newer is needed, and this is $version; run 'rustup update'"
    fi
    "$cargo" clippy --version >/dev/null 2>&1 || lacks "clippy is missing; run 'rustup component add clippy'"
    "$cargo" fmt --version >/dev/null 2>&1 || lacks "rustfmt is missing; run 'rustup component add rustfmt'"
else
    lacks "Rust is missing; see https://rustup.rs"
fi
[ "$lacking" = 0 ] || exit 1

# --- what can be fetched -----------------------------------------------------------------------------------------------

# found NAME SCRIPT: prints where a program is. An error message of the script is shown, and the others are looked for too.
found() {
    local path
    if path=$("$root/scripts/tools/$2.sh"); then
        printf 'tools: %-10s %s\n' "$1" "$path"
    else
        lacking=$((lacking + 1))
    fi
}

# First, as it may be what a person has to install.
found browser chromium
found node node
if command -v docker >/dev/null && docker info >/dev/null 2>&1; then
    echo "tools: java       not needed, as Docker runs the generator"
else
    found java java
fi
found yaml yaml
found go go
found postgres postgres
# For `make wasm`.
"$root/scripts/tools/rust-target.sh" wasm32-unknown-unknown || lacking=$((lacking + 1))
[ "$lacking" = 0 ]
