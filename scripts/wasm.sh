#!/usr/bin/env bash
# Checks the libraries that work in WebAssembly, and runs them in Node.js and in a browser: examples/wasm on
# the mock server.
set -euo pipefail
. "$(dirname -- "${BASH_SOURCE[0]}")/tools/lib.sh"
cd -- "$root"

cargo=${CARGO:-cargo}
target=wasm32-unknown-unknown
node=$(scripts/tools/node.sh)
browser=$(scripts/tools/chromium.sh)
scripts/tools/rust-target.sh "$target"

"$cargo" clippy --locked --target "$target" --package ory-oidc-core --package ory-oidc-gen --package ory-oidc \
    --package ory-oidc-wasm --no-default-features -- -D warnings
"$cargo" build --locked --target "$target" --package ory-oidc-wasm
"$cargo" build --locked --package wasm-bindgen-js
# With the features of `make test`, so that what was compiled for it serves here, too.
"$cargo" build --locked --workspace --features "$(python3 scripts/workspace.py features)" --bin ory-oidc-mock

built=$("$cargo" metadata --format-version 1 --no-deps --locked |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
module=$built/ory-oidc-wasm
"$built/debug/wasm-bindgen-js" "$built/$target/debug/ory_oidc_wasm.wasm" "$module"
# Says to Node.js that the JavaScript is a module.
echo '{"type": "module"}' >"$module/package.json"
CHROMIUM=$browser ORY_WASM=$module ORY_MOCK=$built/debug/ory-oidc-mock \
    "$node" --test --test-timeout=60000 examples/wasm/tests/*.test.mjs
