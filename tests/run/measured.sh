#!/bin/bash
# Checks that need measured joules: where a sensor measures they run, and compare; elsewhere they are skipped, and their
# points leave the maximum.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
export WATTLE_PATH=$source/tests/run/measured
own=$WATTLE_PATH/measured-01

# ends STATUS ARGUMENTS... : into $scratch/out and $scratch/err.
ends() {
	wattle_ends "$1" out err "${@:2}"
}

ends 0 check "$own/ex1.solution.lua" --fast --energy none
says out '^✓ pass smaller'
says out '^- skipped watts'
says out 'no sensor measures joules here'
says out '^1 of 1 points\.$'
ends 0 lesson measured.01 --headless --fast --energy none --answers "$own/answers.json"
says out '^Finished: 1 of 1 points\.$'
ends 2 check "$own/ex1.solution.lua" --energy rapl-nowhere
says err 'rapl-nowhere'

# Where no other check is left there is nothing to pass: the solution opens, and the lesson ends.
mkdir -p "$scratch/course/only-01"
cp "$own/ex1.lua" "$own/ex1.solution.lua" "$scratch/course/only-01"
cat >"$scratch/course/only-01.lua" <<'END'
local w = require "wattle"
return w.lesson { api = 1, id = "only.01", title = "Joules alone", minutes = 1, goals = { "See them" },
  w.exercise { id = "ex1", title = "Slim", points = 2, file = "ex1.lua", solution = "ex1.solution.lua", ask = "Slim.",
    checks = { { "its watts are right", id = "watts", points = 2, hints = { "1" }, requires = "measured",
      function() return false, "never" end } } } }
END
printf 'edit\ncheck\nhint\nsolution\nnext\nquit\nquit\n' |
	VISUAL=true WATTLE_PATH=$scratch/course wattle_ends 0 out err lesson only.01 --linear --energy none
says out 'Round 1: 0 of 0 points. No check can be made here\.'
says out 'No check can be made here: there is nothing left to hint at'
says out '^The solution, by lines'
grep -q '"event":"finish"' "$HOME/.local/state/wattle/progress.jsonl" || fail 'the lesson did not end'
rm -r "$HOME/.local/state"

# The author's tools make up a meter, so that such checks are tried.
ends 0 author test "$WATTLE_PATH/measured-01.lua"
says out '✓ the starter of ex1: 1 of its checks fail, as they should'
says out '✓ the solution of ex1: all of 2 checks pass'
says out '✓ answers.json, --energy none: 1 of 1 points'
says out '✓ answers.json, with a meter: 3 of 3 points'

# A RAPL PMU that is made up, at 25 watts.
# shellcheck source=tests/run/rapl.sh
. "$source/tests/run/rapl.sh"
make_rapl 25 || exit $failed
below ends 0 check "$own/ex1.solution.lua" --fast
says out '^✓ pass watts'
says out '^3 of 3 points\.$'
below ends 1 check "$own/ex1.lua" --fast
says out '^2 of 3 points\.$'
below ends 0 lesson measured.01 --headless --resume --fast --student ann --answers "$own/answers.json"
says out '^✓ pass watts'
says out '^Finished: 3 of 3 points\.$'
# Grading has none.
mkdir "$scratch/in"
ends 0 submit measured.01 --student ann --out "$scratch/in/ann.jsonl"
below ends 0 grade "$scratch/in" --lesson measured.01
says out '^ann,measured.01,ex1,smaller,1,1,pass'
says out '^ann,measured.01,ex1,watts,0,0,skipped,no sensor measures joules here'
exit $failed
