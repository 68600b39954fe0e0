# Makes a cluster and runs its server. Reads the orders `kill` and `start` from standard input, and stops the
# server and removes the folder when standard input ends: also when the process at the other end was killed.
folder=$1 programs=$2 port=$3

# Not synchronized with the disk: the data outlive a crash of the server, but not one of the machine.
start() {
    "$programs/postgres" -D "$folder/data" -p "$port" -c listen_addresses=127.0.0.1 \
        -c unix_socket_directories= -c max_connections=200 \
        -c max_prepared_transactions=2 -c fsync=off >>"$folder/log" 2>&1 </dev/null &
    server=$!
}

# Without a checkpoint, as after a crash. A paused server continues, to receive the signal.
stop() {
    kill -CONT "$server"
    kill -QUIT "$server"
    wait "$server"
}

"$programs/initdb" --pgdata="$folder/data" --username=postgres --pwfile="$folder/password" \
    --auth=scram-sha-256 --encoding=UTF8 --locale=C --no-sync >"$folder/log" 2>&1 </dev/null || exit 1
start
while read -r order; do
    case $order in
    kill) stop ;;
    start) start ;;
    esac
done
stop
rm -rf "$folder"
