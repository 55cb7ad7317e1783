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

# killed NAME ARGUMENTS... : runs it for a random time of up to half a second; what it wrote into NAME.
killed() {
	local name=$1 pid
	shift
	"$build/wattle" run "$script" --energy none --json "$@" >"$scratch/$name" 2>"$scratch/$name.err" &
	pid=$!
	sleep "0.$(printf '%03d' $((RANDOM % 500)))"
	kill -9 "$pid" 2>/dev/null
	wait "$pid" 2>/dev/null
	# The last line may be torn; the meter and the worker end by themselves.
	sed -i '${/}$/!d}' "$scratch/$name"
}

kills=${RESUME_KILLS:-4}
resume=()
for i in $(seq "$kills"); do
	killed "run$i" "${resume[@]}"
	grep -q '"type":"run-end"' "$scratch/run$i" && resume=() && continue # it was quicker
	"$build/wattle" runs export last >"$scratch/stored" 2>/dev/null || : >"$scratch/stored"
	trials "$scratch/run$i" >"$scratch/seen"
	trials "$scratch/stored" >"$scratch/kept"
	lost=$(comm -23 "$scratch/seen" "$scratch/kept")
	[ -z "$lost" ] || fail "killed for the time $i, these trials were lost: $lost"
	[ -s "$scratch/stored" ] && resume=(--resume)
done
[ -s "$scratch/stored" ] || { "$build/wattle" run "$script" --energy none --quiet >/dev/null && resume=(); }
if [ ${#resume[@]} -gt 0 ]; then
	grep '"type":"run-begin"' "$scratch/stored" | grep -o '"plan":.*' >"$scratch/plan"
	run whole "$script" --energy none --resume
	grep '"type":"run-begin"' "$scratch/whole" | grep -o '"plan":.*' | cmp -s - "$scratch/plan" || fail 'another plan'
	[ "$(grep -c '"type":"run-begin"' "$scratch/whole")" -eq 1 ] || fail 'not one beginning'
	tail -n 1 "$scratch/whole" | grep -q '"type":"run-end"' || fail 'no end'
	trials "$scratch/kept" >/dev/null
	comm -23 "$scratch/kept" <(trials "$scratch/whole") | grep . && fail 'what was kept is not in the whole'
	"$build/wattle" runs export last >"$scratch/stored"
	cmp -s "$scratch/stored" "$scratch/whole" || fail 'what is stored is not what was written'
	for arm in baseline pruned; do
		for block in 0 1; do
			trials "$scratch/whole" | grep -q "^$arm $block " || fail "no trial of $arm in block $block"
		done
	done
fi
"$build/wattle" run "$script" --energy none --resume --quiet >"$scratch/out" 2>"$scratch/err"
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
