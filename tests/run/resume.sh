#!/bin/bash
# A stored experiment that is killed at any instant loses no trial that was finished, and --resume goes on with it by the
# same plan until it ends. RESUME_KILLS (4): how often it is killed.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
script=$source/tests/run/block.lua
RANDOM=7

# trials FILE : arm, block, attempt and accuracy of each finished trial.
trials() {
	grep '"type":"trial"' "$1" | sed 's/.*"arm":"\([^"]*\)","block":\(-*[0-9]*\),"attempt":\([0-9]*\).*"accuracy":\([0-9.]*\).*/\1 \2 \3 \4/' | sort -u
}

run_it() { "$build/wattle" run "$script" --energy none --set design.window=0.1 "$@"; }

# killed NAME SECONDS ARGUMENTS... : runs it for so long; what it wrote into NAME, what is stored of it into stored.
killed() {
	local name=$1 seconds=$2 pid
	shift 2
	(run_it --json "$@" >"$scratch/$name" 2>"$scratch/$name.err") &
	pid=$!
	sleep "$seconds"
	pkill -9 -P "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	# The last line may be torn; the meter and the worker end by themselves.
	sed -i '${/}$/!d}' "$scratch/$name"
	"$build/wattle" runs export last >"$scratch/stored" 2>/dev/null || : >"$scratch/stored"
}

# True when the last run in the store did not end. (One may have ended there although it could not say so any more.)
broken() { [ -s "$scratch/stored" ] && ! grep -q '"type":"run-end"' "$scratch/stored"; }

resume=()
for i in $(seq "${RESUME_KILLS:-4}"); do
	killed "run$i" "0.$(printf '%03d' $((RANDOM % 500)))" "${resume[@]}"
	trials "$scratch/run$i" >"$scratch/seen"
	trials "$scratch/stored" >"$scratch/kept"
	lost=$(comm -23 "$scratch/seen" "$scratch/kept")
	[ -z "$lost" ] || fail "killed for the time $i, these trials were lost: $lost"
	resume=()
	broken && resume=(--resume)
done
for i in 1 2 3 4; do
	broken || killed "more$i" "0.$i"
done
broken || fail 'no run was broken off'
trials "$scratch/stored" >"$scratch/kept"
grep '"type":"run-begin"' "$scratch/stored" | grep -o '"plan":.*' >"$scratch/plan"
status=0
run_it --json --resume >"$scratch/whole" 2>"$scratch/err" || status=$?
[ "$status" -eq 0 ] || [ "$status" -eq 6 ] || fail "going on: status $status: $(cat "$scratch/err")"
grep '"type":"run-begin"' "$scratch/whole" | grep -o '"plan":.*' | cmp -s - "$scratch/plan" || fail 'another plan'
[ "$(grep -c '"type":"run-begin"' "$scratch/whole")" -eq 1 ] || fail 'not one beginning'
tail -n 1 "$scratch/whole" | grep -q '"type":"run-end"' || fail 'no end'
comm -23 "$scratch/kept" <(trials "$scratch/whole") | grep . && fail 'what was kept is not in the whole'
"$build/wattle" runs export last >"$scratch/stored"
cmp -s "$scratch/stored" "$scratch/whole" || fail 'what is stored is not what was written'
for arm in baseline pruned; do
	for block in 0 1; do
		trials "$scratch/whole" | grep -q "^$arm $block " || fail "no trial of $arm in block $block"
	done
done
run_it --resume --quiet >"$scratch/out" 2>"$scratch/err"
[ $? -eq 4 ] || fail 'a run that has ended was gone on with'
grep -q 'was broken off' "$scratch/err" || fail "it was said otherwise: $(cat "$scratch/err")"

export_last() { "$build/wattle" runs export last >"$scratch/$1" 2>/dev/null; }

# refuses NAME WORDS STATUS : --resume says so, and the stored run stays as it was.
refuses() {
	export_last before
	run_it --resume --json >"$scratch/out" 2>"$scratch/err"
	[ $? -eq "$3" ] || fail "$1: status is not $3: $(cat "$scratch/err")"
	grep -q "$2" "$scratch/err" || fail "$1: $(cat "$scratch/err")"
	export_last after
	cmp -s "$scratch/before" "$scratch/after" || fail "$1: the stored run was changed"
}

# ended SIGNAL : an experiment that is ended by it after its first trial.
ended() {
	rm -f "$scratch/ended"
	(
		trap - INT
		exec "$build/wattle" run "$script" --energy none --set design.window=0.1 --json >"$scratch/ended" 2>&1
	) &
	pid=$!
	until_says ended '"type":"trial".*"block":0'
	kill -s "$1" "$pid"
	wait "$pid" 2>/dev/null
}

