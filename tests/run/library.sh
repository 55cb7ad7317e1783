#!/bin/bash
# Every experiment of the library plans and runs to its end, at tiny settings: a summary comes, and what it exits with is
# a verdict, not a mistake.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
cd "$source" || exit 1

# flags NAME : what it needs beside the tiny settings.
flags() {
	case $1 in
	threads) printf '%s\n' --threads 2 --set hidden=32 ;;
	early-stopping) printf '%s\n' --set epochs=2 ;;
	race) printf '%s\n' --set epochs=1 --set fine_tune=1 ;;
	int8-vs-pruned) printf '%s\n' --set epochs=1 --set fine_tune=1 --set factors.dataset=fashion-mini ;;
	payback) printf '%s\n' --set epochs=1 --set fine_tune=1 ;;
	batch | break-even | families | figure1 | precision) printf '%s\n' --set epochs=1 ;;
	*) return 1 ;;
	esac
}

# rows NAME : fewer rows, where the script has that parameter.
rows() {
	[ "$1" = race ] || printf '%s\n' --set rows=300
}

for script in scripts/*.lua; do
	name=$(basename "$script" .lua)
	[ "$name" != figure1-peers ] || continue # tests/run/peers.sh
	mapfile -t extra < <(flags "$name" && rows "$name")
	[ ${#extra[@]} -gt 0 ] || {
		fail "$name: not in this test; add its flags"
		continue
	}
	head -n 1 "$script" | grep -q '^-- [A-Z].*\.$' || fail "$name: its first line is no sentence"
	timeout 60 "$build/wattle" run "$script" --plan "${extra[@]}" >"$scratch/plan" 2>&1 ||
		fail "$name --plan: status $?: $(tail -n 3 "$scratch/plan")"
	[ -s "$scratch/plan" ] || fail "$name --plan: nothing"
	status=0 begin=$SECONDS
	timeout 60 "$build/wattle" run "$script" --plain --no-store --energy none \
		--set design.window=0.02 --set design.blocks=2:2 --set design.warmup=0 --set design.idle=0 "${extra[@]}" \
		>"$scratch/out" 2>"$scratch/err" || status=$?
	case $status in
	0 | 1 | 6) ;;
	4) grep -q 'requires = "measured"' "$script" || fail "$name: a need is unmet: $(tail -n 3 "$scratch/err")" ;;
	*) fail "$name: status $status: $(tail -n 3 "$scratch/err")" ;;
	esac
	grep -q 'Not resolved:\|No verdict:\|keeps\|loses' "$scratch/out" || fail "$name: no verdicts: $(cat "$scratch/out")"
	printf '%s: %d s, status %d\n' "$name" $((SECONDS - begin)) "$status"
done

# Arms of one run on different numbers of threads: what ran says on how many.
run threads scripts/threads.lua --no-store --energy none --threads 2 --set hidden=32 --set epochs=1 --set rows=300 \
	--set factors.batch=64 --set design.window=0.02 --set design.blocks=2:2 --set design.idle=0
[ "$(values threads trial threads 'one thread' | sort -u)" = '"threads":1' ] || fail 'one thread runs on more'
[ "$(values threads trial threads 'all threads' | sort -u)" = '"threads":2' ] || fail 'all threads are not two'
exit $failed
