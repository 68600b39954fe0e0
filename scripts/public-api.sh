#!/usr/bin/env bash
# The public API of each library crate, an item a line, in api/CRATE.txt.
#
#   scripts/public-api.sh           writes the files
#   scripts/public-api.sh --check   fails when a file differs from the code; a pull request shows each change of the API.
#                                   Fails, too, when something that users see has no example
#
# rustdoc writes its JSON in a format of its own for nearly each release, so one release of Rust makes the files.
set -euo pipefail
export LC_ALL=C
cd -- "$(dirname -- "${BASH_SOURCE[0]}")/.."

rust=1.95
cargo=${CARGO:-cargo}

die() {
    echo "public-api: $1" >&2
    exit 1
}

case ${1:-} in
--rust-version)
    echo "$rust"
    exit
    ;;
"" | --check) ;;
*) die "usage: scripts/public-api.sh [--check]" ;;
esac

version=$("${RUSTC:-rustc}" --version | cut -d ' ' -f 2)
if [[ $version != "$rust".* ]]; then
    advice="the files in api/ are made with Rust $rust, and this is Rust $version"
    [ "${1:-}" = --check ] || die "$advice; run 'rustup run $rust make public-api'"
    echo "public-api: skipped, as $advice"
    exit
fi

work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
# Only rustdoc is told to accept unstable options: what Cargo compiled for other commands serves here, too.
printf '#!/bin/sh\nRUSTC_BOOTSTRAP=1 exec "%s" "$@"\n' "$(command -v "${RUSTDOC:-rustdoc}")" >"$work/rustdoc"
chmod +x "$work/rustdoc"

"$cargo" build --quiet --locked --package public-api-text
target=$("$cargo" metadata --format-version 1 --no-deps --locked |
    python3 -c 'import json, sys; print(json.load(sys.stdin)["target_directory"])')
libraries=$(python3 scripts/workspace.py libraries)
mkdir "$work/api"
json=()
for crate in $libraries; do
    RUSTDOC=$work/rustdoc "$cargo" rustdoc --quiet --locked --package "$crate" --lib \
        --features "$(python3 scripts/workspace.py features "$crate")" -- \
        -Z unstable-options --output-format json --cap-lints allow
    file=$target/doc/${crate//-/_}.json
    json+=("$file")
    "$target/debug/public-api-text" "$file" >"$work/api/$crate.txt"
done

if [ "${1:-}" = --check ]; then
    if ! diff -ruN api "$work/api" >"$work/diff"; then
        head -n 60 "$work/diff" >&2
        die "the public API differs from api/; run 'make public-api' and say in CHANGELOG.md what changed"
    fi
    echo "public-api: api/ is up to date for $(wc -w <<<"$libraries" | tr -d ' ') crates"
    python3 scripts/check_examples.py "${json[@]}"
else
    rm -rf api
    cp -R "$work/api" api
    echo "public-api: wrote api/"
fi
