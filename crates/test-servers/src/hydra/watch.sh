# Migrates the database and runs Hydra on it. Kills Hydra and removes the folder when standard input ends: also
# when the process at the other end was killed. The file `pid` names Hydra's process, and the file `ended` says
# that it has ended.
folder=$1 program=$2
exec 3<&0
if "$program" migrate sql --yes --read-from-env --config "$folder/hydra.json" \
    >"$folder/log" 2>&1 </dev/null 3<&-; then
    "$program" serve all --dev --sqa-opt-out --config "$folder/hydra.json" \
        >"$folder/log" 2>&1 </dev/null 3<&- &
    server=$!
    echo "$server" >"$folder/pid"
    {
        cat >/dev/null
        [ -e "$folder/ended" ] || kill -KILL "$server"
    } <&3 &
    wait "$server"
fi
echo >"$folder/ended"
cat <&3 >/dev/null
rm -rf "$folder"
