#!/bin/bash
# The same seed twice gives the same losses, accuracies and predictions to the last bit; another seed does not. All integer
# kernels predict the same; all sparse kernels multiply the same.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
script=$source/tests/run/repeat.lua

# What must repeat: everything but times.
essence() {
	values "$1" epoch loss
	values "$1" epoch test_accuracy
	for arm in baseline pruned int8; do
		values "$1" trial hits $arm | sort -u
		values "$1" trial macs $arm | sort -u
		values "$1" trial size_bytes $arm | sort -u
	done
}

run first "$script"
run second "$script"
run other "$script" --seed 2
essence first >"$scratch/a"
essence second >"$scratch/b"
essence other >"$scratch/c"
[ "$(wc -l <"$scratch/a")" -ge 11 ] || fail "too few values: $(cat "$scratch/a")"
cmp "$scratch/a" "$scratch/b" || fail 'the same seed gave another run'
cmp -s "$scratch/a" "$scratch/c" && fail 'another seed gave the same run'

# One line when every record agrees.
one() {
	[ "$(sort -u "$scratch/$1" | wc -l)" -eq 1 ] || fail "$2 differ: $(sort -u "$scratch/$1" | cut -c 1-80)"
}
values first trial hits int8 >"$scratch/int8"
values first trial macs pruned >"$scratch/macs"
for level in scalar avx2 avx512; do
	"$build/wattle" run "$script" --kernel "$level" --json >"$scratch/$level" 2>"$scratch/$level.err"
	case $? in
	0 | 6) ;;
	2) # this processor lacks it, and the message says so
		grep -q 'processor' "$scratch/$level.err" || fail "--kernel $level: $(cat "$scratch/$level.err")"
		continue
		;;
	*) fail "--kernel $level: $(cat "$scratch/$level.err")" ;;
	esac
	values "$level" trial hits int8 >>"$scratch/int8"
	values "$level" trial macs pruned >>"$scratch/macs"
	[ "$level" = avx512 ] || records "$level" lowering int8 | grep -q "int8-$level" ||
		fail "--kernel $level did not run int8-$level"
done
one int8 'predictions of the integer kernels'
one macs 'multiply-adds of the sparse kernels'

# A replay says what the run said; one that was cut off says so.
status=0
"$build/wattle" replay "$scratch/first" --speed 1e9 --json >"$scratch/replayed" 2>/dev/null || status=$?
cmp "$scratch/first" "$scratch/replayed" || fail 'the replay is not the run'
tail -n 1 "$scratch/first" | grep -q "\"exit\":$status" || fail "the replay exits $status, not as the run"
head -n 5 "$scratch/first" >"$scratch/cut"
"$build/wattle" replay "$scratch/cut" --speed 1e9 --plain >/dev/null 2>"$scratch/cut.err"
[ $? -eq 4 ] || fail 'records without an end replay as if they were whole'
grep -q 'end before the run does' "$scratch/cut.err" || fail "cut-off records: $(cat "$scratch/cut.err")"

# --set changes a parameter, --threads the threads.
run set "$script" --set epochs=3 --set design.blocks=1 --threads 2
[ "$(values set epoch epochs setup | head -n 1)" = '"epochs":3' ] || fail '--set epochs=3 changed nothing'
records set run-begin '' >/dev/null
grep -q '"threads":2' "$scratch/set" || fail '--threads 2 is not in the receipt'

# Without an energy source nothing claims joules; with the model nothing claims to have measured them.
run none "$script" --energy none
records none window | grep -q '"energy":{' && fail 'joules without a source'
run model "$script" --energy cpu-table
records model window | grep -q '"provenance":"modelled"' || fail 'the model gave no joules'
records model window | grep -q '"provenance":"measured"' && fail 'modelled joules look measured'
exit $failed
