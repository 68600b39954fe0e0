#!/usr/bin/env bash
# Runs a program until standard input is closed, that is, until the parent process closes it or exits.
# Sends STOP_SIGNAL (INT by default) to the program and, after ten seconds, SIGKILL.
exec 3<&0
"$@" 3<&- </dev/null &
program=$!
{
    cat <&3
    kill -"${STOP_SIGNAL:-INT}" $program && sleep 10 && kill -KILL $program
} >/dev/null 2>&1 &
watch=$!
wait $program
code=$?
kill $watch
exit $code
