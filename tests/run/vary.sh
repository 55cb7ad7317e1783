#!/bin/bash
# What a lesson varies: another value in the middle, the result that is forgotten for it, what is brought back in the next
# sitting, and an exercise that keeps the student's own.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
export WATTLE_PATH=$source/tests/run/vary
state=$HOME/.local/state/wattle/progress.jsonl

# sit LINE... : a sitting in sentences, into $scratch/out.
sit() {
	wattle_ends 0 out out lesson test.09 --linear --energy none --seed 1 < <(printf '%s\n' "$@")
}

# The own values, as the seed picked them.
sit quit
own=$(sed -n 's/^Page: \(.*\) % in .*/\1/p' "$scratch/out")
for other in 70 80 90; do [ "$other" = "$own" ] || break; done
rm -f "$state"

# Before a run nothing is asked; what cannot be is said.
sit "set share 0.$other" 'set share 0.75' 'set shar 1' 'set unit' next 7 next run next quit
says out "^share is now 0\.${other%0}\.$"
says out "^Page: $other % in "
says out "^share takes 0\.9, 0\.7 or 0\.8, not '0\.75'\.$"
says out '^Write set NAME VALUE\. It varies: share unit$'
says out "^You said 7 kB; the run had $other %\.$"
grep -q "\"event\":\"set\".*\"name\":\"share\"" "$state" || fail 'the value was not kept'

# The next sitting has the value and its result; going back asks, and n keeps both.
sit back "set share 0.$own" n next quit
says out '^You go on where you left: step 4 of 5'
says out "^share 0\.${own%0}, not 0\.${other%0}? The result with 0\.${other%0} will be forgotten\. y/n >$"
says out "^share stays 0\.${other%0}\.$"
[ "$(grep -c "the run had $other %" "$scratch/out")" -ge 1 ] || fail 'the result is not there any more'

# The exercise goes by the own value, in its text and in its checks.
cp -r "$WATTLE_PATH" "$scratch/course"
printf 'return { share = function() return 0.%s end }\n' "$own" >"$scratch/course/test-09/ex1.solution.lua"
WATTLE_PATH=$scratch/course sit next check quit
says out "^Tell $own %\.$"
work=$HOME/.local/share/wattle/work/test.09/ex1.lua
mkdir -p "${work%/*}"
cp "$scratch/course/test-09/ex1.solution.lua" "$work"
sit check quit
says out '^.*All checks pass'

# With y the result goes, the prediction stays; the sitting after it has neither run nor result.
sit back back "set share 0.$own" y quit
says out "^share is now 0\.${own%0}\. Your prediction stays locked\.$"
sit next quit
says out '^First run: step 3\.$'
grep -q 'the run had' "$scratch/out" && fail 'a result of another value was brought back'
sit back back quit
says out '^You predicted: 7 kB$'
exit $failed
