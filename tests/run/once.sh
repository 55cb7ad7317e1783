#!/bin/bash
# Experiments whose arms are built once: conditions one after the other, what building cost, a baseline that is measured
# twice, arms that do not take turns, and going on with what was broken off.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
cd "$scratch" || exit 1
sed 's/seeds = w.range(1, 9)/build = "once"/' "$source/tests/run/factors.lua" >once.lua
small=(--set factors.dataset=digits --energy none)

# count FILE WHAT... : records that hold all of it.
count() {
	local file=$1 what
	shift
	cp "$file" counted
	for what in "$@"; do
		grep -- "$what" counted >counting
		mv counting counted
	done
	wc -l <counted
}

run once once.lua "${small[@]}"
for condition in 0 1; do
	for arm in baseline pruned; do
		[ "$(count once '"type":"window"' "\"arm\":\"$arm\",\"block\":[01]," '"attempt":0' "\"condition\":$condition,")" -eq 2 ] ||
			fail "not two blocks of $arm in condition $condition"
	done
	[ "$(count once '"type":"epoch"' "\"condition\":$condition,")" -eq 1 ] || fail "condition $condition was not built once"
	[ "$(count once '"type":"trial"' "\"condition\":$condition," "\"threads\":$((condition + 1)),")" -ge 4 ] ||
		fail "condition $condition ran with other threads"
done
[ "$(count once '"type":"usage"')" -eq 3 ] || fail 'not a worker for the plan and one for each condition'
tail -n 1 once | grep -q '"type":"run-end"' || fail 'no end'

# What building cost: the base counts for every arm, also for one that only returns it.
build_s() { grep '"type":"trial"' once | grep "\"arm\":\"$1\"" | grep -o '"build_s":[0-9.e-]*' | head -n 1 | cut -d: -f2; }
awk -v a="$(build_s baseline)" -v b="$(build_s pruned)" 'BEGIN { exit !(a > 0 && b > 0) }' ||
	fail "building cost $(build_s baseline) and $(build_s pruned)"
grep '"type":"trial"' once | grep -qv '"build_energy":null,"build_energy_why"' && fail 'joules of a build came from nowhere'
sed 's/design = {/charge_build = "include", design = {/' once.lua >charged.lua
"$build/wattle" run charged.lua "${small[@]}" --no-store --quiet >out 2>err || [ $? -eq 6 ] || fail "charged: $(cat err)"
grep -q '; each prediction of a pass carries its share of that' out || fail 'that the build is charged is not told'

# Broken off, and gone on with: the blocks of the condition that was broken off begin anew.
"$build/wattle" run once.lua "${small[@]}" --set design.window=0.2 --json >killed 2>err &
pid=$!
second_begun() { [ "$(count killed '"type":"window"' '"condition":1,' '"block":0,')" -ge 1 ]; }
within 20 second_begun
kill -9 "$pid"
{ wait "$pid"; } 2>/dev/null
run resumed once.lua "${small[@]}" --set design.window=0.2 --resume
[ "$(count resumed '"type":"anew"')" -eq 1 ] || fail 'not one condition began anew'
count resumed '"type":"anew"' '"condition":1' >/dev/null
grep '"type":"anew"' resumed | grep -q '"condition":1' || fail 'another condition began anew'
[ "$(count resumed '"type":"run-begin"')" -eq 1 ] || fail 'not one beginning'
[ "$(count resumed '"type":"verdict"')" -eq 6 ] || fail 'not the verdicts of both conditions'
accuracies() { grep '"type":"trial"' "$1" | sed 's/.*"arm":"\([^"]*\)".*"condition":\([0-9]\).*"accuracy":\([0-9.]*\).*/\2 \1 \3/' | sort -u; }
accuracies once | cmp -s - <(accuracies resumed) || fail 'what was built again is another model'
"$build/wattle" replay last --speed 1000000 >out 2>err || [ $? -eq 6 ] || fail 'no replay'
[ "$(grep -c '^2 blocks of 2 arms' out)" -eq 2 ] || fail 'the replay counts other blocks'

# The baseline twice, and arms apart.
run twice once.lua "${small[@]}" --set factors.threads=1 --set design.aa=true --no-store
[ "$(count twice '"type":"window"' "\"arm\":\"baseline'\"" '"block":[01],')" -ge 2 ] || fail 'the baseline did not run twice'
[ "$(count twice '"type":"verdict"')" -eq 3 ] || fail "there is a verdict on the baseline's second arm"
count twice '"type":"verdict"' '"metric":"time"' '"self":{"level":0.99,"n":2,' >counts
[ "$(cat counts)" -eq 1 ] || fail 'how the baseline stands to itself is not told'
run afresh "$source/tests/run/factors.lua" "${small[@]}" --set factors.threads=1 --set design.aa=true --no-store
[ "$(count afresh '"type":"trial"' "\"arm\":\"baseline'\"" '"block":[01],')" -ge 2 ] || fail 'the baseline was not built twice'
twins() { grep '"type":"lowering"' afresh | grep "\"arm\":\"baseline'*\"" | grep -o '"kernels":\[[^]]*\]' | sort -u | wc -l; }
[ "$(twins)" -eq 1 ] || fail 'the two baselines ran by different kernels'
for script in once.lua "$source/tests/run/factors.lua"; do
	run apart "$script" "${small[@]}" --set design.order=blocked --no-store
	[ "$(count apart '"type":"verdict"' '"why":"the arms were not interleaved"')" -eq 6 ] || fail "$script: blocked arms got a verdict"
	grep '"type":"window"' apart | grep '"condition":0' | sed 's/.*"arm":"\([^"]*\)".*/\1/' | uniq >order
	[ "$(tr '\n' ' ' <order)" = 'baseline pruned ' ] || fail "$script: the arms took turns"
	tail -n 1 apart | grep -q '"exit":6' || fail "$script: blocked arms decided something"
done
timeout 60 "$build/wattle" run "$source/tests/run/factors.lua" --set design.order=blocked --shard 1/2 >out 2>err
[ $? -eq 2 ] || fail 'arms one after the other were sharded'
timeout 60 "$build/wattle" run once.lua --shard 1/2 >out 2>err
[ $? -eq 2 ] || fail 'arms that are built once were sharded'
exit $failed
