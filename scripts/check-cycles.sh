#!/usr/bin/env bash
# Fails when modules of a library crate use each other in a circle, and names the lines that make it.
# scripts/module-cycles says what counts as a use. Circles among crates are refused by Cargo itself.
set -euo pipefail
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

sources=$(python3 scripts/workspace.py sources)
# One argument for each crate; the paths hold no spaces.
# shellcheck disable=SC2086
exec "${CARGO:-cargo}" run --quiet --locked --package module-cycles -- $sources
