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
