#!/bin/bash
# Curves that the body of a run draws: their records, the sentences about them, and that they are there again in the next
# sitting.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
export WATTLE_PATH=$source/tests/run/drawn
state=$HOME/.local/state/wattle/progress.jsonl

for fast in '' --fast; do
	timeout 60 "$build/wattle" lesson test.10 --headless --energy none --answers <(echo '{}') --json $fast >"$scratch/all" 2>"$scratch/err" ||
		fail "headless $fast: $(cat "$scratch/err")"
	[ "$(grep -c '"type":"chart"' "$scratch/all")" -eq 2000 ] || fail "headless $fast: not 2000 points"
done
grep '"type":"chart"' "$scratch/all" >"$scratch/out"
fits out chart
says out '"step":1,"name":"down","x":4,"y":-0\.5}$'

sit() { wattle_ends 0 out out lesson test.10 --linear --energy none < <(printf '%s\n' "$@"); }
sit run next quit
tr '\n' ' ' <"$scratch/out" | tr -s ' ' >"$scratch/line"
says line 'Chart of square, 1000 points from x 1 to 1000: first 0\.001, last 1000, least 0\.001, most 1000, rising\.'
says line 'Chart of down, 1000 points from x 1 to 1000: first -0\.125, last -125, least -125, most -0\.125, falling\.'
[ "$(grep '"event":"run"' "$state" | grep -o '"type":"chart"' | wc -l)" -eq 2000 ] || fail 'the curves were not kept'
sit back run quit
says out '^There were 2,000\.$'
tr '\n' ' ' <"$scratch/out" | tr -s ' ' >"$scratch/line"
says line 'Chart of down, 1000 points from x 1 to 1000'

# In the next sitting they are on the screen again.
# shellcheck source=tests/run/terminal.sh
. "$source/tests/run/terminal.sh"
terminal "'$build/wattle' lesson test.10 --energy none"
shows 'drawn by the run'
exit $failed