# What cannot be gone on with stays as it is: another plan, another processor, a limit that is too short.
ended KILL
if command -v sqlite3 >/dev/null; then
	db=$HOME/.local/share/wattle/runs.db
	head_is() { sqlite3 "$db" "UPDATE record SET json = replace(json, '$1', '$2') WHERE seq = 0 AND run = (SELECT id FROM run ORDER BY began DESC LIMIT 1)"; }
	head_is '"repeats":2' '"repeats":3'
	refuses 'another plan' 'had another plan' 4
	head_is '"repeats":3' '"repeats":2'
	head_is '"cpu":{"model":"' '"cpu":{"model":"Other '
	refuses 'another processor' 'ran on another processor' 4
	head_is '"cpu":{"model":"Other ' '"cpu":{"model":"'
	# A run that took longer than the machine is up.
	sqlite3 "$db" "UPDATE record SET json = json_set(json, '\$.t_ns', 100000000000000) WHERE run = (SELECT id FROM run ORDER BY began DESC LIMIT 1) AND seq = (SELECT max(seq) FROM record WHERE run = (SELECT id FROM run ORDER BY began DESC LIMIT 1))"
fi
"$build/wattle" run "$script" --energy none --set design.window=0.1 --resume --no-store >"$scratch/out" 2>&1
[ $? -eq 2 ] || fail '--resume --no-store was taken'
run_it --resume --quiet >"$scratch/out" 2>"$scratch/err" || [ $? -eq 6 ] || fail "after a long time: $(cat "$scratch/err")"

# What was ended by a signal is gone on with, and has one end.
for signal in INT TERM; do
	ended "$signal"
	run_it --resume --json >"$scratch/whole" 2>"$scratch/err" || [ $? -eq 6 ] || fail "after SIG$signal: $(cat "$scratch/err")"
	[ "$(grep -c '"type":"run-end"' "$scratch/whole")" -eq 1 ] || fail "after SIG$signal there is not one end"
	[ "$(grep -c '"type":"run-begin"' "$scratch/whole")" -eq 1 ] || fail "after SIG$signal there is not one beginning"
	export_last stored
	cmp -s "$scratch/stored" "$scratch/whole" || fail "after SIG$signal: what is stored is not what was written"
done

# "Run again" on the screen is a run of its own.
ended KILL
before=$("$build/wattle" runs ls | wc -l)
taken_up() { ! "$build/wattle" runs ls 2>/dev/null | tail -n 1 | grep -q 'not ended'; }
(
	within 5 taken_up
	for _ in $(seq 60); do
		printf 'R\n'
		sleep 0.05
		[ "$("$build/wattle" runs ls | wc -l)" -gt "$before" ] && break
	done
	printf 'quit\n'
) | timeout 60 "$build/wattle" run "$script" --energy none --set design.window=0.1 --resume --linear >"$scratch/out" 2>&1
grep -q 'was broken off' "$scratch/out" && fail 'the second round went on with a run, too'

# An older one that was broken off is gone on with while a younger one goes on.
ended KILL
old=$("$build/wattle" runs export last | head -n 1 | grep -o '"run":"[0-9a-f]*"')
(exec "$build/wattle" run "$script" --energy none --json --set design.window=0.1 >"$scratch/young" 2>&1) &
pid=$!
until_says young '"type":"trial"'
kill -STOP "$pid"
run_it --resume --json >"$scratch/out" 2>"$scratch/err" || [ $? -eq 6 ] || fail "an older one: $(cat "$scratch/err")"
grep -q "$old" "$scratch/out" || fail 'another run than the older one was gone on with'
young=$(grep -o '"run":"[0-9a-f]*"' "$scratch/young" | cut -d'"' -f4)
"$build/wattle" runs rm "$young" --yes 2>"$scratch/err"
[ $? -eq 4 ] || fail 'a run that goes on was removed'
grep -q 'goes on in another process' "$scratch/err" || fail "it was said otherwise: $(cat "$scratch/err")"
kill -KILL "$pid"
wait "$pid" 2>/dev/null
"$build/wattle" runs rm "$young" --yes || fail 'it was not removed afterwards'
ls "$HOME/.local/share/wattle/records/$young"* 2>/dev/null && fail 'its lock was left'

# Two processes do not go on with one run.
(exec "$build/wattle" run "$script" --energy none --json --set design.window=2 >"$scratch/first" 2>&1) &
pid=$!
until_says first '"type":"trial"'
timeout 60 "$build/wattle" run "$script" --energy none --set design.window=2 --resume --quiet >"$scratch/out" 2>"$scratch/err"
[ $? -eq 4 ] || fail 'a run that goes on elsewhere was gone on with'
grep -q 'goes on in another process' "$scratch/err" || fail "it was said otherwise: $(cat "$scratch/err")"
kill "$pid"
wait "$pid" 2>/dev/null
exit $failed
