#!/bin/sh
# Measures what a dependency adds to a cold release build: seconds and crates, compared with
# a bare reqwest with the same TLS. Takes more than ten minutes. See the README.
#
#   build-cost.sh [ours | peers]
#   build-cost.sh crates           only counts the crates, in seconds
set -eu

here=$(cd "$(dirname "$0")" && pwd)
crates=$(cd "$here/../crates" && pwd)
export CARGO_BUILD_JOBS="${CARGO_BUILD_JOBS:-2}"
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
trap 'exit 1' INT TERM

# Another running compiler would distort the measurement.
wait_until_alone() {
    while pgrep -x cargo >/dev/null; do sleep 5; done
}

# Records whether another compiler starts during the build. Runs until it is killed.
watch_others() {
    while sleep 1; do
        if [ "$(pgrep -x cargo | wc -l)" -gt 1 ]; then touch "$folder/disturbed"; fi
    done
}

# Creates a program with one dependency. Arguments: row name, manifest line.
project() {
    mkdir -p "$folder/$1/src"
    cat >"$folder/$1/Cargo.toml" <<EOF
[package]
name = "cost"
version = "0.0.0"
edition = "2024"

[workspace]

[dependencies]
$2
EOF
    echo 'fn main() {}' >"$folder/$1/src/main.rs"
}

# Counts the crates that are compiled on this machine, including build scripts and macros.
count_crates() {
    cargo tree --manifest-path "$folder/$1/Cargo.toml" --edges normal,build --prefix none |
        sed 's/ (\*)$//' | sort -u | wc -l
}

# Builds from scratch. Prints the wall-clock seconds and the CPU seconds.
build() {
    cargo fetch --quiet --manifest-path "$folder/$1/Cargo.toml"
    rm -rf "$folder/target" "$folder/disturbed"
    wait_until_alone
    watch_others >/dev/null &
    watcher=$!
    result=0
    TIMEFORMAT='%R %U %S' bash -c '
        time cargo build --release --manifest-path "$0" --target-dir "$1" 2>"$2"
    ' "$folder/$1/Cargo.toml" "$folder/target" "$folder/log" 2>"$folder/time" || result=$?
    kill "$watcher"
    if [ "$result" -ne 0 ]; then
        cat "$folder/log" >&2
        return 1
    fi
    awk '{ print $1, $2 + $3 }' "$folder/time"
}

# Measures a row and compares it with the last base row. Arguments: row name, `base` or `over`,
# manifest line.
row() {
    project "$1" "$3"
    if [ "$only_crates" = yes ]; then
        count=$(count_crates "$1")
        if [ "$2" = base ]; then base_count=$count; fi
        printf '%-18s %6d %+6d\n' "$1" "$count" $((count - base_count))
        return
    fi
    cost=$(build "$1")
    wall=${cost% *}
    cpu=${cost#* }
    count=$(count_crates "$1")
    note=
    if [ -e "$folder/disturbed" ]; then note='  disturbed by another compiler'; fi
    if [ "$2" = base ]; then
        base_wall=$wall base_cpu=$cpu base_count=$count
        printf '%-18s %8.1f %8s %8.1f %8s %6d %6s%s\n' "$1" "$wall" '' "$cpu" '' "$count" '' "$note"
    else
        awk -v n="$1" -v w="$wall" -v bw="$base_wall" -v c="$cpu" -v bc="$base_cpu" \
            -v k="$count" -v bk="$base_count" -v note="$note" 'BEGIN {
            printf "%-18s %8.1f %+8.1f %8.1f %+8.1f %6d %+6d%s\n", \
                n, w, w - bw, c, c - bc, k, k - bk, note
        }'
    fi
}

ours() {
    row reqwest-0.13 base 'reqwest = { version = "0.13", default-features = false, features = ["rustls"] }'
    row ory-oidc-gen over "ory-oidc-gen = { path = \"$crates/ory-oidc-gen\" }"
    row ory-oidc over "ory-oidc = { path = \"$crates/ory-oidc\" }"
}

peers() {
    row reqwest-0.12 base 'reqwest = { version = "0.12", default-features = false, features = ["rustls-tls"] }'
    row ory-hydra-client over 'ory-hydra-client = { version = "26.2", default-features = false, features = ["rustls-tls"] }'
    row ory-client over 'ory-client = { version = "1.22", default-features = false, features = ["rustls-tls"] }'
    row openidconnect over 'openidconnect = { version = "4.1", default-features = false, features = ["reqwest", "rustls-tls"] }'
}

headings() {
    printf '%-18s %8s %8s %8s %8s %6s %6s\n' 'cold release build' seconds more 'CPU s' more crates more
}

only_crates=no
case "${1:-all}" in
    ours) headings; ours ;;
    peers) headings; peers ;;
    all) headings; ours; peers ;;
    crates)
        only_crates=yes
        printf '%-18s %6s %6s\n' '' crates more
        ours; peers ;;
    *) echo "usage: $0 [ours | peers | crates]" >&2; exit 2 ;;
esac
