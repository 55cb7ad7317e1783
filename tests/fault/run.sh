#!/bin/bash
# A run whose processes are killed, interrupted or out of time: the records end with run-end, the exit status is right, and no
# process is left behind.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/fault/lib.sh
. "${top_srcdir:-.}/tests/fault/lib.sh"

start "$scratch/long.lua"
await '"type":"trial"'
kill -9 "$(child wattle-worker)"
ends 5 'worker killed'
grep -q '"why":"the worker was killed by signal 9' "$scratch/out" || fail 'run-end does not say who was killed'

start "$scratch/long.lua"
await '"type":"trial"'
kill -9 "$(child wattle-meter)"
ends 5 'meter killed'
grep -q '"why":"the meter was killed by signal 9' <(tail -n 1 "$scratch/out") || fail 'run-end does not say that the meter was killed'
grep '"type":"error"' "$scratch/out" | grep -q 'long.lua' && fail 'a dead meter is blamed on the script'

start "$scratch/long.lua"
await '"type":"trial"'
kill -INT "$run"
ends 130 'interrupted once'
grep -q '"type":"verdict"' "$scratch/out" || fail 'whole blocks were not kept'

start "$scratch/long.lua"
await '"type":"trial"'
for _ in 1 2 3 4 5; do kill -INT "$run"; done
ends 130 'interrupted five times'

start "$scratch/long.lua"
await '"type":"trial"'
kill -TERM "$run"
ends 143 'terminated'

start "$scratch/long.lua"
await '"type":"trial"'
kill -QUIT "$run"
ends 131 'quit'

start "$scratch/long.lua" --time-limit 1
ends 5 'time limit'
grep -q 'time limit' "$scratch/out" || fail 'the time limit is not named'

# The reader itself dies: nobody is there to say so, but nobody must be left either.
start "$scratch/long.lua"
await '"type":"trial"'
kill -9 "$run"
wait "$run" 2>/dev/null
gone 'reader killed' folder

# Scripts that try to stay: the language stops them softly.
hostile() {
	printf '%s\n' "$2" >"$scratch/hostile.lua"
	start "$scratch/hostile.lua" --time-limit 1
	ends "$3" "$1"
}
hostile 'endless loop' 'while true do end' 5
hostile 'endless loop in pcall' 'while true do pcall(function() while true do end end) end' 5
hostile 'memory bomb' 'local t = {} for i = 1, 1e12 do t[i] = ("x"):rep(1000) .. i end' 5
hostile 'os.execute' 'os.execute("id")' 3
hostile 'a table that is no experiment' 'return {}' 3

# What the command line itself refuses.
refused() {
	local status=0
	timeout 20 "$build/wattle" "${@:2}" >"$scratch/out" 2>"$scratch/err" || status=$?
	[ "$status" -eq "$1" ] || fail "wattle ${*:2}: status $status, not $1"
	[ -s "$scratch/err" ] || fail "wattle ${*:2}: no message"
}
refused 2 fly
refused 2 run
refused 2 run --sed 3 "$scratch/long.lua"
refused 2 run --threads many "$scratch/long.lua"
refused 2 list planes
refused 2 run --seed 9007199254740993 "$scratch/long.lua"
refused 2 --energy none run "$scratch/long.lua"
grep -q 'comes after the command' "$scratch/err" || fail "a flag before its command: $(cat "$scratch/err")"
"$build/wattle" --theme dark list commands >"$scratch/out" 2>"$scratch/err" || fail 'the value of a common flag passes for a command'
refused 3 run "$scratch/absent.lua"
refused 3 run "$scratch"
refused 3 run /dev/null
refused 2 run --kernel dense-magic "$scratch/long.lua"
refused 2 run --set nothing=3 "$scratch/long.lua"
refused 4 run --energy rapl-perf "$scratch/long.lua"
refused 2 run --energy sunshine "$scratch/long.lua"

exit $failed
