#!/bin/bash
# wattle energy with what goes wrong: signals while a program runs, a meter that is killed, a reader that goes.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/fault/lib.sh
. "${top_srcdir:-.}/tests/fault/lib.sh"

# begin COMMAND... : measures it in the background, in the folder that marks what is started; waits until it runs.
begin() {
	rm -f "$scratch/here/runs"
	(cd "$scratch/here" && exec "$build/wattle" energy --energy none --quiet -- sh -c "$1") >"$scratch/out" 2>"$scratch/err" &
	run=$!
	within 20 test -e "$scratch/here/runs" || fail "it does not run: $1"
}

# over STATUS NAME : waits for it; nothing may be left.
over() {
	local status=0
	wait "$run" || status=$?
	[ "$status" -eq "$1" ] || fail "$2: status $status, not $1: $(cat "$scratch/err")"
	gone "$2"
}

# What ends us ends the program, whose end is told like any other.
begin 'touch runs; exec sleep 100'
kill -TERM "$run"
over 143 'terminated'
grep -q '  time ' "$scratch/err" || fail "no figures of a program that was ended: $(cat "$scratch/err")"

# The terminal's interrupt is the program's business: it may go on.
begin 'trap "exit 9" USR1; touch runs; while :; do sleep 0.05; done'
kill -INT "$run"
kill -USR1 "$(pgrep -P "$run" -x sh)"
over 9 'interrupted'

# Without its meter the program runs on, and there are no figures.
begin 'touch runs; while [ ! -e end ]; do sleep 0.05; done'
kill -KILL "$(child wattle-meter)"
meter_gone() { ! child wattle-meter >/dev/null; }
within 20 meter_gone
touch "$scratch/here/end"
over 5 'meter killed'
grep -q 'the meter was killed by signal 9' "$scratch/err" || fail "meter killed: $(cat "$scratch/err")"
grep -q '  time ' "$scratch/err" && fail 'figures without a meter'

# refused STATUS TEXT ARGUMENTS... : of wattle energy.
refused() {
	local status=0
	timeout 20 "$build/wattle" energy "${@:3}" >"$scratch/out" 2>"$scratch/err" || status=$?
	[ "$status" -eq "$1" ] || fail "wattle energy ${*:3}: status $status, not $1"
	grep -q -- "$2" "$scratch/err" || fail "wattle energy ${*:3}: $(cat "$scratch/err")"
}
refused 2 'usage:' --
refused 2 'usage:' watch -- true
refused 2 'did you mean .watch' wacth
refused 2 'is measured behind --' true
refused 2 'unknown flag' -q -- true
refused 2 '--region: no region.*did you mean .Norway' --region norwy -- true
refused 2 '--embodied wants' --embodied 300 -- true
refused 2 'pue' --pue 0.5 -- true
refused 4 'no sensor measures here' --energy none --require measured -- touch "$scratch/ran"
[ ! -e "$scratch/ran" ] || fail 'it ran although nothing measures'
refused 4 'no sensor measures here' watch --energy none
for what in '' watch calibrate '-- true'; do
	# shellcheck disable=SC2086 # words of their own
	refused 2 'replay:FILE works with wattle run only' --energy replay:a.trace $what
done
: >"$scratch/there"
refused 4 'cannot create' --out "$scratch/there" -- true

exit $failed
