#!/bin/bash
# Factors: every condition has all its blocks and its own verdicts, in whatever way the run came about: whole, killed and
# gone on with, in shards that were merged, run again.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
script=$source/tests/run/factors.lua
cd "$scratch" || exit 1
small=(--set factors.dataset=digits)

# trials FILE : condition, arm, block, seed and accuracy of each trial that counts.
trials() {
	grep '"type":"trial"' "$1" | grep -v '"block":-' |
		sed 's/.*"arm":"\([^"]*\)","block":\([0-9]*\).*"condition":\([0-9]\),"seed":\([0-9]*\).*"accuracy":\([0-9.]*\).*/\3 \1 \2 \4 \5/' | sort -u
}

run whole "$script" --energy none
trials whole >planned
for condition in 0 1 2 3; do
	for arm in baseline pruned; do
		for block in 0 1; do
			grep -q "^$condition $arm $block $((block + 1)) " planned ||
				fail "no trial of $arm in block $block of condition $condition with that block's seed"
		done
	done
	[ "$(grep -c "\"type\":\"verdict\".*\"condition\":$condition," whole)" -eq 3 ] ||
		fail "condition $condition has not three verdicts"
done
[ "$(wc -l <planned)" -eq 16 ] || fail "not 16 trials"
grep '"type":"trial"' whole | grep '"condition":[02],' | grep -q '"threads":2' && fail 'a condition of one thread ran with two'
grep '"type":"trial"' whole | grep '"condition":[13],' | grep -q '"threads":1' && fail 'a condition of two threads ran with one'
grep '"type":"trial"' whole | grep '"condition":[01],' | grep -q '"dataset":"fashion-mini"' && fail 'the dataset of another condition'
grep '"type":"trial"' whole | grep '"condition":[23],' | grep -q '"dataset":"digits"' && fail 'the dataset of another condition'
# One block of each condition, then the next: never two blocks of one in a row.
grep '"type":"window"' whole | grep '"attempt":0' | sed 's/.*"block":\(-*[0-9]*\),.*/\1/' >blocks
sort -n blocks | cmp -s - blocks || fail 'the conditions did not take turns'
fits whole run-begin arm-begin epoch lowering window trial verdict

# What people are told.
"$build/wattle" replay whole --speed 1000000 >out 2>err || [ $? -eq 6 ] || fail 'no replay'
for name in 'dataset=digits threads=1' 'dataset=digits threads=2' 'dataset=fashion-mini threads=1' 'dataset=fashion-mini threads=2'; do
	[ "$(grep -c -- "^--- $name ---" out)" -eq 1 ] || fail "the summary has no $name"
done
[ "$(grep -c '^building, set-up included: baseline [0-9]' out)" -eq 4 ] || fail 'the builds are not told'
grep -q '^condition 2: dataset=digits threads=2' err || fail 'the conditions are not told'

# One level; the other factor stays.
run kept "$script" --energy none --set factors.dataset=digits --set factors.threads=2
[ "$(trials kept | wc -l)" -eq 4 ] || fail '--set kept another number of conditions'
grep '"type":"trial"' kept | grep -q '"threads":1' && fail 'the level that was left out ran'
timeout 60 "$build/wattle" run "$script" --set factors.threads=3 >out 2>err
[ $? -eq 2 ] || fail 'a level that does not exist: not a mistake of usage'
grep -q 'must be one of its levels: 1, 2' err || fail "it was said otherwise: $(cat err)"

# A condition that fails ends the run; what was whole is shown.
timeout 60 "$build/wattle" run "$script" "${small[@]}" --energy none --no-store --json --set fail=2 >out 2>err
[ $? -eq 3 ] || fail 'an error in one condition: not a mistake of the script'
tail -n 1 out | grep -q '"type":"run-end".*asked to fail' || fail 'the end does not say why'

# Killed and gone on with.
"$build/wattle" run "$script" "${small[@]}" --energy none --json >killed 2>err &
pid=$!
within 10 has killed '"type":"trial"' 6
kill -9 "$pid"
{ wait "$pid"; } 2>/dev/null
sed -i '${/}$/!d}' killed
run resumed "$script" "${small[@]}" --energy none --resume
[ "$(trials resumed | wc -l)" -eq 8 ] || fail "what was gone on with has not all trials"
grep '^[01] ' planned | cmp -s - <(trials resumed) || fail 'what was gone on with has other trials'
comm -23 <(trials killed) <(trials resumed) | grep . && fail 'a finished trial was lost'

# Two shards are the whole.
run half1 "$script" "${small[@]}" --energy none --shard 1/2
run half2 "$script" "${small[@]}" --energy none --shard 2/2
"$build/wattle" runs merge half1 half2 >out 2>err || fail "no merge: $(cat err)"
"$build/wattle" runs export last >merged
grep '^[01] ' planned | cmp -s - <(trials merged) || fail 'the merged halves have other trials'
[ "$(grep -c '"type":"verdict"' merged)" -eq 6 ] || fail 'the merged run has not the verdicts of both conditions'
"$build/wattle" runs merge half1 half1 >out 2>err
[ $? -eq 1 ] || fail 'a missing half was not told'

# The same once more, from the store.
"$build/wattle" runs rerun "$(grep -o '"run":"[0-9a-f]*"' resumed | cut -d'"' -f4)" --json >again 2>err || [ $? -eq 6 ] || fail "not run again: $(cat err)"
grep '^[01] ' planned | cmp -s - <(trials again) || fail 'run again, it has other trials'
"$build/wattle" runs diff last last >out 2>err || fail 'no diff'
[ "$(grep -c ' equal,' out)" -eq 4 ] || fail 'the diff does not go by conditions'
grep -q '^ dataset=digits threads=2$' out || fail 'the diff does not name the conditions'
exit $failed
