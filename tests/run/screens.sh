#!/bin/bash
# The screens of the stored runs and of the comparison, driven as people do: in sentences through a pipe, and on a terminal.
# SPDX-License-Identifier: MIT
set -u
# shellcheck source=tests/run/lib.sh
. "${top_srcdir:-.}/tests/run/lib.sh"
tiny=$source/tests/schema/tiny.lua
cd "$scratch" || exit 1

# linear OUT COMMANDS... : a sitting in sentences, one command a line.
linear() {
	wattle_ends 0 "$1" "$1" lesson --linear < <(printf '%s\n' "${@:2}" quit)
}

linear none runs
says none 'no run was stored yet'
run first "$tiny" --energy none
run second "$tiny" --energy none --seed 2
one=$(grep -o '"run":"[0-9a-f]*"' first | head -1 | cut -d'"' -f4)
two=$(grep -o '"run":"[0-9a-f]*"' second | head -1 | cut -d'"' -f4)

linear list runs
says list '^2 runs are stored'
says list "^${one:0:8}, .*, tiny, seed 1, 9 trials, "
linear opened runs open
says opened "^run ${two:0:8} of "
says opened '^Accuracy on the test rows'
linear differ runs mark down mark diff
says differ "settings of ${one:0:8} | ${two:0:8}"
says differ 'No verdict: the two did not take turns'
linear beside runs mark mark beside
says beside "^baseline  *${one:0:8} "
says beside "^int8  *${two:0:8} "
linear tagged runs tag paper filter PAPER
says tagged 'paper: tag of 1 run'
says tagged "^1 with: PAPER\|Run 1 of 1: ${two:0:8}"
printf '%s\n' runs open quit | timeout 60 "$build/wattle" replay "$one" --linear >refused 2>&1
says refused 'A run goes on: others can be opened when it has ended'
linear kept runs delete n
says kept 'Nothing was deleted'
[ "$("$build/wattle" runs ls --json | grep -c stored-run)" -eq 2 ] || fail 'a run was deleted without a yes'
linear gone runs delete y
says gone '1 run deleted'
[ "$("$build/wattle" runs ls --json | grep -c "$two")" -eq 0 ] || fail 'the run was not deleted'

# On a terminal, where there is one to be had.
# shellcheck source=tests/run/terminal.sh
. "$source/tests/run/terminal.sh"
terminal "'$build/wattle'"
shows 'Prune it, then' && keys 4 && shows '1 stored run' && keys Enter && shows 'Pareto' && shows "run ${one:0:8}" &&
	keys Escape && shows '1 stored run' && keys D && shows 'for good? y/n' && keys y && shows '1 run deleted' &&
	shows 'No run is stored' && keys q && shows '^ended 0'
exit $failed
