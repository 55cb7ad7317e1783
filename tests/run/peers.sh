#!/bin/bash
# Figure 1 with PyTorch and scikit-learn as arms, at tiny settings.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
cd "$source" || exit 1 # commands of arms are named from here
PATH=/usr/bin:$PATH    # whose Python has the peers, where they are installed
export FIGURE1_EPOCHS=1 WATTLE_WINDOW_S=0.01
"$build/wattle" run --help | grep -q -- --trust || exit 77
python3 -c 'import sklearn, torch' 2>/dev/null || {
	echo 'python3-sklearn or python3-torch is not installed'
	exit 77
}
# Each program says what it did, in the lines that an arm must print; a wrong call says how.
for arm in 'sklearn tree before' 'sklearn tree after' 'sklearn net before' 'torch net before' 'torch net after'; do
	# shellcheck disable=SC2086 # words
	python3 scripts/peers/figure1.py $arm >"$scratch/arm" || fail "$arm: status $?"
	[ "$(grep -c '"wattle"' "$scratch/arm")" -eq 2 ] || fail "$arm: no region: $(cat "$scratch/arm")"
	grep -q '"accuracy": 0\.[1-9]' "$scratch/arm" || fail "$arm: no accuracy: $(cat "$scratch/arm")"
done
python3 scripts/peers/figure1.py torch tree before >"$scratch/arm" 2>&1 && fail 'a tree of torch'
grep -q '^usage' "$scratch/arm" || fail "no usage: $(cat "$scratch/arm")"

status=0
timeout 300 "$build/wattle" run scripts/figure1-peers.lua --trust --plain --no-store --energy none --set design.window=0.02 \
	--set design.blocks=1:1 --set design.warmup=0 --set design.idle=0 --set epochs=1 --set rows=300 \
	>"$scratch/out" 2>"$scratch/err" || status=$?
case $status in
0 | 1 | 6) ;;
*) fail "status $status: $(tail -n 3 "$scratch/err")" ;;
esac
grep -q '^torch net after ' "$scratch/out" || fail "no line of torch: $(cat "$scratch/out")"
exit $failed
