#!/usr/bin/env bash
# Prints the folder of the Python package that yaml.txt pins, which reads YAML.
set -euo pipefail
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"
pip_package yaml "the Python package that reads YAML"
