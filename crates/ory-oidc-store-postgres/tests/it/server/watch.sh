# Makes a cluster, runs its server, and stops and removes both when standard input ends: also when
# the process at its other end was killed.
folder=$1 programs=$2 port=$3
"$programs/initdb" --pgdata="$folder/data" --username=postgres --pwfile="$folder/password" \
    --auth=scram-sha-256 --encoding=UTF8 --locale=C --no-sync >"$folder/log" 2>&1 </dev/null || exit 1
"$programs/postgres" -D "$folder/data" -p "$port" -c listen_addresses=127.0.0.1 \
    -c unix_socket_directories= -c max_connections=200 >>"$folder/log" 2>&1 </dev/null &
server=$!
cat >/dev/null
# At once: nobody needs these data any more.
kill -QUIT "$server"
wait "$server"
rm -rf "$folder"
