#!/usr/bin/env bash
# Runs a program until standard input ends, that is, until whoever started this wants it to end or is gone.
# The program ends by an interrupt or, after ten seconds, for good.
exec 3<&0
"$@" 3<&- </dev/null &
program=$!
{
    cat <&3
    kill -INT $program && sleep 10 && kill -KILL $program
} >/dev/null 2>&1 &
watch=$!
wait $program
code=$?
kill $watch
exit $code
