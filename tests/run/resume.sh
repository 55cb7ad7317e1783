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

# Two processes do not go on with one run.
(exec "$build/wattle" run "$script" --energy none --json --set design.window=2 >"$scratch/first" 2>&1) &
pid=$!
for _ in $(seq 100); do
	grep -q '"type":"trial"' "$scratch/first" 2>/dev/null && break
	sleep 0.05
done
timeout 60 "$build/wattle" run "$script" --energy none --set design.window=2 --resume --quiet >"$scratch/out" 2>"$scratch/err"
[ $? -eq 4 ] || fail 'a run that goes on elsewhere was gone on with'
grep -q 'goes on in another process' "$scratch/err" || fail "it was said otherwise: $(cat "$scratch/err")"
kill "$pid"
wait "$pid" 2>/dev/null
exit $failed
