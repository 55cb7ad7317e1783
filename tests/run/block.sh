#!/bin/bash
# build = "block": a worker for each arm of each block, one seed a block, the forms of the first trial forced in the later ones.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"

run block "$source/tests/run/block.lua"
# A block that other work on the machine spoiled runs again, so there may be more windows than these.
for block in -1 0 1; do
	for arm in baseline pruned; do
		records block window "$arm" | grep -q "\"block\":$block," || fail "no window of $arm in block $block"
		records block trial "$arm" | grep -q "\"block\":$block," || fail "no trial of $arm in block $block"
	done
done
[ "$(records block trial | grep '"block":0,' | grep -o '"seed":[0-9]*' | sort -u | wc -l)" -eq 1 ] ||
	fail 'the arms of one block have several seeds'
[ "$(records block trial | grep -o '"seed":[0-9]*' | sort -u | wc -l)" -ge 2 ] || fail 'all blocks have one seed'
workers=$(grep -c '"type":"usage"' "$scratch/block")
[ "$workers" -ge 7 ] || fail "$workers workers: one for the plan and one a trial were expected"
[ "$(values block lowering forms pruned | sort -u | wc -l)" -eq 1 ] || fail 'a later trial chose other kernels'
records block lowering pruned | tail -n 1 | grep -q 'earlier trial' || fail 'the choice was measured again'
[ "$(records block verdict pruned | wc -l)" -eq 3 ] || fail 'not one verdict a primary metric'
tail -n 1 "$scratch/block" | grep -q '"type":"run-end"' || fail 'no run-end'
exit $failed
