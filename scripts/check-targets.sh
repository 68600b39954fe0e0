#!/usr/bin/env bash
# Checks the published crates for Windows and macOS, on Linux. Nothing is linked or run: the workflow does that, on machines
# with these systems. Some dependencies are written in C, which Zig compiles.
#
#   scripts/check-targets.sh [TARGET...]
set -euo pipefail
. "$(dirname -- "${BASH_SOURCE[0]}")/tools/lib.sh"
cd -- "$root"

targets=("$@")
[ $# -gt 0 ] || targets=(x86_64-pc-windows-gnu aarch64-apple-darwin)

scripts/tools/rust-target.sh "${targets[@]}"
zig=$(pip_package ziglang "Zig")/ziglang/zig
zigbuild=$(pip_package cargo-zigbuild "cargo-zigbuild")/bin/cargo-zigbuild
built=$("${CARGO:-cargo}" metadata --format-version 1 --no-deps --locked |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
export CARGO_ZIGBUILD_ZIG_PATH=$zig CARGO_ZIGBUILD_CACHE_DIR=$built/zigbuild ZIG_GLOBAL_CACHE_DIR=$built/zig
# Lets aws-lc-sys build for Windows without NASM.
export AWS_LC_SYS_PREBUILT_NASM=1

packages=()
for package in $(python3 scripts/workspace.py published); do packages+=(--package "$package"); done
for target in "${targets[@]}"; do
    echo "checking for $target"
    "$zigbuild" clippy --locked --target "$target" "${packages[@]}" -- -D warnings
done
