#!/usr/bin/env bash
# Prints the path of openapi-generator's JAR, in the version and with the checksum that generator-config.yaml pins.
#
#   scripts/tools/generator.sh --check-pins   only checks that all pins are of one version
#
# generator-config.yaml pins the version, the JAR and the Docker image; generator.txt pins the package that holds the JAR. The JAR
# says its version, so a checksum of another version is noticed here. A digest of another version is noticed when the image has
# run: scripts/generate.sh compares the version that it wrote.
set -euo pipefail
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

pinned() {
    sed -n "s/^  $1: *//p" "$root/generator-config.yaml"
}

checksum() {
    if command -v sha256sum >/dev/null; then sha256sum "$1"; else shasum -a 256 "$1"; fi | cut -d ' ' -f 1
}

version=$(pinned generatorVersion)
grep -q "^openapi-generator-cli==$version " "$root/scripts/tools/generator.txt" ||
    die "scripts/tools/generator.txt does not pin the version of generator-config.yaml, which is $version"
pinned generatorImageDigest | grep -qE '^sha256:[0-9a-f]{64}$' ||
    die "generatorImageDigest in generator-config.yaml is not a SHA-256 digest"
[ "${1:-}" != --check-pins ] || exit 0

jar=$tools/generator/openapi-generator-$version.jar
if [ ! -f "$jar" ]; then
    python3 -m pip --version >/dev/null 2>&1 || die "python3 with pip is missing: it fetches the generator's JAR"
    mkdir -p "$tools/generator"
    work=$(mktemp -d "$tools/generator/fetch.XXXXXX")
    trap 'rm -rf -- "$work"' EXIT
    python3 -m pip download --quiet --no-deps --require-hashes --dest "$work" \
        --requirement "$root/scripts/tools/generator.txt" >"$work/log" 2>&1 ||
        die "the generator's JAR could not be fetched: $(grep -m 1 ERROR "$work/log" || tail -n 1 "$work/log")"
    python3 - "$work" "$work/openapi-generator.jar" <<'PY' || die "the generator's package holds no JAR"
import pathlib, sys, zipfile
wheel = next(pathlib.Path(sys.argv[1]).glob("*.whl"))
with zipfile.ZipFile(wheel) as package:
    pathlib.Path(sys.argv[2]).write_bytes(package.read("openapi_generator_cli/openapi-generator.jar"))
PY
    mv "$work/openapi-generator.jar" "$jar"
fi
[ "$(checksum "$jar")" = "$(pinned generatorJarSha256)" ] ||
    die "$jar has the wrong checksum; delete it to have it fetched again"
python3 - "$jar" "$version" <<'PY' || die "generatorJarSha256 in generator-config.yaml is not that of version $version"
import sys, zipfile
with zipfile.ZipFile(sys.argv[1]) as jar:
    manifest = jar.read("META-INF/MANIFEST.MF").decode().lower()
sys.exit(f"implementation-version: {sys.argv[2]}" not in manifest.splitlines())
PY
printf '%s\n' "$jar"
