#!/bin/bash
# A seed at which an arm diverges is a result of its block: the other blocks are run, the arm gets no verdict. An experiment
# that trains once ends with the error.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"

wattle_ends 6 block block.err run "$source/tests/run/diverge.lua" --json
fits block trial verdict log
records block trial hasty | grep '"block":1,' | grep -q '"diverged":true' || fail 'no trial says that block 1 diverged'
records block window hasty | grep -q '"block":1,' && fail 'a diverged arm was measured'
for block in 0 2; do
	records block trial hasty | grep -q "\"block\":$block,.*\"accuracy\":0" || fail "block $block was lost"
done
[ "$(records block trial steady | wc -l)" -ge 3 ] || fail 'the other arm did not go on'
grep '"type":"log"' "$scratch/block" | grep -q 'hasty diverged: .*try a smaller lr' || fail 'nobody was told'
[ "$(records block verdict | grep -c 'hasty diverged in 1 of 3 blocks')" -eq 2 ] || fail 'a diverged arm got a verdict'
tail -n 1 "$scratch/block" | grep -q '"why":"done"' || fail 'the run did not end well'

# For people: the table says so, and so does the sentence where the verdict would be. A rate far off changes nothing.
sed -e 's/and 1000 or/and 1e6 or/' "$source/tests/run/diverge.lua" >"$scratch/far.lua"
wattle_ends 6 plain plain.err run --set bad=1 "$scratch/far.lua"
grep -q 'hasty diverged in 1 of 3 blocks' "$scratch/plain" || fail "the summary does not tell: $(cat "$scratch/plain")"
grep -q 'hasty diverged: .*lr 1e+06.*try a smaller lr' "$scratch/plain.err" || fail 'nobody was told on the way'

sed -e 's/build = "block"/build = "once"/' -e 's/range(1, 3)/range(2, 2)/' "$source/tests/run/diverge.lua" >"$scratch/once.lua"
wattle_ends 1 once once.err run "$scratch/once.lua" --json
grep -q '"code":"diverged"' "$scratch/once" || fail 'no error record names the code'
says once.err 'once.lua:2.: the loss is no longer a number.*try a smaller lr'
exit $failed
