#!/usr/bin/env bash
# Tests scripts/description: what it refuses, and what it makes of texts.
set -euo pipefail
scripts=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
PACKAGES=$("$scripts/tools/yaml.sh")
export PACKAGES
cd "$scripts"
python3 -B -m unittest discover --start-directory description/tests --top-level-directory . "$@"
