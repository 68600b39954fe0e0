# Creates a cluster and runs its server. Stops and removes both when standard input ends, which also
# happens when the process at its other end is killed.
folder=$1 programs=$2 port=$3
"$programs/initdb" --pgdata="$folder/data" --username=postgres --pwfile="$folder/password" \
    --auth=scram-sha-256 --encoding=UTF8 --locale=C --no-sync >"$folder/log" 2>&1 </dev/null || exit 1
"$programs/postgres" -D "$folder/data" -p "$port" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories= -c max_connections=200 >>"$folder/log" 2>&1 </dev/null &
server=$!
cat >/dev/null
# Immediate shutdown: nobody needs the data any more.
kill -QUIT "$server"
wait "$server"
rm -rf "$folder"
