#!/usr/bin/env bash
# Kept for crates/ory-oidc/tests/browser/world.mjs, which calls the script by this name.
exec "$(dirname -- "${BASH_SOURCE[0]}")/tools/chromium.sh"
